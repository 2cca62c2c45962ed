"""Properties of the exporter's behaviour in one process: deterministic files, atomic writes, unchanged input."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis.errors import UnsatisfiedAssumption

from cocoproof.testing.audit import listening, writes_to
from cocoproof.testing.trial import PropertyBroken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.testing.trial import Trial

__all__ = [
    "atomic_overwrite",
    "deterministic",
    "difference",
    "input_unchanged",
    "no_clock",
    "replaced_at_once",
    "room_for",
    "unmapped_class_refused",
]

_LEAST_ROOM = 16
"""Bytes that can be written before a write fails."""

_AROUND = 3 * 86_400
"""A number within so many seconds of now is considered the time."""

_NUMBER = re.compile(r"(?<![\w.+-])\d{10,19}(?:\.\d+)?(?!\w)")


def deterministic(trial: Trial) -> None:
    """The same dataset gives the same bytes in a file of the same name, independent of earlier exports, also to the same path."""
    _expect_equal(trial.path, trial.export(), "two exports differ")
    folder, images = trial.folder / "after-another", trial.case.dataset.images
    if images:
        less = trial.case.of_images(images[:-1]).build(trial.folder / "less")
        with contextlib.suppress(PropertyBroken, UnsatisfiedAssumption):  # that one is not on trial
            trial.export(less, folder)
        _expect_equal(trial.path, trial.export(folder=folder), "an export where another was before differs from one where none was")


def _expect_equal(path: Path, again: Path, what: str) -> None:
    if path.name != again.name:
        msg = f"{what} in the file's name: {path.name!r} and {again.name!r}"
        raise PropertyBroken(msg)
    if trouble := difference(path.read_bytes(), again.read_bytes()):
        msg = f"{what} {trouble}"
        raise PropertyBroken(msg)


def difference(first: bytes, second: bytes) -> str | None:
    """Where two files differ; None if they do not."""
    if first == second:
        return None
    at = next((k for k, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second)))
    start = max(at - 20, 0)
    return f"at byte {at}: {first[start : at + 20]!r} and {second[start : at + 20]!r}"


def no_clock(trial: Trial) -> None:
    """The file does not contain the date or the time of the export, in any common form."""
    text = trial.path.read_text(encoding="utf-8")
    given = repr(trial.case)
    for day in _days():
        for said in _spellings(day):
            if (said in text or said.replace("/", "\\/") in text) and said not in given:
                msg = f"the file holds the date of the export, {said}"
                raise PropertyBroken(msg)
    for moment in _times_of_day(trial.moments):
        if moment in text and moment not in given:
            msg = f"the file holds the time of the export, {moment}"
            raise PropertyBroken(msg)
    now = time.time()
    for number in _NUMBER.findall(text):
        value = float(number)
        if number not in given and any(abs(value / unit - now) < _AROUND for unit in (1, 1e3, 1e6, 1e9)):
            msg = f"the file holds the time of the export, {number}"
            raise PropertyBroken(msg)


def _spellings(day: dt.date) -> list[str]:
    forms = ("%Y-%m-%d", "%Y/%m/%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y%m%d", "%m/%d/%y")
    words = [form.format(month=day.strftime(month)) for month in ("%b", "%B") for form in ("{month} %d", "%d {month}")]
    # As C's ctime does, with a space before a day of one digit.
    return [*(day.strftime(form) for form in (*forms, *words)), f"{day:%b} {day.day:2d}", f"{day:%B} {day.day},"]


def _days() -> set[dt.date]:
    """Today, here and in Greenwich."""
    now = dt.datetime.now(dt.timezone.utc)
    return {now.date(), now.astimezone().date()}


def _times_of_day(moments: tuple[float, float]) -> set[str]:
    """Every second of the export as hours, minutes and seconds, here and in Greenwich."""
    seconds = range(int(moments[0]), int(moments[1]) + 1)
    return {time.strftime("%H:%M:%S", of(second)) for second in seconds for of in (time.gmtime, time.localtime)}


def input_unchanged(trial: Trial) -> None:
    """The export changes neither the dataset (its arrays, whether they can be written, their order), nor its image folder, nor the mapping."""
    before, mapping = _snapshot(trial.dataset) | _files(trial), repr(trial.case.mapping)
    trial.export()
    after = _snapshot(trial.dataset) | _files(trial)
    changed = [name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name)]
    if changed:
        msg = f"the export changed its input: {', '.join(changed[:5])}"
        raise PropertyBroken(msg)
    if repr(trial.case.mapping) != mapping:
        msg = "the export changed the mapping"
        raise PropertyBroken(msg)


def _files(trial: Trial) -> dict[str, object]:
    """The files next to the images, and the images, with their contents and the time at which they were written."""
    root = trial.folder / "images"
    files = [path for path in sorted(root.rglob("*")) if path.is_file()]
    return {path.relative_to(trial.folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_mode) for path in files}


def _snapshot(dataset: Any) -> dict[str, object]:
    """Everything in a dataset, by name, as values that compare by content."""
    held: dict[str, object] = {"classes": tuple(dataset.classes), "image_paths": tuple(dataset.image_paths)}
    for place, (path, found) in enumerate(dataset.annotations.items()):
        name = f"annotations[{place}]"
        held[name] = path
        for field, value in vars(found).items():
            if field == "data":
                held |= {f"{name}.data[{key!r}]": _value(column) for key, column in value.items()}
            else:
                held[f"{name}.{field}"] = repr(value) if field == "metadata" else _value(value)
    return held


def _value(column: Any) -> object:
    if column is None:
        return None
    array = np.asarray(column)
    return (
        id(column),
        array.flags.writeable,
        array.dtype.str,
        array.shape,
        array.tobytes() if array.dtype.kind != "O" else repr(array.tolist()),
    )


def atomic_overwrite(trial: Trial) -> None:
    """If a write fails, the old file is still there, complete, and the export raises an error.

    The process can only write part of the file (RLIMIT_FSIZE), as on a full disk. Platforms without that
    limit skip the property.
    """
    folder = trial.folder / "overwrite"
    path = trial.export(folder=folder)
    old = path.read_bytes() + b"\n"  # differs from the export, so that an exporter that skips unchanged files must write
    path.write_bytes(old)
    for room in (len(old) // 2, min(_LEAST_ROOM, len(old) // 2)):
        raised = False
        with room_for(room):
            try:
                trial.export(folder=folder)
            except PropertyBroken:  # the failure is expected
                raised = True
        if not path.is_file() or path.read_bytes() != old:
            left = path.stat().st_size if path.is_file() else 0
            msg = f"a write that failed after {room} bytes left {left} bytes of the old file's {len(old)}, not the old file"
            raise PropertyBroken(msg)
        if not raised:
            msg = f"a write that failed after {room} bytes raised no error: the old file passes for the new one"
            raise PropertyBroken(msg)


def replaced_at_once(trial: Trial) -> None:
    """A file that is there is replaced in one step: at any moment the old or the new one is complete, and the old one's bytes stay as they were."""
    folder = trial.folder / "replaced"
    path = trial.export(folder=folder)
    old = path.read_bytes() + b"\n"
    path.write_bytes(old)
    kept = trial.folder / "the-old-file"
    with contextlib.suppress(OSError, NotImplementedError):  # not every file system has links
        os.link(path, kept)
    moments: dict[bytes | None, str] = {}
    opened: list[object] = []

    def look(event: str, arguments: tuple[object, ...]) -> None:
        target = writes_to(event, arguments)
        if isinstance(target, (str, bytes, os.PathLike)) and Path(os.fsdecode(target)).absolute() == path.absolute():
            opened.append(target)
        if not looking:
            looking.append(True)
            try:
                moments.setdefault(path.read_bytes() if path.exists() else None, event)
            finally:
                looking.clear()

    looking: list[bool] = []
    with listening(look):
        trial.export(folder=folder)
    new = path.read_bytes()
    if opened:
        msg = "the file that is there is opened for writing: a reader sees part of a file, and a failure leaves one"
        raise PropertyBroken(msg)
    between = [event for content, event in moments.items() if content not in (old, new)]
    if between:
        msg = f"there is a moment, at {between[0]!r}, at which neither the old nor the new file is there"
        raise PropertyBroken(msg)
    if kept.exists() and kept.read_bytes() != old:
        msg = "the new file is copied over the old one: a failure while it is copied leaves part of a file"
        raise PropertyBroken(msg)


@contextlib.contextmanager
def room_for(size: int) -> Iterator[None]:
    """Let no file of this process grow past a size, in bytes."""
    try:
        import resource
    except ImportError:
        pytest.skip("this platform cannot limit the size of files")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def unmapped_class_refused(trial: Trial) -> None:
    """A detection whose class the mapping neither maps nor drops is an error, never silently dropped."""
    folder: Path = trial.folder / "refused"
    folder.mkdir()
    try:
        trial.call(trial.dataset, trial.case.mapping, folder)
    except UnsatisfiedAssumption:  # not an error: the exporter does not support this dataset
        raise
    except Exception:  # any error is accepted
        return
    names = [row.name for row in trial.case.mapping.unmapped_classes]
    msg = f"the mapping has no category for {', '.join(map(repr, names))}, yet the export went through"
    raise PropertyBroken(msg)
