"""An open file on disk, and what the operating system has to say of those that cannot be opened."""

from __future__ import annotations

import errno
import os
import stat
import sys

from cocoproof.images.open_file import FileState, OpenError

__all__ = ["DiskFile", "kind_of_file", "of_system", "open_path", "open_regular"]

# Windows has none of these but O_BINARY, without which it changes bytes. A link is not followed, a FIFO keeps nobody waiting, a terminal
# does not become ours.
_FILE = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
_FILE |= getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)


class DiskFile:
    """An open regular file.

    Attributes:
        size: Its length in bytes.
        identity: Device and inode: two names with one identity are one file.
    """

    __slots__ = ("_descriptor", "identity", "size")

    def __init__(self, descriptor: int, size: int, identity: tuple[int, int]) -> None:
        self._descriptor = descriptor
        self.size = size
        self.identity = identity

    def read(self, length: int, offset: int) -> bytes:
        """Up to `length` bytes from `offset`.

        Raises:
            Refused: If the disk does not give them.
        """
        # A file of the kernel has the size 0, and may never end.
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
        """Give the descriptor back."""
        os.close(self._descriptor)


def open_path(path: str) -> DiskFile:
    """Open a file that the user named, wherever it lies; links are followed.

    Raises:
        Refused: If it is no regular file, or cannot be opened.
    """
    try:
        real = os.path.realpath(path)
        # Asked before opening: a FIFO would block for ever.
        status = os.stat(real)  # noqa: PTH116 # a str may be no valid Path
        if not stat.S_ISREG(status.st_mode):
            raise OpenError(FileState.UNREADABLE, kind_of_file(status.st_mode))
        return open_regular(real)
    except (OSError, ValueError) as error:
        raise of_system(error) from None


def open_regular(path: str, folder: int | None = None) -> DiskFile:
    """Open a file that was a regular one a moment ago, and make sure that it is.

    Args:
        path: Its path, or its name in `folder`.
        folder: A descriptor of the folder.

    Raises:
        Refused: If it is no regular file any more.
        OSError: If it cannot be opened.
    """
    descriptor = os.open(path, _FILE, dir_fd=folder)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise OpenError(FileState.UNREADABLE, kind_of_file(status.st_mode))
    return DiskFile(descriptor, status.st_size, (status.st_dev, status.st_ino))


def kind_of_file(mode: int) -> str:
    """What a file that is no regular one is, as a message says it.

    Args:
        mode: `st_mode`.
    """
    kinds = (
        (stat.S_ISDIR, "is a folder"),
        (stat.S_ISLNK, "is a link"),
        (stat.S_ISFIFO, "is a FIFO, which keeps whoever opens it waiting"),
        (stat.S_ISSOCK, "is a socket"),
        (stat.S_ISCHR, "is a device"),
        (stat.S_ISBLK, "is a device"),
    )
    return next((said for test, said in kinds if test(mode)), "is no regular file")


_MISSING = {errno.ENOENT: "is not there", errno.ENOTDIR: "is not there: a file stands where a folder of the name should"}
_MISSING[errno.ENAMETOOLONG] = "is not there: the name is longer than the file system takes"


def of_system(error: Exception) -> OpenError:
    """What an error of the operating system means for a picture."""
    if isinstance(error, UnicodeError | ValueError):
        return OpenError(FileState.MISSING, "is not there: no file can have that name")
    number = getattr(error, "errno", None)
    if number in _MISSING:
        return OpenError(FileState.MISSING, _MISSING[number])
    if isinstance(error, PermissionError):
        return OpenError(FileState.UNREADABLE, "may not be read: permission is denied")
    if number == errno.ELOOP:
        return OpenError(FileState.UNREADABLE, "is, or lies behind, links that lead in a circle")
    if number in {errno.EMFILE, errno.ENFILE, errno.ENOMEM}:
        return OpenError(FileState.UNKNOWN, f"could not be opened: {os.strerror(number)}")
    return OpenError(FileState.UNREADABLE, f"cannot be read: {getattr(error, 'strerror', None) or type(error).__name__}")
