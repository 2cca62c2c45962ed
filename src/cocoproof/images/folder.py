"""A folder of images on disk: opens regular files below it, and nothing else.

A file name comes from whoever wrote the JSON. Every folder on the way is opened by itself, below the one before and never
through a link, so that no name and no link leads out, whatever changes meanwhile (POSIX `openat` with `O_NOFOLLOW`). Links are read and
followed by hand, as long as they stay inside.
"""

from __future__ import annotations

import os
import stat
import threading
from typing import TYPE_CHECKING

from cocoproof.images.disk_file import DiskFile, kind_of_file, of_system, open_regular
from cocoproof.images.file_names import parts_of, unopenable, unsafe
from cocoproof.images.open_file import FileState, OpenError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Folder"]

_MOST_LINKS = 40
"""Links that Linux follows before it speaks of a loop (path_resolution(7))."""

_MOST_FOLDERS = 256
"""Folders that are kept open. None of them is closed before the end: another thread might be using it."""

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_FOLDER = os.O_RDONLY | _NO_FOLLOW | getattr(os, "O_DIRECTORY", 0)


class Folder:
    """Opens pictures below a folder. Threads may share it. Use as a context manager, or call `close`."""

    readers = 4
    listed = True

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Open the folder itself; a link to it is followed, for the user named it.

        Raises:
            Refused: If it is no folder that may be read.
        """
        self.name = os.fspath(path)
        try:
            self._real = os.path.realpath(self.name)
            self._top = os.open(self.name, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0))
        except (OSError, ValueError) as error:
            raise of_system(error) from None
        self._folders: dict[str, int] = {"": self._top}
        self._lock = threading.Lock()

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the folders that were opened; nothing can be opened below them any more."""
        with self._lock:
            for descriptor in self._folders.values():
                os.close(descriptor)
            self._folders = {}

    def open(self, name: str) -> DiskFile:
        """Open the picture that a `file_name` means.

        Raises:
            Refused: If there is none, or it may not be opened: the name or a link leads out, it is no regular file, or
                permission is denied.
        """
        reason = unsafe(name) or unopenable(name)
        if reason is not None:
            raise OpenError(FileState.UNREADABLE, reason)
        prefix, _, last = name.rpartition("/")
        try:
            folder = self._folders.get(prefix)
            if folder is None or last in {"", "."}:
                return self._open_slowly(name)
            status = os.stat(last, dir_fd=folder, follow_symlinks=False)  # Path knows no dir_fd
            return open_regular(last, folder) if stat.S_ISREG(status.st_mode) else self._open_slowly(name)
        except (OSError, ValueError) as error:
            raise of_system(error) from None

    def names(self, *, below: frozenset[str] | None = None) -> Iterator[str]:
        """Names of the regular files and links below the folder, in order, as a `file_name` would have them.

        Links to folders are not entered, nor are names that start with a dot told or entered. A folder that may not be read is
        passed over.

        Args:
            below: The folders to look in, "" for the root itself, and not further down; None for all.
        """
        pending = [""] if below is None else sorted(below, reverse=True)
        while pending:
            prefix = pending.pop()
            try:
                descriptor = self._walk(parts_of(prefix)) if prefix else os.open(".", _FOLDER, dir_fd=self._top)
            except (OSError, OpenError):
                continue
            deeper = []
            try:
                with os.scandir(descriptor) as entries:
                    found = sorted(
                        (entry.name, entry.is_dir(follow_symlinks=False), entry.is_file(follow_symlinks=False) or entry.is_symlink())
                        for entry in entries
                    )
            except OSError:
                continue
            finally:
                os.close(descriptor)
            for entry, is_folder, is_file in found:
                if entry.startswith("."):
                    continue
                path = f"{prefix}/{entry}" if prefix else entry
                if is_folder and below is None:
                    deeper.append(path)
                elif is_file and not is_folder:
                    yield path
            pending += reversed(deeper)

    def _open_slowly(self, name: str) -> DiskFile:
        """Open a file below a folder that was not seen yet, or behind links."""
        parts = parts_of(name)
        real = self._resolve(parts)
        folder = self._walk(real[:-1])
        kept = False
        try:
            status = os.stat(real[-1], dir_fd=folder, follow_symlinks=False)
            if not stat.S_ISREG(status.st_mode):
                raise OpenError(FileState.UNREADABLE, kind_of_file(status.st_mode))
            if name.endswith(("/", "/.")):
                raise OpenError(FileState.MISSING, "is not there: the name ends like that of a folder")
            file = open_regular(real[-1], folder)
            prefix = name.rpartition("/")[0]
            if real == parts:  # no link on the way, so this is the folder that the name says
                with self._lock:
                    kept = prefix not in self._folders and len(self._folders) < _MOST_FOLDERS
                    if kept:
                        self._folders[prefix] = folder
            return file
        finally:
            if not kept:
                os.close(folder)

    def _resolve(self, parts: list[str]) -> list[str]:
        """The way below the root, free of links, that these parts mean; its last part is anything but a link or a folder.

        Raises:
            Refused: If a link leads out of the root, in a circle or nowhere, or if this is a folder.
            OSError: If something on the way is not there, or no folder.
        """
        pending = list(reversed(parts))
        real: list[str] = []
        folders = [self._top]  # one descriptor for each folder of `real`, and the root's before them
        links = 0
        try:
            while pending:
                part = pending.pop()
                if part == "..":  # from a link: names with it are refused
                    if not real:
                        raise OpenError(FileState.UNREADABLE, "is, or lies behind, a link that leads out of the image folder")
                    real.pop()
                    os.close(folders.pop())
                    continue
                try:
                    status = os.stat(part, dir_fd=folders[-1], follow_symlinks=False)
                except FileNotFoundError:
                    if not links:
                        raise
                    raise OpenError(FileState.MISSING, "is, or lies behind, a link to what is not there") from None
                if stat.S_ISLNK(status.st_mode):
                    links += 1
                    if links > _MOST_LINKS:
                        raise OpenError(FileState.UNREADABLE, "is, or lies behind, links that lead in a circle")
                    target = os.readlink(part, dir_fd=folders[-1])
                    if os.path.isabs(target):  # noqa: PTH117
                        target = self._below(target)
                        while len(folders) > 1:
                            os.close(folders.pop())
                        real = []
                    pending += reversed(parts_of(target))
                    continue
                if not pending and not stat.S_ISDIR(status.st_mode):
                    return [*real, part]
                folders.append(os.open(part, _FOLDER, dir_fd=folders[-1]))
                real.append(part)
            raise OpenError(FileState.UNREADABLE, "is a folder")
        finally:
            for descriptor in folders[1:]:
                os.close(descriptor)

    def _below(self, target: str) -> str:
        """Where an absolute link's target lies below the root. It may take other links to get there: they are read, nothing is opened."""
        real = os.path.realpath(target)
        inside = "" if real == self._real else real.removeprefix(self._real.rstrip("/") + "/")
        if inside.startswith("/"):
            raise OpenError(FileState.UNREADABLE, "is, or lies behind, a link that leads out of the image folder")
        return inside

    def _walk(self, parts: list[str]) -> int:
        """Open the folder at the end of a way without links.

        Raises:
            OSError: If a part is no folder any more.
        """
        descriptor = os.open(".", _FOLDER, dir_fd=self._top)
        for part in parts:
            try:
                deeper = os.open(part, _FOLDER, dir_fd=descriptor)
            finally:
                os.close(descriptor)
            descriptor = deeper
        return descriptor
