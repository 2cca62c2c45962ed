"""Where image files are: a folder on disk, an archive, or a remote store."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

from cocoproof.images.folder import Folder
from cocoproof.images.portable_folder import PortableFolder
from cocoproof.images.remote import Remote, is_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.images.open_file import ImageFile

__all__ = ["Root", "open_folder", "open_root"]


class Root(Protocol):
    """Opens images by their `file_name`, and never outside the root. Threads may share it. A context manager.

    Attributes:
        name: As the user gave it.
        readers: The useful number of threads.
        listed: Whether `names` can list the files.
    """

    name: str
    readers: int
    listed: bool

    def open(self, name: str, /) -> ImageFile:
        """Open the image with this `file_name`; the caller closes it.

        Raises:
            OpenError: If it does not exist, or must not be opened.
        """

    def names(self, *, below: frozenset[str] | None = None) -> Iterator[str]:
        """Sorted names of the files below the root, in the form of a `file_name`.

        Args:
            below: The folders to list, not recursively; "" is the root itself. None for all.
        """

    def close(self) -> None:
        """Close what is open."""

    def __enter__(self) -> Root: ...

    def __exit__(self, *unused: object) -> None: ...


def open_root(where: str | os.PathLike[str]) -> Root:
    """Open the root at a path, an address or a zip archive.

    Args:
        where: A folder, a .zip file, or an address such as `s3://bucket/folder`.

    Raises:
        OpenError: If it does not exist, cannot be read, or needs a package that is not installed.
    """
    path = os.fspath(where)
    if is_address(path):
        return Remote(path)
    if path.lower().endswith(".zip") and os.path.isfile(path):  # noqa: PTH113 # says no where Path raises
        return Remote(f"zip://::{path}", path)
    return open_folder(path)


def open_folder(path: str | os.PathLike[str]) -> Folder | PortableFolder:
    """Open a folder on disk as a root, in the safest way that this system supports.

    Raises:
        OpenError: If it does not exist, or cannot be read.
    """
    return Folder(path) if os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW") else PortableFolder(path)
