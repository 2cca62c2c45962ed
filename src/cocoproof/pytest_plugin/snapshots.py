"""`coco_snapshot`: an export is compared with the one that is kept beside the test."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shlex
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

from cocoproof.atomic_write import write_atomic
from cocoproof.diff.diff_files import diff
from cocoproof.diff.input import NotComparable
from cocoproof.model.escaping import escape
from cocoproof.pytest_plugin.files import node_id
from cocoproof.pytest_plugin.outcomes import STYLE
from cocoproof.reading.defects import Unreadable
from cocoproof.reading.document import read
from cocoproof.reading.source import Source, read_source
from cocoproof.reports.diff_text import as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    import pytest

    from cocoproof.diff.report import DiffReport
    from cocoproof.roundtrip import Tolerance

__all__ = ["FOLDER", "CocoSnapshot", "SnapshotCount"]

FOLDER = "__coco_snapshots__"
"""The folder beside the test file, with a subfolder for each test file."""
WRITTEN = "coco.snapshot"
"""The property of a test's report that names a snapshot it has written."""

_LONGEST = 100


class CocoSnapshot:
    """`coco_snapshot`, for one test."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        """Take the names of the test."""
        self._config = request.config
        self._node: pytest.Item = request.node
        self._folder: Path = request.path.parent / FOLDER / request.path.stem
        self._taken: set[str | None] = set()

    def __call__(
        self,
        path: str | os.PathLike[str],
        *,
        name: str | None = None,
        same_ids: bool = False,
        same_order: bool = False,
        ignore: Collection[str] = (),
        tolerance: Tolerance | None = None,
    ) -> None:
        """Compare a file with its snapshot in meaning, as `cocoproof diff` does.

        With `--coco-snapshot-update` a snapshot that is missing or differs is written instead.

        Args:
            path: What was exported.
            name: Which snapshot of the test it is; one of them needs none.
            same_ids: Whether other ids are a change, too. Ids that were removed or are of another type always are.
            same_order: Whether another order of rows is a change, too.
            ignore: Top-level sections that are not compared, such as `info` where it has the date of the export.
            tolerance: How far boxes, keypoints, areas, scores and masks may be apart; None for not at all.

        Raises:
            AssertionError: If the file differs, is not a COCO file, or has no snapshot; the message says how to write one.
            ValueError: If the test has compared another file with this snapshot, or `ignore` names images, annotations or
                categories.
        """
        __tracebackhide__ = True
        if name in self._taken:
            msg = "this test has a snapshot " + ("already; give the second one a name" if name is None else f"{name!r} already")
            raise ValueError(msg)
        self._taken.add(name)
        exported, document = _read(path)
        stored = self._folder / self._file_name(name)
        lines = self._differences(stored, exported, partial(diff, tolerance=tolerance, order=same_order, ignore=ignore), same_ids=same_ids)
        if not lines:
            return
        if not self._config.option.coco_snapshot_update:
            raise AssertionError("\n".join([*lines, f"to accept this export: pytest {self._quoted_id()} --coco-snapshot-update"]))
        stored.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(stored, _one_row_a_line(document))
        self._node.user_properties.append((WRITTEN, self._shown(stored)))

    def _differences(self, stored: Path, exported: Source, compare: Callable[[Source, Source], DiffReport], *, same_ids: bool) -> list[str]:
        """How an export differs from its snapshot, in lines; none where it does not."""
        name = self._shown(stored)
        if not stored.is_file():
            return [f"there is no snapshot {name} yet"]
        try:
            report = compare(Source(name, read_source(stored).content), exported)
        except (NotComparable, Unreadable) as error:
            return [f"there is nothing to compare with in the snapshot {name}", escape(str(error))]
        lines = [] if report.same else list(as_text(report, STYLE))
        if same_ids and report.renumbered.any:
            counts = [f"{section} {count:,}" for section, count in asdict(report.renumbered).items() if count]
            lines.append(f"  other ids, which same_ids does not allow: {', '.join(counts)}")
        return [f"the export differs from its snapshot {name}", *lines] if lines else []

    def _file_name(self, name: str | None) -> str:
        """A name that is valid on every system, and differs from test to test."""
        own = self._node.nodeid.partition("::")[2].replace("::", ".") + ("" if name is None else f".{name}")
        plain = re.sub(r"[^\w.-]", "_", own, flags=re.ASCII)[:_LONGEST]
        digest = hashlib.sha256(own.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        return (plain if plain == own else f"{plain}-{digest}") + ".json"

    def _shown(self, stored: Path) -> str:
        return node_id(stored, self._config.rootpath)

    def _quoted_id(self) -> str:
        """The test's node id, quoted for a shell, relative to the folder that pytest was started in."""
        path, colons, rest = self._node.nodeid.partition("::")
        with contextlib.suppress(ValueError):  # another drive
            path = os.path.relpath(self._config.rootpath / path, self._config.invocation_params.dir).replace(os.sep, "/")
        text = escape(path + colons + rest)
        return f'"{text}"' if os.name == "nt" else shlex.quote(text)


class SnapshotCount:
    """Reports at the end of a run which snapshots were written, by all processes."""

    def __init__(self) -> None:
        """Begin with none."""
        self._written: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect the names that the tests report."""
        self._written.update(str(value) for name, value in report.user_properties if name == WRITTEN)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print one line for each, so that they are reviewed before they are committed."""
        for name in sorted(self._written):
            terminalreporter.write_line(f"cocoproof: snapshot written: {name}")


def _read(path: str | os.PathLike[str]) -> tuple[Source, object]:
    """Read a file that a snapshot can be taken of: its bytes, and the document.

    Raises:
        AssertionError: If no snapshot can be taken of it.
    """
    __tracebackhide__ = True
    try:
        source = read_source(path)
        if (found := read(source)).dataset is not None:
            return source, json.loads(source.content)
        why = found.why_not
    except (Unreadable, ValueError, RecursionError) as error:
        why = str(error)
    msg = f"{escape(os.fspath(path))} cannot be kept as a snapshot: {escape(why)}"
    raise AssertionError(msg)


def _one_row_a_line(document: object) -> bytes:
    """The document with one row a line, so that a review shows what changed."""
    try:
        return "".join(_lines(document, ensure_ascii=False)).encode()
    except UnicodeEncodeError:  # a lone surrogate, which JSON can escape and UTF-8 cannot encode
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
