"""PATH on the command line -> files: a file, a folder, a glob, or `-`."""

from __future__ import annotations

import glob
import os
from pathlib import Path

import click

from cocoproof.reading.source import STDIN

__all__ = ["expand"]

_ENDINGS = (".json", ".json.gz")


def expand(given: tuple[str, ...]) -> list[str]:
    """The files that the paths mean, in order, each once.

    A folder means the .json and .json.gz files in it and below, by name. A path that is neither there nor a pattern is
    kept: that it is missing is a finding.

    Raises:
        click.UsageError: If a folder holds no such file, a pattern matches none, or a path is the empty text.
    """
    found: dict[str, None] = {}
    for path in given:
        if not path:  # a variable that nobody set; as a path it would be the current folder
            msg = "a PATH is empty"
            raise click.UsageError(msg)
        if path == STDIN or os.path.isfile(path):  # noqa: PTH113 # says no to names that are too long, where Path raises
            found[path] = None
        elif os.path.isdir(path):  # noqa: PTH112
            found.update(dict.fromkeys(_in_folder(Path(path))))
        elif glob.has_magic(path):
            matches = sorted(match for match in glob.glob(path, recursive=True) if Path(match).is_file())  # noqa: PTH207 # the pattern may be absolute
            if not matches:
                msg = f"no file matches {path}"
                raise click.UsageError(msg)
            found.update(dict.fromkeys(matches))
        else:
            found[path] = None
    return list(found)


def _in_folder(folder: Path) -> list[str]:
    # A link to nothing, or to what is no file, is a finding: passed over, its dataset would count as judged.
    files = sorted(str(path) for path in folder.rglob("*") if path.name.endswith(_ENDINGS) and (path.is_symlink() or path.is_file()))
    files = [file for file in files if not os.path.isdir(file)]  # noqa: PTH112
    if not files:
        msg = f"the folder {folder} holds no .json or .json.gz file"
        raise click.UsageError(msg)
    return files
