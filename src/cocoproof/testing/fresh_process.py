"""An export in a fresh process, under conditions of its own."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cocoproof.testing import fresh_child

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.testing.drawn import DrawnCase

__all__ = ["FIRST", "SECOND", "Conditions", "FreshExport", "Unusable", "export_in_fresh_process", "one_changed"]

_DAY = 86_400.0
_LIMIT = 600
"""Seconds after which a process that hangs is ended."""


_EXPORTING = ("export", "export_results")
"""The methods of a contract that its user defines."""


class Unusable(Exception):
    """The exporter's class cannot be made in another process."""


@dataclass(frozen=True)
class Conditions:
    """What an export must not depend on; the process id is another each time.

    Attributes:
        hash_seed: PYTHONHASHSEED, which decides the order of sets of text.
        locale: LC_ALL; with `C`, `open` writes ASCII by default.
        time_zone: TZ.
        folder: The name of the current folder.
        user: USER and LOGNAME.
        host: The host's name.
        seconds: How far the clock is from the true time.
        images: The folder of the images.
        temporary: The name of the folder for temporary files.
        job: The name of the file that is named on the command line.
    """

    hash_seed: str
    locale: str
    time_zone: str
    folder: str
    user: str
    host: str
    seconds: float
    images: str
    temporary: str
    job: str

    def environment(self, root: Path) -> dict[str, str]:
        """The environment of the process."""
        own = {
            "PYTHONHASHSEED": self.hash_seed,
            "LC_ALL": self.locale,
            "TZ": self.time_zone,
            "USER": self.user,
            "LOGNAME": self.user,
            "TMPDIR": str(root / self.temporary),
            "PYTHONUTF8": "0",
            "PYTHONCOERCECLOCALE": "0",
            "PYTHONIOENCODING": "utf-8",  # what is printed is not on trial
        }
        return {**os.environ, **own}


FIRST = Conditions("1", "C.UTF-8", "UTC0", "here", "first", "first-host", 0.0, "images", "temporary-1", "job-1")
SECOND = Conditions(
    "2", "C", "XYZ-11:47", "there/below", "second", "second-host", 3_441 * _DAY + 25_873, "other/place/images", "temporary-2", "job-2"
)

_SPELT = {
    "seconds": "the clock",
    "hash_seed": "PYTHONHASHSEED",
    "images": "the path of the image folder",
    "locale": "the locale",
    "time_zone": "the time zone",
    "folder": "the current folder",
    "user": "the user's name",
    "host": "the host's name",
    "temporary": "the folder for temporary files",
    "job": "the command line",
}


def one_changed() -> Iterator[tuple[str, Conditions]]:
    """The first conditions with one of the second, each in words; the most frequent causes come first."""
    for name, words in _SPELT.items():
        yield words, replace(FIRST, **{name: getattr(SECOND, name)})


@dataclass(frozen=True)
class FreshExport:
    """The result of an export in a fresh process.

    Attributes:
        name: The name of the file.
        content: Its bytes; None if there is no file.
        trouble: Why there is none.
        rejected: Whether the exporter does not support the dataset.
        died: Whether the process crashed or did not end, so that it is not known what the exporter would do.
    """

    name: str = ""
    content: bytes | None = None
    trouble: str = ""
    rejected: bool = False
    died: bool = False


def export_in_fresh_process(exporter: object, case: DrawnCase, conditions: Conditions, root: Path) -> FreshExport:
    """Export a dataset in a fresh process.

    Args:
        exporter: The exporter under test; an instance of its class is made there without arguments.
        case: The dataset and the mapping.
        conditions: Those of the process.
        root: A new folder to work in.

    Raises:
        Unusable: If the class cannot be imported or made there.
    """
    kind = _importable(type(exporter))
    out = root / "out"
    for folder in (out, root / conditions.folder, root / conditions.temporary, root / conditions.images):
        folder.mkdir(parents=True, exist_ok=True)
    (root / "case").write_bytes(pickle.dumps(case))
    file = Path(sys.modules[kind.__module__].__file__ or "").resolve()
    job: dict[str, Any] = {
        "module": kind.__module__,
        "qualname": kind.__qualname__,
        "file": str(file),
        "root": _root_of(kind.__module__, file),
        "sys_path": [str(Path(entry).resolve()) for entry in sys.path],
        "case": str(root / "case"),
        "images": str(root / conditions.images),
        "out": str(out),
        "result": str(root / "result"),
        "seconds": conditions.seconds,
        "host": conditions.host,
    }
    (root / conditions.job).write_text(json.dumps(job), encoding="utf-8")
    command = [sys.executable, str(Path(fresh_child.__file__)), str(root / conditions.job)]
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter, and a script of this package
            command,
            cwd=root / conditions.folder,
            env=conditions.environment(root),
            capture_output=True,
            timeout=_LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return FreshExport(trouble=f"it did not end within {_LIMIT} s", died=True)
    if not (root / "result").is_file():
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        return FreshExport(trouble=f"the process ended with {done.returncode}: {''.join(last)}", died=True)
    return _read(json.loads((root / "result").read_text(encoding="utf-8")), root / conditions.folder)


def _read(result: dict[str, Any], folder: Path) -> FreshExport:
    if "unusable" in result:
        raise Unusable(result["unusable"])
    if "path" not in result:
        return FreshExport(trouble=result.get("raised", ""), rejected="rejected" in result)
    path = folder / result["path"]
    if not path.is_file():
        return FreshExport(trouble=f"export returned {result['path']!r}, which is not the path of a file")
    return FreshExport(path.name, path.read_bytes())


def _importable(kind: type) -> type:
    """The class, or the first base with the same `export` that can be imported by its name."""
    for own in kind.__mro__:
        module = sys.modules.get(own.__module__)
        try:
            found = attrgetter(own.__qualname__)(module)
        except AttributeError:
            found = None
        if (
            isinstance(found, type)
            and found is own
            and all(getattr(own, name, None) is getattr(kind, name, None) for name in _EXPORTING)
            and getattr(module, "__file__", None)
        ):
            return own
    msg = f"{kind.__qualname__} cannot be imported by its name: define it at the top of a module"
    raise Unusable(msg)


def _root_of(name: str, file: Path) -> str | None:
    """The folder from which a module of this dotted name is imported; None if the name does not fit the file."""
    parts = name.split(".")
    if file.stem == "__init__":
        parts.append("__init__")
    if len(parts) > len(file.parts) or tuple(parts) != (*file.parts[-len(parts) : -1], file.stem):
        return None
    return str(file.parents[len(parts) - 1])
