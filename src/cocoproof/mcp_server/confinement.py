"""The folder that a client's paths are confined to."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from cocoproof.model.suggestions import quoted

__all__ = ["OutsideRoot", "ServedFolder"]

_WRITTEN = (".json", ".json.gz", ".json.zst")


class OutsideRoot(ValueError):
    """A path leads out of the folder, or is not what is expected there."""


@dataclass(frozen=True)
class ServedFolder:
    """A folder, and the paths in it.

    A path is resolved, links included, when it is asked about. A process that changes links in the folder at the same time can still make
    it lead out: run the server as a user who may read no more than its clients may.

    Attributes:
        folder: The folder, absolute and without links.
    """

    folder: Path

    @classmethod
    def at(cls, folder: str | os.PathLike[str]) -> ServedFolder:
        """The root at an existing folder.

        Raises:
            OutsideRoot: If there is no such folder.
        """
        path = Path(folder)
        if not path.is_dir():
            msg = f"{quoted(str(path))} is not a folder"
            raise OutsideRoot(msg)
        return cls(path.resolve())

    def file(self, name: str) -> str:
        """An existing regular file.

        Args:
            name: Its path, relative to the folder or absolute.

        Returns:
            Its path without links, absolute.

        Raises:
            OutsideRoot: If it is outside of the folder, or not a regular file.
        """
        path = self._resolved(name)
        try:
            mode = path.stat().st_mode
        except OSError as error:
            msg = f"{quoted(name)}: {error.strerror or error}"
            raise OutsideRoot(msg) from None
        if not stat.S_ISREG(mode):
            msg = f"{quoted(name)} is not a regular file"
            raise OutsideRoot(msg)
        return str(path)

    def subfolder(self, name: str) -> str:
        """An existing folder: the root or one below it; its path without links, absolute.

        Raises:
            OutsideRoot: If it is outside of the folder, or not a folder.
        """
        path = self._resolved(name)
        if not path.is_dir():
            msg = f"{quoted(name)} is not a folder"
            raise OutsideRoot(msg)
        return str(path)

    def new_file(self, name: str) -> str:
        """A JSON file that does not exist yet, in an existing folder; its path, absolute.

        Raises:
            OutsideRoot: If it is outside of the folder, exists, or has not the ending of a COCO file.
        """
        path = self._resolved(name)
        if not path.name.endswith(_WRITTEN):
            msg = f"{quoted(name)}: the name of a file to be written ends in {', '.join(_WRITTEN[:-1])} or {_WRITTEN[-1]}"
            raise OutsideRoot(msg)
        if not path.parent.is_dir():
            msg = f"{quoted(name)}: there is no such folder"
            raise OutsideRoot(msg)
        if os.path.lexists(path):
            msg = f"{quoted(name)} exists; name a new file"
            raise OutsideRoot(msg)
        return str(path)

    def _resolved(self, name: str) -> Path:
        if not name or "\0" in name:
            msg = "the path is empty, or holds a NUL"
            raise OutsideRoot(msg)
        try:
            path = (self.folder / name).resolve()
        except (OSError, RuntimeError, ValueError) as error:  # a circle of links, a name that is too long
            msg = f"{quoted(name)}: {getattr(error, 'strerror', None) or error}"
            raise OutsideRoot(msg) from None
        if not path.is_relative_to(self.folder):
            msg = f"{quoted(name)} is outside of the folder that the server was started for"
            raise OutsideRoot(msg)
        return path
