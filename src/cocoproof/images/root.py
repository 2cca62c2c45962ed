"""Where pictures lie: a folder on disk, an archive, or a remote store."""

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
    """Opens pictures by their `file_name`, and nothing that lies elsewhere. Threads may share it. A context manager.

    Attributes:
        name: As the user gave it.
        readers: How many threads are worth while.
        listed: Whether `names` can tell what there is.
    """

    name: str
    readers: int
    listed: bool

    def open(self, name: str, /) -> ImageFile:
        """Open the picture that a `file_name` means; whoever opened it closes it.

        Raises:
            Refused: If there is none, or it may not be opened.
        """

    def names(self, *, below: frozenset[str] | None = None) -> Iterator[str]:
        """Names of the files below the root, in order, as a `file_name` would have them.

        Args:
            below: The folders to look in, "" for the root itself, and not further down; None for all.
        """

    def close(self) -> None:
        """Give back what is held."""

    def __enter__(self) -> Root: ...

    def __exit__(self, *unused: object) -> None: ...


def open_root(where: str | os.PathLike[str]) -> Root:
    """The root that a path, an address or a zip archive means.

    Args:
        where: A folder, a .zip file, or an address such as `s3://bucket/folder`.

    Raises:
        Refused: If it is not there, may not be read, or needs what is not installed.
    """
    path = os.fspath(where)
    if is_address(path):
        return Remote(path)
    if path.lower().endswith(".zip") and os.path.isfile(path):  # noqa: PTH113 # says no where Path raises
        return Remote(f"zip://::{path}", path)
    return open_folder(path)


def open_folder(path: str | os.PathLike[str]) -> Folder | PortableFolder:
    """The root that a folder on disk is, in the safest way that this system knows.

    Raises:
        Refused: If it is not there, or may not be read.
    """
    return Folder(path) if os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW") else PortableFolder(path)
