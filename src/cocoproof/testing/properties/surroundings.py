"""Properties of what is around an export: files left behind, side effects, images that are decoded without need."""

from __future__ import annotations

import contextlib
import locale
import logging
import os
import random
import sys
import tempfile
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis.errors import UnsatisfiedAssumption

from cocoproof.mapping import ClassMapping
from cocoproof.testing.properties.behaviour import room_for
from cocoproof.testing.trial import PropertyBroken, Raised

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.testing.trial import Trial

__all__ = ["images_not_decoded", "no_side_effects", "nothing_left_behind"]

_ROOM = 64
"""Bytes that can be written before a write fails."""

_HEADER = 33
"""Bytes of a PNG file up to the end of its header."""


def nothing_left_behind(trial: Trial) -> None:
    """An export leaves nothing but the file that it returns, and one that fails leaves nothing: beside it, above it, or among temporary files."""
    with _own_temporary_folder(trial) as temporary:
        folder = trial.folder / "left-behind"
        folder.mkdir()
        before = _around(trial)
        path = trial.export(folder=folder)
        _expect_left(_listing(folder), {path.name}, "in its folder")
        trial.export(folder=folder)
        _expect_left(_listing(folder), {path.name}, "in its folder, written a second time,")
        for what, failing in (("refused a class", _refused), ("failed to write", _failed)):
            with contextlib.suppress(PropertyBroken, UnsatisfiedAssumption):
                failing(trial, folder)
            _expect_left(_listing(folder), {path.name}, f"in its folder, after an export that {what},")
        _expect_left(_around(trial), before, "beside its folder or in the current one")
        _expect_left(_listing(temporary), set(), "in the folder for temporary files")


def _expect_left(found: set[str], wanted: set[str], where: str) -> None:
    if found - wanted:
        msg = f"the export left behind {where} {', '.join(sorted(map(repr, found - wanted)))}"
        raise PropertyBroken(msg)


def _listing(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def _around(trial: Trial) -> set[str]:
    """The files beside the folder of the export, and in the current one."""
    return {str(path) for folder in (trial.folder, Path.cwd()) for path in folder.iterdir()}


@contextlib.contextmanager
def _own_temporary_folder(trial: Trial) -> Iterator[Path]:
    """A new folder for temporary files, for `tempfile` and for child processes."""
    folder = trial.folder / "temporary"
    folder.mkdir()
    trial.dataset  # noqa: B018 - made before
    names = ("TMPDIR", "TEMP", "TMP")
    before, chosen = {name: os.environ.get(name) for name in names}, tempfile.tempdir
    os.environ.update(dict.fromkeys(names, str(folder)))
    tempfile.tempdir = str(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = chosen
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _refused(trial: Trial, folder: Path) -> None:
    mapping = trial.case.mapping
    trial.export(folder=folder, mapping=ClassMapping.from_ids({}, mapping.categories, source=list(trial.dataset.classes)))


def _failed(trial: Trial, folder: Path) -> None:
    with room_for(_ROOM):
        trial.export(folder=folder)


def no_side_effects(trial: Trial) -> None:
    """An export changes neither the current folder, the environment, the locale, random states, logging, warnings nor numpy's settings."""
    trial.dataset  # noqa: B018 - made before
    for turn in range(2):
        before = _state()
        into = trial.folder / f"effects-{turn}"
        into.mkdir()
        try:
            with warnings.catch_warnings():  # restores the filters, which are compared within
                filters = list(warnings.filters)
                written = trial.call(trial.dataset, trial.case.mapping, into)
                kept = filters == list(warnings.filters)
            after = _state()
        except UnsatisfiedAssumption:
            raise
        except Exception as error:  # any exception for a valid dataset
            msg = f"export raised {type(error).__name__}: {error}"
            raise Raised(msg) from error
        finally:
            _restore(before)
        changed = [name for name in before if before[name] != after[name]]
        changed += [] if kept else ["the filters of warnings"]
        if turn == 0:  # a library that is imported the first time may set these up
            changed = [name for name in changed if name not in _BY_IMPORTS]
        if changed:
            msg = f"the export changes {', '.join(changed)}"
            raise PropertyBroken(msg)
        del written


_BY_IMPORTS = ("the environment", "the path of imports", "the filters of warnings", "numpy's treatment of errors", "running threads")


def _state() -> dict[str, Any]:
    root = logging.getLogger()
    return {
        "the current folder": Path.cwd(),
        "the environment": dict(os.environ),
        "the locale": locale.setlocale(locale.LC_ALL),
        "the state of random": random.getstate(),
        "the random state of numpy": _comparable(np.random.get_state()),  # noqa: NPY002 - the state that all share
        "the level of logging": (root.level, root.manager.disable),
        "the handlers of logging": tuple(root.handlers),
        "the path of imports": tuple(sys.path),
        "numpy's treatment of errors": np.geterr(),
        "how numpy prints": repr(np.get_printoptions()),
        "standard output": (id(sys.stdout), id(sys.stderr)),
        "the mask of new files": _umask(),
        "the limit of recursion": sys.getrecursionlimit(),
        "running threads": threading.active_count(),
    }


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _comparable(state: Any) -> tuple[object, ...]:
    return tuple(part.tobytes() if isinstance(part, np.ndarray) else part for part in state)


def _restore(before: dict[str, Any]) -> None:
    """Undo what would disturb the tests that follow."""
    os.chdir(before["the current folder"])
    random.setstate(before["the state of random"])
    os.umask(before["the mask of new files"])
    sys.setrecursionlimit(before["the limit of recursion"])
    np.seterr(**before["numpy's treatment of errors"])
    sys.path[:] = before["the path of imports"]
    for name in set(os.environ) - set(before["the environment"]):
        del os.environ[name]
    os.environ.update(before["the environment"])
    root = logging.getLogger()
    root.setLevel(before["the level of logging"][0])
    logging.disable(before["the level of logging"][1])
    for handler in set(root.handlers) - set(before["the handlers of logging"]):
        root.removeHandler(handler)


def images_not_decoded(trial: Trial) -> None:
    """Sizes are read from the headers of image files: an image whose pixels cannot be decoded is exported like any other."""
    for path in map(Path, trial.dataset.image_paths):
        whole = path.read_bytes()
        if whole.startswith(b"\x89PNG"):
            # The chunk of pixels is announced, and has neither valid data nor a valid checksum.
            path.write_bytes(whole[:_HEADER] + b"\0\0\0\x10IDAT" + b"\xff" * 20)
    try:
        trial.path  # noqa: B018 - the export
    except Raised as error:
        msg = f"the export needs the pixels of images, though their headers have the sizes: {error}"
        raise PropertyBroken(msg) from error
    trial.check_images()
