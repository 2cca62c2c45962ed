"""A folder of images on disk, for operating systems that cannot open files relative to a folder: Windows.

Links and junctions are resolved by the system, and the resolved path is compared with the root before the file is opened and afterwards.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from cocoproof.images.disk_file import DiskFile, kind_of_file, of_system, open_regular
from cocoproof.images.file_names import parts_of, unopenable, unsafe
from cocoproof.images.open_file import FileState, OpenError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PortableFolder"]


class PortableFolder:
    """Opens images below a folder, as `Folder` does. Threads may share it."""

    readers = 4
    listed = True

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Store the folder; a link to it is followed, because the user named it.

        Raises:
            OpenError: If it is not a folder, or cannot be read.
        """
        self.name = os.fspath(path)
        try:
            self._top = os.path.realpath(self.name, strict=True)
            os.scandir(self._top).close()
        except (OSError, ValueError) as error:
            raise of_system(error) from None

    def __enter__(self) -> PortableFolder:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def close(self) -> None:
        """Do nothing: no folder is kept open."""

    def open(self, name: str) -> DiskFile:
        """Open the image with this `file_name`.

        Raises:
            OpenError: If it does not exist, or must not be opened.
        """
        reason = unsafe(name) or unopenable(name)
        if reason is not None:
            raise OpenError(FileState.UNREADABLE, reason)
        parts = parts_of(name)
        if not parts:
            raise OpenError(FileState.UNREADABLE, "is the image folder itself")
        try:
            real = os.path.realpath("/".join((self._top, *parts)), strict=True)
            if not self._inside(real):
                raise OpenError(FileState.UNREADABLE, "is, or is behind, a link that leads out of the image folder")
            status = os.stat(real, follow_symlinks=False)  # noqa: PTH116 # not a Path, which would cost as much as the rest
            if not stat.S_ISREG(status.st_mode):
                raise OpenError(FileState.UNREADABLE, kind_of_file(status.st_mode))
            if name.endswith(("/", "/.")):
                raise OpenError(FileState.MISSING, "does not exist: the name ends like that of a folder")
            file = open_regular(real)
        except (OSError, ValueError) as error:
            raise of_system(error) from None
        if file.identity != (status.st_dev, status.st_ino):
            file.close()
            raise OpenError(FileState.UNREADABLE, "was replaced while it was opened")
        return file

    def names(self, *, below: frozenset[str] | None = None) -> Iterator[str]:
        """Sorted names of the regular files and links below the folder; as `Folder.names`."""
        for place, folders, files in os.walk(self._top):
            prefix = os.path.relpath(place, self._top).replace(os.sep, "/")
            prefix = "" if prefix == "." else f"{prefix}/"
            if not self._inside(os.path.realpath(place)):  # a junction, which older Pythons treat as a folder
                folders.clear()
                continue
            folders[:] = sorted(folder for folder in folders if not folder.startswith("."))
            if below is None or prefix[:-1] in below:
                yield from (prefix + name for name in sorted(files) if not name.startswith("."))

    def _inside(self, real: str) -> bool:
        try:
            return os.path.commonpath((self._top, real)) == self._top
        except ValueError:  # another drive
            return False
