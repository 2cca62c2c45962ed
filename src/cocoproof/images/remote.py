"""A remote root: object stores, web servers and archives through fsspec, an optional extra."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote as percent

from cocoproof.images.file_names import parts_of, unopenable, unsafe
from cocoproof.images.open_file import FileState, OpenError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cocoproof.images.open_file import ImageFile

__all__ = ["REMOTE_EXTRA", "Remote", "is_address"]

REMOTE_EXTRA = "fsspec is not installed (pip install 'cocoproof[remote]')"

_PROTOCOLS = frozenset({"s3", "s3a", "gs", "gcs", "http", "https", "zip", "memory", "file"})
"""What an address may begin with, and each part of a chained one: fsspec knows others, which write to the disk or run commands."""

_WEB = frozenset({"http", "https"})
_SECONDS = 60
"""Until when a web server must have answered."""

_GONE = frozenset({404, 410})
"""HTTP's ways to say that there is nothing (RFC 9110, 15.5.5 and 15.5.11)."""

_WHOLE = 1 << 28
"""Bytes that are taken from a server that does not say how many there are."""


def is_address(where: str) -> bool:
    """Whether a text is the address of a remote root, and not a path."""
    return "://" in where


class RemoteFile:
    """A file behind fsspec. Each read is a request; nothing is kept open.

    Attributes:
        size: Its length in bytes.
    """

    __slots__ = ("_files", "_path", "size")

    def __init__(self, files: Any, path: str, size: int) -> None:  # fsspec ships no types
        self._files = files
        self._path = path
        self.size = size

    def read(self, length: int, offset: int) -> bytes:
        """Up to `length` bytes from `offset`.

        Raises:
            Refused: If they could not be fetched.
        """
        end = min(offset + length, self.size)
        if end <= offset:
            return b""
        try:
            whole = offset == 0 and end == self.size
            data: bytes = self._files.cat_file(self._path) if whole else self._files.cat_file(self._path, start=offset, end=end)
        except Exception as error:  # each store raises its own
            raise _of_store(error) from None
        if len(data) > end - offset:  # a server that does not know ranges sends the whole
            return data[offset:end]
        return data

    def close(self) -> None:
        """Nothing is open."""


class _Fetched:
    """A file of unknown length, which had to be fetched to know it."""

    __slots__ = ("_data", "size")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read(self, length: int, offset: int) -> bytes:
        """Up to `length` bytes from `offset`."""
        return self._data[offset : offset + length]

    def close(self) -> None:
        """Nothing is open."""


class Remote:
    """Opens pictures below an address. Threads may share it. Use as a context manager, or call `close`.

    Attributes:
        name: The address, without a user's name and password.
        readers: Requests at once: each waits for the network most of the time.
        listed: Whether `names` can tell what there is; web servers have no way to say.
    """

    readers = 16

    def __init__(self, address: str, name: str | None = None) -> None:
        """Make ready; most stores are not asked anything yet.

        Args:
            address: `s3://bucket/folder`, `gs://...`, `https://...`, `memory://...`, or `zip://folder::archive.zip`, where the
                archive may be an address itself.
            name: What the user called it, where that is something else.

        Raises:
            Refused: If it is none, or what reads it is not installed.
        """
        self.name = name or re.sub(r"//[^/@:]*(?::[^/@]*)?@", "//", address)
        *chain, last = address.split("::")
        protocols = [part.partition("://")[0] for part in chain] + [last.partition("://")[0] if "://" in last else "file"]
        odd = next((protocol for protocol in protocols if protocol not in _PROTOCOLS), None)
        if odd is not None:
            raise OpenError(FileState.UNREADABLE, f"begins with {odd}://; there are {', '.join(sorted(_PROTOCOLS - {'file'}))}")
        self.listed = _WEB.isdisjoint(protocols[:1])
        self._web = not self.listed
        if self._web and re.search(r"[?#]", address):
            raise OpenError(FileState.UNREADABLE, "is an address with a query; file names cannot be put behind it")
        try:
            from fsspec.core import url_to_fs
        except ImportError:
            raise OpenError(FileState.UNKNOWN, f"needs fsspec: {REMOTE_EXTRA}") from None
        try:
            self._files, path = url_to_fs(address, **_options(protocols[0]))
            self._path = path.rstrip("/")
            if not self._web and self._path and not self._files.isdir(self._path):
                raise OpenError(FileState.MISSING, "is not there")
        except ImportError as error:
            raise OpenError(FileState.UNKNOWN, f"needs a package that is not installed: {error}") from None
        except OpenError:
            raise
        except Exception as error:  # each store raises its own
            raise _of_store(error) from None

    def __enter__(self) -> Remote:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the archive back, where it is one; fsspec keeps connections for later use."""
        close = getattr(self._files, "close", None)
        if callable(close):
            close()

    def open(self, name: str) -> ImageFile:
        """Open the picture that a `file_name` means.

        Raises:
            Refused: If there is none, the name leads out, or the store cannot be reached.
        """
        reason = unsafe(name) or unopenable(name, windows=False)
        if reason is not None:
            raise OpenError(FileState.UNREADABLE, reason)
        parts = parts_of(name)
        if not parts or name.endswith(("/", "/.")):
            raise OpenError(FileState.UNREADABLE, "is no file")
        inside = "/".join(parts)
        path = f"{self._path}/{percent(inside) if self._web else inside}" if self._path else inside
        try:
            status = self._files.info(path)
            if status.get("type") == "directory":
                raise OpenError(FileState.UNREADABLE, "is a folder")
            if status.get("size") is None:
                with self._files.open(path, "rb", block_size=0) as stream:
                    return _Fetched(stream.read(_WHOLE))
        except OpenError:
            raise
        except Exception as error:  # each store raises its own
            raise _of_store(error) from None
        return RemoteFile(self._files, path, int(status["size"]))

    def names(self, *, below: frozenset[str] | None = None) -> Iterator[str]:
        """Names of the files below the root, in order; none where the store cannot be listed. As for a folder on disk."""
        prefix = f"{self._path}/" if self._path else ""
        try:
            found = sorted(self._files.find(self._path))
        except Exception:  # each store raises its own
            return
        for path in found:
            name = path.removeprefix(prefix).lstrip("/")
            folder = name.rpartition("/")[0]
            if not any(part.startswith(".") for part in name.split("/")) and (below is None or folder in below):
                yield name


def _options(protocol: str) -> Mapping[str, Any]:
    """What a file system of fsspec is told: to keep no memory of former runs, and web servers a time."""
    if protocol not in _WEB:
        return {} if protocol == "memory" else {"skip_instance_cache": True}
    import aiohttp

    return {"client_kwargs": {"timeout": aiohttp.ClientTimeout(total=_SECONDS)}, "skip_instance_cache": True}


def _of_store(error: Exception) -> OpenError:
    """What an error of a store means for a picture."""
    # fsspec says FileNotFoundError of servers, too, that could not be reached; the cause says otherwise.
    cause = error.__cause__ or error
    status = getattr(cause, "status", None)
    if status in _GONE or (isinstance(error, FileNotFoundError) and status is None and not _network(cause)):
        return OpenError(FileState.MISSING, "is not there")
    if isinstance(error, PermissionError) or status in {401, 403}:
        return OpenError(FileState.UNREADABLE, "may not be read: permission is denied")
    text = str(cause).strip() or type(cause).__name__
    return OpenError(FileState.UNKNOWN, f"could not be fetched: {text}"[:300])


def _network(cause: BaseException) -> bool:
    return isinstance(cause, ConnectionError | TimeoutError) or type(cause).__module__.partition(".")[0] == "aiohttp"
