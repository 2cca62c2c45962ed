"""Paths that a run is given -> files: a file, a folder, a glob, or `-`."""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import TYPE_CHECKING

from cocoproof.model.errors import SettingsError
from cocoproof.reading.source import STDIN

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["expand_paths", "without_baseline"]

_SUFFIXES = (".json", ".json.gz", ".json.zst")


def expand_paths(given: Iterable[str]) -> list[str]:
    """The files that paths mean, in order, each once.

    A folder means the .json, .json.gz and .json.zst files in it and below, by name. A path that does not exist and is not a pattern is
    kept: that it is missing is a finding.

    Raises:
        SettingsError: If a folder has no such file, a pattern matches none, or a path is empty.
    """
    found: dict[str, None] = {}
    for path in given:
        if not path:  # an unset shell variable; as a path it would be the current folder
            msg = "a PATH is empty"
            raise SettingsError(msg)
        if path == STDIN or os.path.isfile(path):  # noqa: PTH113 # False for names that are too long, where Path raises
            found[path] = None
        elif os.path.isdir(path):  # noqa: PTH112
            found.update(dict.fromkeys(_in_folder(Path(path))))
        elif glob.has_magic(path):
            matches = sorted(match for match in glob.glob(path, recursive=True) if Path(match).is_file())  # noqa: PTH207 # the pattern may be absolute
            if not matches:
                msg = f"no file matches {path}"
                raise SettingsError(msg)
            found.update(dict.fromkeys(matches))
        else:
            found[path] = None
    return list(found)


def _in_folder(folder: Path) -> list[str]:
    # A broken link, or a link to something that is not a file, is a finding: skipped, its dataset would count as checked.
    files = sorted(str(path) for path in folder.rglob("*") if path.name.endswith(_SUFFIXES) and (path.is_symlink() or path.is_file()))
    files = [file for file in files if not os.path.isdir(file)]  # noqa: PTH112
    if not files:
        msg = f"the folder {folder} has no .json, .json.gz or .json.zst file"
        raise SettingsError(msg)
    return files


def without_baseline(files: list[str], baseline: Path | None) -> list[str]:
    """The files without the baseline, which may be in a folder of them.

    Raises:
        SettingsError: If there is no other file.
    """
    if baseline is None:
        return files
    left = [file for file in files if os.path.realpath(file) != os.path.realpath(baseline)]
    if not left:
        msg = f"{baseline} is the baseline, and there is no other file to check"
        raise SettingsError(msg)
    return left
