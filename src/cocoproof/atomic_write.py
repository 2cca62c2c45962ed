"""Atomic writes: a file is complete, or it is not there."""

from __future__ import annotations

import contextlib
import os
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
"""Characters of the target's name in the name of the temporary file."""


class AtomicFile:
    """Writes a temporary file beside its target, and replaces the target when everything is written and on the disk.

    Use it as a context manager. Without an exception, the target is replaced in one step. After an exception, including
    KeyboardInterrupt, the target is unchanged and the temporary file is removed. If the system supports it, the temporary file has no
    name until then, so that a killed process leaves nothing behind. A symbolic link is followed, and its target is replaced. The
    permissions and, if the system allows it, the owner of an existing file are kept; those of a new file follow the umask.

    Args:
        path: The target; its folder must exist.

    Raises:
        OSError: If the target is not a regular file, or cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(os.path.realpath(path))
        self._before: os.stat_result | None = None
        with contextlib.suppress(FileNotFoundError):
            self._before = self.path.stat()
            if not stat.S_ISREG(self._before.st_mode):
                msg = f"{self.path} is not a regular file, and only a regular file can be replaced"
                raise OSError(msg)
        # A name may have 255 bytes, and a character has at most four.
        self._beside = self.path.with_name(f".{self.path.name[:_LONGEST]}.{os.urandom(8).hex()}.tmp")
        self._named = False
        self._stream: BinaryIO

    def __enter__(self) -> Self:
        self._stream = self._open()
        if self._before is not None:
            self._dress(self._before)
        return self

    @contextlib.contextmanager
    def whole_or_not_at_all(self) -> Iterator[None]:
        """A context for what is written on entry or exit: after an exception the temporary file is removed."""
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
        """Give the file a name, so that it can be renamed to the target: a link cannot replace an existing file."""
        unnamed = f"/proc/self/fd/{self._stream.fileno()}"
        self._named = True
        try:
            os.link(unnamed, self._beside, src_dir_fd=0, follow_symlinks=True)
        except OSError:  # the file system supports unnamed files, but does not allow links to them
            with open(unnamed, "rb") as source, self._beside.open("xb") as named:  # noqa: PTH123
                shutil.copyfileobj(source, named, _BUFFER)
                named.flush()
                os.fsync(named.fileno())

    def _open(self) -> BinaryIO:
        if hasattr(os, "O_TMPFILE") and Path("/proc/self/fd").is_dir():
            # Not every file system supports unnamed files.
            with contextlib.suppress(OSError):
                descriptor = os.open(self.path.parent, os.O_TMPFILE | os.O_RDWR, 0o666)
                return os.fdopen(descriptor, "wb", _BUFFER)
        stream = self._beside.open("xb", _BUFFER)
        self._named = True
        return stream

    def _dress(self, before: os.stat_result) -> None:
        """Give the file the owner and the permissions of the old file."""
        if hasattr(os, "fchown"):  # first, because it clears permission bits
            with contextlib.suppress(OSError):  # only root can change the owner
                os.fchown(self._stream.fileno(), before.st_uid, before.st_gid)
        with contextlib.suppress(OSError):
            self._chmod(stat.S_IMODE(before.st_mode))

    def _chmod(self, mode: int) -> None:
        if hasattr(os, "fchmod"):
            os.fchmod(self._stream.fileno(), mode)
        else:
            self._beside.chmod(mode)

    def _sync_folder(self) -> None:
        """Make the rename survive a power failure, if folders can be synced."""
        with contextlib.suppress(OSError):
            descriptor = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def write_atomic(path: str | os.PathLike[str], data: bytes) -> None:
    """Write the data to a file, as `AtomicFile` does.

    Raises:
        OSError: If it cannot be written; an existing file is unchanged, and the temporary file is removed.
    """
    with AtomicFile(path) as file:
        file.write(data)
