"""Properties across processes, failures and exports at the same time."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
import sys
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import reject
from hypothesis.errors import UnsatisfiedAssumption

from cocoproof.mapping import ClassMapping
from cocoproof.testing.audit import listening
from cocoproof.testing.fresh_process import FIRST, SECOND, FreshExport, Unusable, export_in_fresh_process, one_changed
from cocoproof.testing.properties.behaviour import difference, room_for
from cocoproof.testing.trial import PropertyBroken, Raised, quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cocoproof.testing.fresh_process import Conditions
    from cocoproof.testing.trial import Trial

__all__ = ["after_a_failure", "at_the_same_time", "independent_of_process"]

_ROOM = 64
"""Bytes that can be written before a write fails."""

_ROUNDS = 3
"""How often two threads export at the same time."""

_PATIENCE = 5
"""Seconds that one export waits for the other: if one waits for the other's end, the exporter has a lock, which is right."""


_ANYHOW = "two exports of one dataset differ anyhow; see the properties deterministic and no_clock"

_TIME = re.compile(rb"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?|(?<!\d)\d{10,19}(?:\.\d+)?(?!\d)")
"""A time of day, or seconds and their fractions since 1970."""


def _timeless(path: Path) -> bytes:
    """A file without times, so that a clock in it, which is another property's, does not show as something else."""
    return _TIME.sub(b"TIME", path.read_bytes())


def independent_of_process(trial: Trial) -> None:
    """Fresh processes with other hash seeds, locales, time zones, dates, users, hosts, current folders and image folders write the same bytes."""
    try:
        first, second = _fresh(trial, FIRST), _fresh(trial, SECOND)
        if second.died and not first.died:
            # Modules in C may not bear the classes that show another time in place of those of `datetime`; the exporter cannot help that.
            second = _fresh(trial, replace(SECOND, seconds=FIRST.seconds))
        if first.content is None and second.content is None:
            pytest.skip(f"in a fresh process the exporter cannot be used as it is here: {first.trouble}")
        what = _differ(first, second)
        if what is None:
            return
        changed = ((words, _fresh(trial, conditions)) for words, conditions in one_changed())
        cause = next((words for words, found in changed if not found.died and _differ(first, found)), None)
    except Unusable as error:
        pytest.skip(f"in a fresh process the exporter cannot be used: {error}")
    by = cause or "what differs from process to process, such as the process id, random numbers or the time"
    msg = f"the export depends on {by}: {what}"
    raise PropertyBroken(msg)


def _fresh(trial: Trial, conditions: Conditions) -> FreshExport:
    root = trial.folder / "fresh"  # the same each time: paths then differ by the conditions alone
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    found = export_in_fresh_process(trial.exporter, trial.case, conditions, root)
    if found.rejected:
        reject()
    return found


def _differ(one: FreshExport, other: FreshExport) -> str | None:
    if one.content is None or other.content is None:
        failed = one if one.content is None else other
        return None if one.content == other.content else f"one process writes a file, and in the other {failed.trouble}"
    if one.name != other.name:
        return f"two processes differ in the file's name: {one.name!r} and {other.name!r}"
    return difference(one.content, other.content)


def after_a_failure(trial: Trial) -> None:
    """After an export that failed, the next one writes the file that it would have written without that failure."""
    expected = _timeless(trial.path)
    if _timeless(trial.export()) != expected:
        pytest.skip(_ANYHOW)
    for what, failing in (
        ("a class that the mapping does not have", _unmapped),
        ("an image that cannot be read", _broken_image),
        ("a write that failed", _no_room),
    ):
        folder = trial.folder / f"after {what}"
        folder.mkdir()
        with contextlib.suppress(PropertyBroken, UnsatisfiedAssumption):  # an exporter may also take it
            failing(trial, folder)
        for into, place in ((None, "into another folder"), (folder, "into the same folder")):
            again = _timeless(trial.export(folder=into))
            if again != expected:
                msg = f"after an export with {what}, the next one {place} differs: {difference(expected, again)}"
                raise PropertyBroken(msg)


def _unmapped(trial: Trial, folder: Path) -> None:
    """Without the class of the last detection in the mapping."""
    last = next((image.class_id[-1] for image in reversed(trial.case.dataset.images) if len(image)), None)
    mapping = trial.case.mapping
    table = {row.id: row.category_id for row in mapping.classes if row.category_id is not None and row.id != last}
    drop = [row.id for row in mapping.classes if row.dropped and row.id != last]
    trial.export(folder=folder, mapping=ClassMapping.from_ids(table, mapping.categories, source=list(trial.dataset.classes), drop=drop))


def _broken_image(trial: Trial, folder: Path) -> None:
    dataset = trial.case.build(trial.folder / "broken-image" / "images")
    if dataset.image_paths:
        with open(dataset.image_paths[-1], "wb") as file:  # noqa: PTH123 - a path of supervision's
            file.write(b"\x89PNG")
    trial.export(dataset, folder)


