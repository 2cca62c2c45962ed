"""A folder of images on disk: opens regular files below it, and nothing else.

File names come from the JSON file and are not trusted. Each folder of a path is opened relative to the one before it, never through a
link (POSIX `openat` with `O_NOFOLLOW`), so that no name and no link leads out of the folder, even if files change meanwhile. Links are
read and resolved here, as long as they stay inside.
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
"""Links that Linux follows before it reports a loop (path_resolution(7))."""

_MOST_FOLDERS = 256
"""The most folders that are kept open. None is closed before the end: another thread might be using it."""

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_FOLDER = os.O_RDONLY | _NO_FOLLOW | getattr(os, "O_DIRECTORY", 0)


class Folder:
    """Opens images below a folder. Threads may share it. Use as a context manager, or call `close`."""

    readers = 4
    listed = True

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Open the folder itself; a link to it is followed, because the user named it.

        Raises:
            OpenError: If it is not a folder, or cannot be read.
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
        """Close the folders that were opened. `open` must not be called afterwards."""
        with self._lock:
            for descriptor in self._folders.values():
                os.close(descriptor)
            self._folders = {}

    def open(self, name: str) -> DiskFile:
        """Open the image with this `file_name`.

        Raises:
            OpenError: If it does not exist, or must not be opened: the name or a link leads out of the folder, it is not a regular
                file, or permission is denied.
        """
        reason = unsafe(name) or unopenable(name)
        if reason is not None:
            raise OpenError(FileState.UNREADABLE, reason)
        prefix, _, last = name.rpartition("/")
        try:
            folder = self._folders.get(prefix)
            if folder is None or last in {"", "."}:
                return self._open_slowly(name)
            status = os.stat(last, dir_fd=folder, follow_symlinks=False)  # pathlib has no dir_fd
            return open_regular(last, folder) if stat.S_ISREG(status.st_mode) else self._open_slowly(name)
        except (OSError, ValueError) as error:
            raise of_system(error) from None

    def names(self, *, below: frozenset[str] | None = None) -> Iterator[str]:
        """Sorted names of the regular files and links below the folder, in the form of a `file_name`.

        Links to folders are not followed. Names that start with a dot, and folders that cannot be read, are skipped.

        Args:
            below: The folders to list, not recursively; "" is the root itself. None for all.
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
        """Open a file below a folder that is not open yet, or behind links."""
        parts = parts_of(name)
        real = self._resolve(parts)
        folder = self._walk(real[:-1])
        kept = False
        try:
            status = os.stat(real[-1], dir_fd=folder, follow_symlinks=False)
            if not stat.S_ISREG(status.st_mode):
                raise OpenError(FileState.UNREADABLE, kind_of_file(status.st_mode))
            if name.endswith(("/", "/.")):
                raise OpenError(FileState.MISSING, "does not exist: the name ends like that of a folder")
            file = open_regular(real[-1], folder)
            prefix = name.rpartition("/")[0]
            if real == parts:  # the path has no links, so this is the folder of the name
                with self._lock:
                    kept = prefix not in self._folders and len(self._folders) < _MOST_FOLDERS
                    if kept:
                        self._folders[prefix] = folder
            return file
        finally:
            if not kept:
                os.close(folder)

    def _resolve(self, parts: list[str]) -> list[str]:
        """Resolve the links in a path below the root; the last part of the result is neither a link nor a folder.

        Raises:
            OpenError: If a link leads out of the root, is part of a loop or is broken, or if this is a folder.
            OSError: If a part of the path does not exist, or is not a folder.
        """
        pending = list(reversed(parts))
        real: list[str] = []
        folders = [self._top]  # the root's descriptor, then one for each folder of `real`
        links = 0
        try:
            while pending:
                part = pending.pop()
                if part == "..":  # from a link: names with .. are rejected
                    if not real:
                        raise OpenError(FileState.UNREADABLE, "is, or is behind, a link that leads out of the image folder")
                    real.pop()
                    os.close(folders.pop())
                    continue
                try:
                    status = os.stat(part, dir_fd=folders[-1], follow_symlinks=False)
                except FileNotFoundError:
                    if not links:
                        raise
                    raise OpenError(FileState.MISSING, "is, or is behind, a broken link") from None
                if stat.S_ISLNK(status.st_mode):
                    links += 1
                    if links > _MOST_LINKS:
                        raise OpenError(FileState.UNREADABLE, "is, or is behind, a symlink loop")
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
        """The path of an absolute link's target below the root. Other links in the target are read; nothing is opened."""
        real = os.path.realpath(target)
        inside = "" if real == self._real else real.removeprefix(self._real.rstrip("/") + "/")
        if inside.startswith("/"):
            raise OpenError(FileState.UNREADABLE, "is, or is behind, a link that leads out of the image folder")
        return inside

    def _walk(self, parts: list[str]) -> int:
        """Open the folder at a path without links.

        Raises:
            OSError: If a part is not a folder any more.
        """
        descriptor = os.open(".", _FOLDER, dir_fd=self._top)
        for part in parts:
            try:
                deeper = os.open(part, _FOLDER, dir_fd=descriptor)
            finally:
                os.close(descriptor)
            descriptor = deeper
        return descriptor
