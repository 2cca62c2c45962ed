"""Baselines: the findings of files that are accepted for now, so that only new ones fail a run.

A baseline lists findings by their fingerprints (`checking.fingerprints`) and counts those that cannot be distinguished. It is a JSON
file that people commit and review: sorted, one defect a line, ASCII, without a clock.
"""

from __future__ import annotations

import json
import os
import posixpath
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import msgspec

from cocoproof.input_files.regular_file import read_regular
from cocoproof.json_text import JsonError, decode
from cocoproof.model.errors import CocoproofError
from cocoproof.model.findings import Accepted, Comparison

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from cocoproof.checking.baseline_matching import BaselineMatch
    from cocoproof.model.findings import FileReport

__all__ = ["FORMAT_VERSION", "Baseline", "BaselineError", "read_baseline"]

FORMAT_VERSION = 2
"""Of the file, and of how fingerprints are made. 2: fingerprints hold the wrong value, and the other row of those that repeat each other."""

_OLD = (
    ": fingerprints of version 1 do not hold the wrong value, and would accept other defects than those that were reviewed. "
    "Remove the file, and write it again with --update-baseline"
)

_LARGEST = 1 << 30


class BaselineError(CocoproofError, ValueError):
    """A file that is not a baseline."""


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    code: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2,10}[0-9]{3,4}$")]
    fingerprint: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")]
    count: Annotated[int, msgspec.Meta(ge=1, le=1 << 53)]
    hint: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    format_version: int
    files: dict[str, list[_Entry]]


_DECODER = msgspec.json.Decoder(_File)


@dataclass(frozen=True)
class Baseline:
    """The accepted findings of any number of files.

    Attributes:
        folder: The folder that paths are relative to: that of the baseline's file.
        files: The accepted findings of each file, by its path relative to the folder, with `/`.
        recording: Whether to accept all findings, for a baseline that is about to be written.
    """

    folder: str
    files: Mapping[str, tuple[Accepted, ...]] = field(default_factory=dict)
    recording: bool = False

    def name_of(self, path: str) -> str:
        """The path by which the baseline knows a file; `-` is standard input."""
        if path == "-":
            return path
        try:
            relative = os.path.relpath(path, self.folder)
        except ValueError:  # another drive
            relative = os.path.abspath(path)  # noqa: PTH100 # of names that are too long, Path raises
        return posixpath.normpath(relative.replace(os.sep, "/"))

    def known(self, path: str) -> dict[str, Counter[str]]:
        """How many findings of each fingerprint are accepted in a file, by rule."""
        out: dict[str, Counter[str]] = {}
        for entry in self.files.get(self.name_of(path), ()):
            out.setdefault(entry.code, Counter())[entry.fingerprint] += entry.count
        return out

    def compared(self, path: str, matches: Mapping[str, BaselineMatch]) -> Comparison:
        """Compare the accepted findings of a file with those of this run.

        Args:
            path: The file.
            matches: The comparison of each rule that was evaluated. Of the others nothing is known: their entries are kept.
        """
        entries = self.files.get(self.name_of(path), ())
        left = {code: Counter(one.resolved) for code, one in matches.items()}
        resolved = []
        for entry in reversed(entries):
            count = min(left[entry.code][entry.fingerprint], entry.count) if entry.code in left else 0
            if count:
                left[entry.code][entry.fingerprint] -= count
                resolved.append(Accepted(code=entry.code, fingerprint=entry.fingerprint, count=count, hint=entry.hint))
        kept = [entry for entry in entries if entry.code not in matches] if self.recording else []
        found = [entry for one in matches.values() for entry in one.found] if self.recording else []
        return Comparison(accepted=sum(one.accepted for one in matches.values()), resolved=tuple(reversed(resolved)), found=(*kept, *found))

    def updated(self, reports: Iterable[FileReport]) -> Baseline:
        """The baseline after a run that recorded; files that were not checked keep their entries."""
        files = dict(self.files)
        for report in reports:
            if report.baseline is not None:
                hints = {(entry.code, entry.fingerprint): entry.hint for entry in files.get(self.name_of(report.path), ())}
                files[self.name_of(report.path)] = tuple(
                    Accepted(
                        code=entry.code,
                        fingerprint=entry.fingerprint,
                        count=entry.count,
                        hint=hints.get((entry.code, entry.fingerprint), entry.hint),
                    )
                    for entry in report.baseline.found
                )
        return Baseline(self.folder, {path: entries for path, entries in files.items() if entries})

    def render(self) -> str:
        """The file's text, in ASCII, ending in a newline. The same baseline gives the same text."""
        parts = []
        for path, entries in sorted(self.files.items()):
            lines = sorted(
                (entry.code, entry.hint, entry.fingerprint, json.dumps({name: getattr(entry, name) for name in _Entry.__struct_fields__}))
                for entry in entries
            )
            parts.append(f"  {json.dumps(path)}: [\n" + ",\n".join(f"   {line}" for *_, line in lines) + "\n  ]")
        files = "{\n" + ",\n".join(parts) + "\n }" if parts else "{}"
        return f'{{\n "format_version": {FORMAT_VERSION},\n "files": {files}\n}}\n'


def read_baseline(path: Path, *, recording: bool = False) -> Baseline:
    """Read a baseline.

    Args:
        path: The file. Where one is being recorded it need not be there yet.
        recording: As in `Baseline`.

    Raises:
        BaselineError: If it cannot be read, or is not a baseline.
    """
    folder = str(path.parent)
    if recording and not path.exists():
        return Baseline(folder, recording=True)
    try:
        if not path.is_file():  # a FIFO would keep us waiting
            msg = "it is not a regular file" if path.exists() else "there is no such file; --update-baseline writes one"
            raise BaselineError(msg)
        if path.stat().st_size > _LARGEST:
            msg = "it is larger than 1 GiB"
            raise BaselineError(msg)
        file = decode(read_regular(path, _LARGEST), _DECODER)
        if file.format_version != FORMAT_VERSION:
            msg = f"format_version is {file.format_version}, and this release reads {FORMAT_VERSION}" + (
                _OLD if file.format_version == 1 else ""
            )
            raise BaselineError(msg)
    except OSError as error:
        msg = f"baseline {path}: {error.strerror or error}"
        raise BaselineError(msg) from None
    except (JsonError, BaselineError) as error:
        msg = f"baseline {path}: {error}"
        raise BaselineError(msg) from None
    files = {
        name: tuple(Accepted(code=entry.code, fingerprint=entry.fingerprint, count=entry.count, hint=entry.hint) for entry in entries)
        for name, entries in file.files.items()
    }
    return Baseline(folder, files, recording)
