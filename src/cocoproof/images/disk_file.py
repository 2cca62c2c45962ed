"""An open file on disk, and the reason why one cannot be opened."""

from __future__ import annotations

import errno
import os
import stat
import sys

from cocoproof.images.open_file import FileState, OpenError

__all__ = ["DiskFile", "kind_of_file", "of_system", "open_path", "open_regular"]

# Windows has only O_BINARY, without which it converts line ends. O_NOFOLLOW: links are not followed. O_NONBLOCK: opening a FIFO does not
# block. O_NOCTTY: a terminal does not become the controlling one.
_FILE = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
_FILE |= getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)


class DiskFile:
    """An open regular file.

    Attributes:
        size: Its length in bytes.
        identity: Device and inode: two names with the same identity are the same file.
    """

    __slots__ = ("_descriptor", "identity", "size")

    def __init__(self, descriptor: int, size: int, identity: tuple[int, int]) -> None:
        self._descriptor = descriptor
        self.size = size
        self.identity = identity

    def read(self, length: int, offset: int) -> bytes:
        """Up to `length` bytes from `offset`.

        Raises:
            OpenError: If they cannot be read.
        """
        # A file of the kernel has the size 0 and may be endless.
        length = max(min(length, self.size - offset), 0)
        try:
            if sys.platform == "win32":
                os.lseek(self._descriptor, offset, os.SEEK_SET)
                return os.read(self._descriptor, length)
            else:  # noqa: RET505 # the type checker takes the rest for unreachable on Windows
                return os.pread(self._descriptor, length, offset)
        except OSError as error:
            raise of_system(error) from None

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self._descriptor)


def open_path(path: str) -> DiskFile:
    """Open a file that the user named, in any folder; links are followed.

    Raises:
        OpenError: If it is not a regular file, or cannot be opened.
    """
    try:
        real = os.path.realpath(path)
        # Checked before opening: opening a FIFO would block.
        status = os.stat(real)  # noqa: PTH116 # not every str is a valid Path
        if not stat.S_ISREG(status.st_mode):
            raise OpenError(FileState.UNREADABLE, kind_of_file(status.st_mode))
        return open_regular(real)
    except (OSError, ValueError) as error:
        raise of_system(error) from None


def open_regular(path: str, folder: int | None = None) -> DiskFile:
    """Open a file, and check that what was opened is a regular file.

    Args:
        path: Its path, or its name in `folder`.
        folder: A descriptor of the folder.

    Raises:
        OpenError: If it is not a regular file.
        OSError: If it cannot be opened.
    """
    descriptor = os.open(path, _FILE, dir_fd=folder)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise OpenError(FileState.UNREADABLE, kind_of_file(status.st_mode))
    return DiskFile(descriptor, status.st_size, (status.st_dev, status.st_ino))


def kind_of_file(mode: int) -> str:
    """What a path is if it is not a regular file, as the end of a sentence.

    Args:
        mode: `st_mode`.
    """
    kinds = (
        (stat.S_ISDIR, "is a folder"),
        (stat.S_ISLNK, "is a link"),
        (stat.S_ISFIFO, "is a FIFO, which blocks readers"),
        (stat.S_ISSOCK, "is a socket"),
        (stat.S_ISCHR, "is a device"),
        (stat.S_ISBLK, "is a device"),
    )
    return next((text for test, text in kinds if test(mode)), "is not a regular file")


_MISSING = {errno.ENOENT: "does not exist", errno.ENOTDIR: "does not exist: a folder in its path is a file"}
_MISSING[errno.ENAMETOOLONG] = "does not exist: the name is longer than the file system allows"


def of_system(error: Exception) -> OpenError:
    """The error for an image that the operating system cannot open or read."""
    if isinstance(error, UnicodeError | ValueError):
        return OpenError(FileState.MISSING, "does not exist: no file can have that name")
    number = getattr(error, "errno", None)
    if number in _MISSING:
        return OpenError(FileState.MISSING, _MISSING[number])
    if isinstance(error, PermissionError):
        return OpenError(FileState.UNREADABLE, "cannot be read: permission denied")
    if number == errno.ELOOP:
        return OpenError(FileState.UNREADABLE, "is, or is behind, a symlink loop")
    if number in {errno.EMFILE, errno.ENFILE, errno.ENOMEM}:
        return OpenError(FileState.UNKNOWN, f"could not be opened: {os.strerror(number)}")
    return OpenError(FileState.UNREADABLE, f"cannot be read: {getattr(error, 'strerror', None) or type(error).__name__}")
