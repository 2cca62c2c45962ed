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
"""The protocols that an address, and each part of a chained one, may have: others of fsspec write to the disk or run commands."""

_WEB = frozenset({"http", "https"})
_SECONDS = 60
"""The time limit of a request to a web server, in seconds."""

_GONE = frozenset({404, 410})
"""HTTP status codes of a file that does not exist (RFC 9110, 15.5.5 and 15.5.11)."""

_WHOLE = 1 << 28
"""The most bytes that are read from a server that does not send the length."""


def is_address(where: str) -> bool:
    """Whether a text is the address of a remote root, not a path."""
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
            OpenError: If they could not be fetched.
        """
        end = min(offset + length, self.size)
        if end <= offset:
            return b""
        try:
            whole = offset == 0 and end == self.size
            data: bytes = self._files.cat_file(self._path) if whole else self._files.cat_file(self._path, start=offset, end=end)
        except Exception as error:  # each store raises its own
            raise _of_store(error) from None
        if len(data) > end - offset:  # a server without support for ranges sends the entire file
            return data[offset:end]
        return data

    def close(self) -> None:
        """Do nothing: no connection is kept open."""


class _Fetched:
    """A file of unknown length, which had to be fetched."""

    __slots__ = ("_data", "size")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read(self, length: int, offset: int) -> bytes:
        """Up to `length` bytes from `offset`."""
        return self._data[offset : offset + length]

    def close(self) -> None:
        """Do nothing: no connection is kept open."""


class Remote:
    """Opens images below an address. Threads may share it. Use as a context manager, or call `close`.

    Attributes:
        name: The address, without a user's name and password.
        readers: Concurrent requests: each waits for the network most of the time.
        listed: Whether `names` can list the files; web servers cannot.
    """

    readers = 16

    def __init__(self, address: str, name: str | None = None) -> None:
        """Prepare; most stores are not contacted yet.

        Args:
            address: `s3://bucket/folder`, `gs://...`, `https://...`, `memory://...`, or `zip://folder::archive.zip`, where the
                archive may be an address itself.
            name: The user's name for it, if different.

        Raises:
            OpenError: If the address is invalid, or a package that it needs is not installed.
        """
        self.name = name or re.sub(r"//[^/@:]*(?::[^/@]*)?@", "//", address)
        *chain, last = address.split("::")
        protocols = [part.partition("://")[0] for part in chain] + [last.partition("://")[0] if "://" in last else "file"]
        unknown = next((protocol for protocol in protocols if protocol not in _PROTOCOLS), None)
        if unknown is not None:
            supported = ", ".join(sorted(_PROTOCOLS - {"file"}))
            raise OpenError(FileState.UNREADABLE, f"has the protocol {unknown}://, expected one of {supported}")
        self.listed = _WEB.isdisjoint(protocols[:1])
        self._web = not self.listed
        if self._web and re.search(r"[?#]", address):
            raise OpenError(FileState.UNREADABLE, "is an address with a query or fragment; file names cannot be appended to it")
        try:
            from fsspec.core import url_to_fs
        except ImportError:
            raise OpenError(FileState.UNKNOWN, f"needs fsspec: {REMOTE_EXTRA}") from None
        try:
            self._files, path = url_to_fs(address, **_options(protocols[0]))
            self._path = path.rstrip("/")
            if not self._web and self._path and not self._files.isdir(self._path):
                raise OpenError(FileState.MISSING, "does not exist")
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
        """Close an archive; fsspec keeps connections for later use."""
        close = getattr(self._files, "close", None)
        if callable(close):
            close()

    def open(self, name: str) -> ImageFile:
        """Open the image with this `file_name`.

        Raises:
            OpenError: If it does not exist, the name leads out of the root, or the store cannot be reached.
        """
        reason = unsafe(name) or unopenable(name, windows=False)
        if reason is not None:
            raise OpenError(FileState.UNREADABLE, reason)
        parts = parts_of(name)
        if not parts or name.endswith(("/", "/.")):
            raise OpenError(FileState.UNREADABLE, "is not a file")
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
        """Sorted names of the files below the root; none if the store cannot be listed. As `Folder.names`."""
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
    """Options of an fsspec file system: no cache of former runs, and a time limit for web servers."""
    if protocol not in _WEB:
        return {} if protocol == "memory" else {"skip_instance_cache": True}
    import aiohttp

    return {"client_kwargs": {"timeout": aiohttp.ClientTimeout(total=_SECONDS)}, "skip_instance_cache": True}


def _of_store(error: Exception) -> OpenError:
    """The error for an image that a store cannot open or read."""
    # fsspec raises FileNotFoundError also if the server could not be reached; only the cause shows that.
    cause = error.__cause__ or error
    status = getattr(cause, "status", None)
    if status in _GONE or (isinstance(error, FileNotFoundError) and status is None and not _network(cause)):
        return OpenError(FileState.MISSING, "does not exist")
    if isinstance(error, PermissionError) or status in {401, 403}:
        return OpenError(FileState.UNREADABLE, "cannot be read: permission denied")
    text = str(cause).strip() or type(cause).__name__
    return OpenError(FileState.UNKNOWN, f"could not be fetched: {text}"[:300])


def _network(cause: BaseException) -> bool:
    return isinstance(cause, ConnectionError | TimeoutError) or type(cause).__module__.partition(".")[0] == "aiohttp"
