"""What a run checks COCO files by, and the checking, with reader processes that serve all files."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cocoproof.checking.check_file import check_file, next_settings, start_readers
from cocoproof.model.errors import CocoproofError
from cocoproof.model.escaping import escape
from cocoproof.pytest_plugin.layers import read_layers
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.settings.keywords import read_keywords
from cocoproof.settings.path_arguments import without_baseline
from cocoproof.settings.resolve import resolve_settings

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence

    from cocoproof.checking.check_file import CheckedFile
    from cocoproof.checking.check_settings import CheckSettings
    from cocoproof.model.findings import FileReport
    from cocoproof.readers.reload_run import Readers
    from cocoproof.reading.source import Source
    from cocoproof.settings.layer import SettingsLayer

__all__ = ["CheckResult", "CheckResults", "FileChecker", "PluginSettings"]

_LISTED = 50
"""Findings of a rule that are kept, so that those that fail a test are among them; a few are shown."""


@dataclass(frozen=True, kw_only=True)
class PluginSettings:
    """The options of a run, as layers and resolved.

    Attributes:
        layers: The project's configuration, pytest's configuration and pytest's command line.
        run: What the files of the run are checked by, each by itself.
    """

    layers: tuple[SettingsLayer, ...]
    run: CheckSettings

    @classmethod
    def of(cls, config: pytest.Config) -> PluginSettings:
        """The options of pytest's command line, over the keys of pytest's configuration, over the project's own configuration.

        Raises:
            pytest.UsageError: If a value cannot be used, or names a file that cannot be read.
        """
        with _usage_errors():
            layers = read_layers(config)
            return cls(layers=layers, run=resolve_settings(layers))

    def of_files(self, files: Sequence[str]) -> CheckSettings:
        """The settings for a run over several files, which may be compared with each other.

        Args:
            files: Their paths.

        Raises:
            pytest.UsageError: If they cannot be compared as the options require.
        """
        with _usage_errors():
            nothing = read_keywords({})
            return resolve_settings([*self.layers, nothing], files=files, before=self.run)

    def with_call(self, given: Mapping[str, object]) -> CheckSettings:
        """The settings of a call from a test, over those of the run.

        Args:
            given: The arguments that the test gives.

        Raises:
            ValueError: If one cannot be used, or names a file that cannot be read.
        """
        return resolve_settings([*self.layers, read_keywords(given)], before=self.run)


@contextmanager
def _usage_errors() -> Iterator[None]:
    """Report options that cannot be used as pytest does: a line, and its exit code."""
    try:
        yield
    except CocoproofError as error:
        msg = f"cocoproof: {escape(str(error))}"
        raise pytest.UsageError(msg) from None


class FileChecker:
    """Checks files.

    The readers' child processes start with the first file and end with the run: importing pycocotools and supervision takes longer
    than checking a small file.
    """

    def __init__(self, settings: PluginSettings) -> None:
        """Start nothing yet."""
        self.settings = settings
        self._readers: dict[frozenset[str], Readers] = {}

    @classmethod
    def of(cls, config: pytest.Config) -> FileChecker:
        """The run's.

        Raises:
            pytest.UsageError: If an option of the run cannot be used.
        """
        if _KEY not in config.stash:
            checker = config.stash[_KEY] = cls(PluginSettings.of(config))
            config.add_cleanup(checker.close)
        return config.stash[_KEY]

    def check_file(self, path: str | os.PathLike[str] | Source, settings: CheckSettings) -> CheckedFile:
        """Check one file by these settings."""
        required = {requirement for rule in settings.rules for requirement in rule.requires}
        key = frozenset() if settings.reload is ReloadMode.NEVER else frozenset(required)
        if key not in self._readers:
            self._readers[key] = start_readers(settings)
        return check_file(path, settings, self._readers[key])

    def close(self) -> None:
        """End the child processes."""
        for readers in self._readers.values():
            readers.__exit__(None, None, None)
        self._readers.clear()


_KEY = pytest.StashKey[FileChecker]()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The result of one file.

    Attributes:
        report: The report.
        unreadable: Whether there was no COCO document to check: then only the rules that report why give a verdict.
    """

    report: FileReport
    unreadable: bool


class CheckResults:
    """The results of the files of a run: each file is checked once, when the first test needs it.

    Attributes:
        files: The files that are checked, in order, without the project's baseline.
    """

    def __init__(self, checker: FileChecker, files: Sequence[Path]) -> None:
        """Check nothing yet.

        Args:
            checker: Checks a file.
            files: All files of the run, in order: where they are splits of one dataset, each is compared with those before it.

        Raises:
            pytest.UsageError: If there is no file but the baseline, or the files cannot be compared as the options require.
        """
        with _usage_errors():
            checked = without_baseline(list(map(str, files)), checker.settings.run.baseline_file)
        settings = checker.settings.of_files(checked)
        self.files = list(map(Path, checked))
        self._checker = checker
        self._index = {path: index for index, path in enumerate(self.files)}
        self._results: dict[Path, CheckResult | Exception] = {}
        # The settings for each file: with splits, as far as they have been read.
        self._settings = [replace(settings, max_findings=_LISTED)]

    def on(self, path: Path, *, again: bool = False) -> CheckResult:
        """The result of one file.

        Args:
            path: The file.
            again: Whether to check it again: the file may have changed before a test is rerun.
        """
        if again or path not in self._results:
            self._results[path] = self._check(path)
        result = self._results[path]
        if isinstance(result, Exception):
            raise result
        return result

    def _check(self, path: Path) -> CheckResult | Exception:
        index = self._index[path] if self._settings[0].splits is not None else 0
        for earlier in self.files[len(self._settings) - 1 : index]:
            self._results[earlier] = self._check(earlier)
        settings = self._settings[index]
        result: CheckResult | Exception
        try:
            checked = self._checker.check_file(path, settings)
            after = next_settings(settings, checked)
            result = CheckResult(report=checked.report, unreadable=checked.context is None)
        except Exception as error:  # a defect of ours: the file's other tests fail with it too, without checking it again
            after, result = settings, error
        if index == len(self._settings) - 1:
            self._settings.append(after)
        return result