def _no_room(trial: Trial, folder: Path) -> None:
    with room_for(_ROOM):
        trial.export(folder=folder)


@contextlib.contextmanager
def _current_folder_kept() -> Iterator[None]:
    """Two exports that change the current folder and back may leave each other's."""
    before = Path.cwd()
    try:
        yield
    finally:
        os.chdir(before)


@_current_folder_kept()
def at_the_same_time(trial: Trial) -> None:
    """Two exports to two folders at the same time write the files that each would have written alone."""
    images = trial.case.dataset.images
    less = trial.case.of_images(images[1::2] or images).build(trial.folder / "less" / "images")
    alone = _timeless(trial.path), _timeless(trial.export(less))
    if _timeless(trial.export()) != alone[0]:
        pytest.skip(_ANYHOW)
    outer, inner = (_places(_events_of(lambda given=given: trial.export(given))) for given in (None, less))  # type: ignore[misc]
    for at, until in itertools.product(outer, [*inner, None]):
        found, waited = _interleaved(trial, less, at, until)
        _expect_alone(alone, found, "two exports, each half way when the other went on")
        if waited:  # one waits for the end of the other, so there is nothing to interleave
            break
    for _ in range(_ROUNDS):
        _expect_alone(alone, _both(trial, lambda: _timeless(trial.export(less))), "two exports in two threads")


def _events_of(export: Callable[[], object]) -> int:
    """How many events about files an export causes."""
    events: list[str] = []
    with listening(lambda event, _: events.append(event)):
        export()
    return len(events)


def _places(count: int) -> list[int]:
    """Some of so many events: the first, the last two, and some between."""
    return sorted({0, count // 3, 2 * count // 3, count - 2, count - 1} & set(range(count)))


def _interleaved(trial: Trial, less: Any, at: int, until: int | None) -> tuple[tuple[bytes, bytes], bool]:
    """Two exports: the second begins at an event of the first, and waits at one of its own until the first has ended.

    Args:
        trial: The first export.
        less: The dataset of the second.
        at: At which event of the first the second begins.
        until: At which of its own events the second waits; None if it goes on to its end.

    Returns:
        Both files, and whether one export waited in vain for the other to go on.
    """
    in_time: list[bool] = []
    stopped, ended = threading.Event(), threading.Event()
    own, counts = threading.get_ident(), Counter[int | None]()

    def second() -> bytes:
        try:
            path = trial.export(less)
        finally:
            stopped.set()
        return _timeless(path)

    inner = _InThread(second)

    def pause(event: str, arguments: tuple[object, ...]) -> None:  # noqa: ARG001 - as an audit hook is called
        thread = threading.get_ident()
        counts[thread] += 1
        if thread == own and counts[own] == at + 1:
            inner.start()
            in_time.append(stopped.wait(_PATIENCE))
        elif thread == inner.ident and until is not None and counts[thread] == until + 1:
            stopped.set()
            in_time.append(ended.wait(_PATIENCE))

    with quiet(), listening(pause):
        try:
            path = trial.export()
        finally:
            ended.set()
            if inner.ident is not None:
                inner.join()
    if inner.ident is None:  # the first export did less than before
        inner.start()
        inner.join()
    return (_timeless(path), inner.result()), not all(in_time)


def _expect_alone(alone: tuple[bytes, bytes], found: tuple[bytes, bytes], what: str) -> None:
    for one, other in zip(alone, found, strict=True):
        if one != other:
            msg = f"{what}: a file differs from the one that is written alone: {difference(one, other)}"
            raise PropertyBroken(msg)


def _both(trial: Trial, second: Callable[[], bytes]) -> tuple[bytes, bytes]:
    """Two exports in two threads, which change over as often as the interpreter can."""
    before = sys.getswitchinterval()
    threads = _InThread(lambda: _timeless(trial.export())), _InThread(second)
    sys.setswitchinterval(1e-6)
    try:
        with quiet():
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    finally:
        sys.setswitchinterval(before)
    return threads[0].result(), threads[1].result()


class _InThread(threading.Thread):
    """A function in a thread, with its result or exception."""

    def __init__(self, function: Callable[[], bytes]) -> None:
        super().__init__(daemon=True)
        self._function = function
        self._result: bytes | None = None
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._result = self._function()
        except BaseException as error:
            self._error = error

    def result(self) -> bytes:
        """The result.

        Raises:
            PropertyBroken: If the export raised.
        """
        if isinstance(self._error, Raised):
            msg = f"an export at the same time as another: {self._error}"
            raise PropertyBroken(msg) from self._error
        if self._error is not None:
            raise self._error
        return self._result or b""
