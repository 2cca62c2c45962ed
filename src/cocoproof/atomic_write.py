"""A file that is there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

__all__ = ["AtomicFile", "write_atomic"]

_BUFFER = 1 << 20

_LONGEST = 50
"""Letters of the target's name in that of the file beside it."""


class AtomicFile:
    """Writes a file beside its target and puts it there when all is written and on the disk.

    Used as a context manager: leaving it without an exception replaces the target in one step; leaving it with one,
    KeyboardInterrupt included, leaves the target as it was and nothing beside it. Where the system can, the file has no
    name until then, so that a process that is killed leaves nothing either. A symbolic link is written through. The
    permissions and, as far as the system lets us, the owner are those of the file that was there, or what the umask gives.

    Args:
        path: The target; its folder must be there.

    Raises:
        OSError: If the target is no regular file, or cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(os.path.realpath(path))
        self._before: os.stat_result | None = None
        with contextlib.suppress(FileNotFoundError):
            self._before = self.path.stat()
            if not stat.S_ISREG(self._before.st_mode):
                msg = f"{self.path} is no regular file; what is written replaces a file as a whole"
                raise OSError(msg)
        # A name may have 255 bytes: that of a letter is four at most.
        self._beside = self.path.with_name(f".{self.path.name[:_LONGEST]}.{secrets.token_hex(8)}.tmp")
        self._named = False
        self._stream: BinaryIO

    def __enter__(self) -> Self:
        self._stream = self._open()
        if self._before is not None:
            self._dress(self._before)
        return self

    @contextlib.contextmanager
    def whole_or_not_at_all(self) -> Iterator[None]:
        """For what is written while the file is entered or left: after an exception nothing is there."""
        try:
            yield
        except BaseException as error:
            self.__exit__(type(error), error, error.__traceback__)
            raise

    def write(self, data: bytes | bytearray) -> None:
        """Append bytes."""
        self._stream.write(data)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            with self._stream:
                if kind is not None:
                    return
                self._stream.flush()
                os.fsync(self._stream.fileno())
                if not self._named:
                    self._name()
            self._beside.replace(self.path)
            self._named = False
            self._sync_folder()
        finally:
            if self._named:
                self._beside.unlink(missing_ok=True)

    def _name(self) -> None:
        """Give the file a name: only that can be moved over the target, for a link cannot replace."""
        unnamed = f"/proc/self/fd/{self._stream.fileno()}"
        self._named = True
        try:
            os.link(unnamed, self._beside, src_dir_fd=0, follow_symlinks=True)
        except OSError:  # a file system that has files without a name, but does not let them be linked
            with open(unnamed, "rb") as source, self._beside.open("xb") as named:  # noqa: PTH123
                shutil.copyfileobj(source, named, _BUFFER)
                named.flush()
                os.fsync(named.fileno())

    def _open(self) -> BinaryIO:
        if hasattr(os, "O_TMPFILE") and Path("/proc/self/fd").is_dir():
            # Not every file system has files without a name.
            with contextlib.suppress(OSError):
                descriptor = os.open(self.path.parent, os.O_TMPFILE | os.O_RDWR, 0o666)
                return os.fdopen(descriptor, "wb", _BUFFER)
        stream = self._beside.open("xb", _BUFFER)
        self._named = True
        return stream

    def _dress(self, before: os.stat_result) -> None:
        """Give the file the owner and the permissions that the one before it had."""
        if hasattr(os, "fchown"):  # first, for it takes permissions away
            with contextlib.suppress(OSError):  # root alone can give files to others
                os.fchown(self._stream.fileno(), before.st_uid, before.st_gid)
        with contextlib.suppress(OSError):
            self._chmod(stat.S_IMODE(before.st_mode))

    def _chmod(self, mode: int) -> None:
        if hasattr(os, "fchmod"):
            os.fchmod(self._stream.fileno(), mode)
        else:
            self._beside.chmod(mode)

    def _sync_folder(self) -> None:
        """Make the rename last through a power cut, where folders can be synced."""
        with contextlib.suppress(OSError):
            descriptor = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def write_atomic(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file that is in memory, as `AtomicFile` does.

    Raises:
        OSError: If it cannot be written; the old file stays, and nothing is left behind.
    """
    with AtomicFile(path) as file:
        file.write(data)
