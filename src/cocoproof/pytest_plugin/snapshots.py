"""`coco_snapshot`: an export is held to the one that is kept beside the test."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shlex
from functools import partial
from typing import TYPE_CHECKING

from cocoproof.atomic_write import write_atomic
from cocoproof.cli.diff import as_text
from cocoproof.diff.diff_files import diff
from cocoproof.diff.input import NotComparable
from cocoproof.pytest_plugin.files import node_id
from cocoproof.pytest_plugin.outcomes import STYLE
from cocoproof.reading.defects import Unreadable
from cocoproof.reading.document import read
from cocoproof.reading.source import Source, read_source
from cocoproof.reports.escape import escape

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from cocoproof.roundtrip import Tolerance

__all__ = ["FOLDER", "CocoSnapshot", "SnapshotCount"]

FOLDER = "__coco_snapshots__"
"""Stands beside the test file, and holds a folder for it."""
WRITTEN = "coco.snapshot"
"""The property of a test's report that names a snapshot it has written."""

_LONGEST = 100


class CocoSnapshot:
    """`coco_snapshot`, for one test."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        """Know the test."""
        self._config = request.config
        self._node: pytest.Item = request.node
        self._folder: Path = request.path.parent / FOLDER / request.path.stem
        self._taken: set[str | None] = set()

    def __call__(
        self, path: str | os.PathLike[str], *, name: str | None = None, same_ids: bool = False, tolerance: Tolerance | None = None
    ) -> None:
        """Compare a file with its snapshot in meaning, as `cocoproof diff` does.

        With `--coco-snapshot-update` a snapshot that is missing or differs is written instead.

        Args:
            path: What was exported.
            name: Which snapshot of the test it is; one of them needs none.
            same_ids: Whether other ids of images, annotations or categories are a change too.
            tolerance: How far boxes, keypoints, areas, scores and masks may be apart; None for not at all.

        Raises:
            AssertionError: If the file differs, is no COCO file, or has no snapshot; the message says how to write one.
            ValueError: If the test has compared another file with this snapshot.
        """
        __tracebackhide__ = True
        if name in self._taken:
            msg = "this test has a snapshot " + ("already; give the second one a name" if name is None else f"{name!r} already")
            raise ValueError(msg)
        self._taken.add(name)
        exported, document = _read(path)
        stored = self._folder / self._file_name(name)
        wrong = self._differs(stored, exported, same_ids, tolerance)
        if not wrong:
            return
        if not self._config.option.coco_snapshot_update:
            raise AssertionError("\n".join([*wrong, f"to accept this export: pytest {self._quoted_id()} --coco-snapshot-update"]))
        stored.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(stored, _one_row_a_line(document))
        self._node.user_properties.append((WRITTEN, self._shown(stored)))

    def _differs(self, stored: Path, exported: Source, same_ids: bool, tolerance: Tolerance | None) -> list[str]:
        """In which ways an export is not its snapshot, in lines; none where it is."""
        name = self._shown(stored)
        if not stored.is_file():
            return [f"there is no snapshot {name} yet"]
        try:
            report = diff(Source(name, read_source(stored).data), exported, tolerance=tolerance)
        except (NotComparable, Unreadable) as error:
            return [f"there is nothing to compare with in the snapshot {name}", escape(str(error))]
        lines = [] if report.same else list(as_text(report, STYLE))
        if same_ids and report.renumbered.any:
            counts = {
                "image": report.renumbered.images,
                "annotation": report.renumbered.annotations,
                "category": report.renumbered.categories,
            }
            lines.append(
                "  other ids, which same_ids forbids: " + ", ".join(f"{what} {count:,}" for what, count in counts.items() if count)
            )
        return [f"the export is not what its snapshot {name} is", *lines] if lines else []

    def _file_name(self, name: str | None) -> str:
        """A name that every system takes; where it is not the test's own, two tests still have two."""
        own = self._node.nodeid.partition("::")[2].replace("::", ".") + ("" if name is None else f".{name}")
        plain = re.sub(r"[^\w.-]", "_", own, flags=re.ASCII)[:_LONGEST]
        digest = hashlib.sha256(own.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        return (plain if plain == own else f"{plain}-{digest}") + ".json"

    def _shown(self, stored: Path) -> str:
        return node_id(stored, self._config.rootpath)

    def _quoted_id(self) -> str:
        """The test as a shell takes it, from where pytest was started."""
        path, colons, rest = self._node.nodeid.partition("::")
        with contextlib.suppress(ValueError):  # another drive
            path = os.path.relpath(self._config.rootpath / path, self._config.invocation_params.dir).replace(os.sep, "/")
        text = escape(path + colons + rest)
        return f'"{text}"' if os.name == "nt" else shlex.quote(text)


class SnapshotCount:
    """Says at the end of a run which snapshots were written, in whichever process."""

    def __init__(self) -> None:
        """None yet."""
        self._written: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the word of the tests."""
        self._written.update(str(value) for name, value in report.user_properties if name == WRITTEN)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """One line each; they are to be looked at before they are committed."""
        for name in sorted(self._written):
            terminalreporter.write_line(f"cocoproof: snapshot written: {name}")


def _read(path: str | os.PathLike[str]) -> tuple[Source, object]:
    """A file that a snapshot can be taken of: as it is, and what it says.

    Raises:
        AssertionError: If it is none.
    """
    __tracebackhide__ = True
    try:
        source = read_source(path)
        if (found := read(source)).dataset is not None:
            return source, json.loads(source.data)
        why = found.why_not
    except (Unreadable, ValueError, RecursionError) as error:
        why = str(error)
    msg = f"{escape(os.fspath(path))} is no file to take a snapshot of: {escape(why)}"
    raise AssertionError(msg)


def _one_row_a_line(document: object) -> bytes:
    """The same JSON in a form whose changes can be read in a review."""
    try:
        return "".join(_lines(document, ensure_ascii=False)).encode()
    except UnicodeEncodeError:  # half a surrogate pair: JSON can spell it, UTF-8 cannot
        return "".join(_lines(document, ensure_ascii=True)).encode()


def _lines(document: object, *, ensure_ascii: bool) -> Iterator[str]:
    dump = partial(json.dumps, ensure_ascii=ensure_ascii)
    sections = document.items() if isinstance(document, dict) else [(None, document)]
    start, end = ("{", "}") if isinstance(document, dict) else ("", "")
    between = ""
    yield start
    for key, value in sections:
        yield between + ("" if key is None else f"\n{dump(key)}: ")
        yield "[\n" + ",\n".join(map(dump, value)) + "\n]" if isinstance(value, list) and value else dump(value)
        between = ","
    yield f"\n{end}\n" if end else "\n"
