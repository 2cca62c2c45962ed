"""By what a run judges COCO files, and the judging, with reader processes that serve all files."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from cocoproof.checking.check_file import check_file, start_readers
from cocoproof.cli.baseline import open_baseline, place_of, without
from cocoproof.cli.check import make_options, make_severity, with_splits
from cocoproof.cli.configuration import read_configuration
from cocoproof.model.escaping import escape
from cocoproof.readers.reload_run import ReloadMode

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from cocoproof.checking.check_file import CheckedFile, CheckOptions
    from cocoproof.cli.configuration import Configuration
    from cocoproof.model.findings import FileReport, Severity
    from cocoproof.readers.reload_run import Readers
    from cocoproof.reading.source import Source

__all__ = ["CheckResult", "CheckResults", "FileChecker", "PluginSettings"]

_LISTED = 50
"""Findings of a rule that are made and kept, so that those that fail a test are among them; a few are shown."""


@dataclass(frozen=True, slots=True)
class PluginSettings:
    """What the run's options and the project's configuration say.

    Attributes:
        configuration: `[tool.cocoproof]` or cocoproof.toml, looked for upwards from the folder of pytest's configuration, or from the
            current one where there is none.
        options: What to judge by.
        baseline: The file of accepted defects, if the project has one.
        fail_on: The severity from which on a finding fails a test.
    """

    configuration: Configuration
    options: CheckOptions
    baseline: Path | None
    fail_on: Severity

    @classmethod
    def of(cls, config: pytest.Config) -> PluginSettings:
        """The options of pytest's command line, over the keys of pytest's configuration, over the project's own configuration.

        As with `cocoproof check`, what is ignored adds up, and the rest replaces.

        Raises:
            pytest.UsageError: If one of them means nothing, or names a file that cannot be read.
        """
        with _usage():
            configuration = read_configuration(None, config.inipath.parent if config.inipath else config.invocation_params.dir)
            options = make_options(
                configuration,
                select=_words(config.option.coco_select) or _words(config.getini("coco_select")),
                ignore=(*_words(config.getini("coco_ignore")), *_words(config.option.coco_ignore)),
                categories=_file(config, "coco_categories"),
                gt=_file(config, "coco_gt"),
            )
            baseline = place_of(configuration, None, none=False, recording=False)
            if baseline is not None:
                options = replace(options, baseline=open_baseline(baseline, recording=False))
            given = config.option.coco_fail_on or config.getini("coco_fail_on")
            return cls(configuration, options, baseline, make_severity(given or configuration.values.get("fail-on")))


@contextmanager
def _usage() -> Iterator[None]:
    """Let wrong usage be pytest's: a line, and its exit code."""
    try:
        yield
    except click.UsageError as error:
        msg = f"cocoproof: {escape(error.format_message())}"
        raise pytest.UsageError(msg) from None


def _words(given: list[str]) -> tuple[str, ...]:
    """Codes, prefixes and names, each a text of its own or with commas between."""
    return tuple(word.strip() for text in given for word in text.split(",") if word.strip())


def _file(config: pytest.Config, name: str) -> Path | None:
    """A path from the command line, or from pytest's configuration, to which it is then relative."""
    given: str | None = config.getoption(name)
    configured: str = config.getini(name)
    if given:
        return config.invocation_params.dir / given
    return (config.inipath.parent if config.inipath else config.rootpath) / configured if configured else None


class FileChecker:
    """Judges files by these settings.

    The readers' child processes start with the first file and end with the run: importing pycocotools and supervision takes longer
    than a small file does.
    """

    def __init__(self, settings: PluginSettings) -> None:
        """Start nothing yet."""
        self.settings = settings
        self._readers: dict[frozenset[str], Readers] = {}

    @classmethod
    def of(cls, config: pytest.Config) -> FileChecker:
        """The run's.

        Raises:
            pytest.UsageError: If the run's options mean nothing.
        """
        if _KEY not in config.stash:
            judge = config.stash[_KEY] = cls(PluginSettings.of(config))
            config.add_cleanup(judge.close)
        return config.stash[_KEY]

    def check_file(self, path: str | os.PathLike[str] | Source, options: CheckOptions) -> CheckedFile:
        """Judge one file by these options."""
        asked = {requirement for rule in options.rules for requirement in rule.requires}
        key = frozenset() if options.reload is ReloadMode.NEVER else frozenset(asked)
        if key not in self._readers:
            self._readers[key] = start_readers(options)
        return check_file(path, options, self._readers[key])

    def close(self) -> None:
        """End the child processes."""
        for readers in self._readers.values():
            readers.__exit__(None, None, None)
        self._readers.clear()


_KEY = pytest.StashKey[FileChecker]()


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What came of one file.

    Attributes:
        report: The verdict.
        unreadable: Whether there was no COCO document to judge: then every rule is skipped but those that say why.
    """

    report: FileReport
    unreadable: bool


class CheckResults:
    """The verdicts on the files of a run: each is judged when the first test asks, and once.

    Attributes:
        files: Those that are judged, in order: the project's baseline is not, though it may lie among them.
    """

    def __init__(self, judge: FileChecker, files: Sequence[Path]) -> None:
        """Judge nothing yet.

        Args:
            judge: Who judges.
            files: All of the run, in order: where they are splits of one data set, each is compared with those before it.

        Raises:
            pytest.UsageError: If there is nothing to judge but the baseline, or splits cannot be compared as they are to be.
        """
        settings = judge.settings
        with _usage():
            judged = list(map(str, files)) if settings.baseline is None else without(list(map(str, files)), settings.baseline)
            options = with_splits(settings.options, settings.configuration, judged)
        self.files = list(map(Path, judged))
        self._judge = judge
        self._places = {path: place for place, path in enumerate(self.files)}
        self._found: dict[Path, CheckResult | Exception] = {}
        # Of each file, by what it is judged: with splits, as far as they have been read.
        self._by = [replace(options, max_findings=_LISTED)]

    def on(self, path: Path, *, anew: bool = False) -> CheckResult:
        """The verdict on one file.

        Args:
            path: The file.
            anew: Whether to judge again: a test that is run once more wants to know what the file is now.
        """
        if anew or path not in self._found:
            self._found[path] = self._judged(path)
        found = self._found[path]
        if isinstance(found, Exception):
            raise found
        return found

    def _judged(self, path: Path) -> CheckResult | Exception:
        place = self._places[path] if self._by[0].splits is not None else 0
        for earlier in self.files[len(self._by) - 1 : place]:
            self._found[earlier] = self._judged(earlier)
        by = self._by[place]
        found: CheckResult | Exception
        try:
            examined = self._judge.check_file(path, by)
            after, found = by.after(examined), CheckResult(examined.report, examined.context is None)
        except Exception as error:  # a defect of ours: the file's other tests fail of it too, without judging it again
            after, found = by, error
        if place == len(self._by) - 1:
            self._by.append(after)
        return found
