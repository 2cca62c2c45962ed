"""COCO files as a stream: annotations are written as they come; only the images' entries are kept in memory.

Each row is one line, so that a line number identifies it; with an indent, rows are formatted as by `json.dump`.
The sections are info, licenses, categories, annotations and images: an image's entry may be known only after its
annotations were written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from cocoproof.atomic_write import AtomicFile
from cocoproof.export.coco_rows import encode_rows, encode_value

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence
    from types import TracebackType
    from typing import Self

__all__ = ["DatasetWriter", "ResultsWriter"]


class _Rows:
    """A list that is written row by row."""

    def __init__(self, file: AtomicFile, indent: int | None, level: int) -> None:
        self._file = file
        self._indent = indent
        self._inner = b"\n" if indent is None else b"\n" + b" " * (indent * (level + 1))
        self._outer = b"\n" if indent is None else b"\n" + b" " * (indent * level)
        self.count = 0

    def add(self, encoded: Sequence[bytes]) -> None:
        """Append rows."""
        if not encoded:
            return
        if self._indent is not None:
            encoded = [msgspec.json.format(row, indent=self._indent).replace(b"\n", self._inner) for row in encoded]
        start = b"[" if not self.count else b","
        self._file.write(start + self._inner + (b"," + self._inner).join(encoded))
        self.count += len(encoded)

    def end(self) -> None:
        """Close the list."""
        self._file.write(self._outer + b"]" if self.count else b"[]")


class DatasetWriter:
    """Context manager that writes a COCO dataset file atomically.

    Args:
        path: The file; an old one is replaced at the end.
        categories: Rows of the section, of any type that the encoder accepts (dict, msgspec structs).
        info: The section `info`.
        licenses: Rows of the section.
        indent: Spaces per level; None for one row per line.
        further: Further top-level keys, after the licenses.
        last: The sections after the annotations, in order; their rows are kept in memory until then.

    Raises:
        OSError: If the file cannot be written.
        TypeError: If JSON cannot represent a value.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        categories: Sequence[Any],
        info: Mapping[str, Any] | None = None,
        licenses: Sequence[Any] = (),
        indent: int | None = None,
        further: Mapping[str, Any] | None = None,
        last: Sequence[str] = ("images",),
    ) -> None:
        self._file = AtomicFile(path)
        self._indent = indent
        self._head: list[tuple[str, bytes | list[bytes]]] = [
            ("info", encode_value(dict(info or {}), "info")),
            ("licenses", [encode_value(row, "a license") for row in licenses]),
            *((key, encode_value(value, f"the section {key!r}")) for key, value in (further or {}).items()),
            ("categories", encode_rows(categories)),
        ]
        self._annotations = _Rows(self._file, indent, 1)
        self._last: dict[str, list[bytes]] = {name: [] for name in last}

    def __enter__(self) -> Self:
        self._file.__enter__()
        with self._file.whole_or_not_at_all():
            self._begin()
        return self

    def _begin(self) -> None:
        self._file.write(b"{")
        for key, value in self._head:
            self._key(key, first=key == "info")
            if isinstance(value, bytes):
                formatted = value if self._indent is None else msgspec.json.format(value, indent=self._indent)
                self._file.write(formatted.replace(b"\n", b"\n" + b" " * (self._indent or 0)))
            else:
                section = _Rows(self._file, self._indent, 1)
                section.add(value)
                section.end()
            self._file.write(b",")
        self._key("annotations")

    def _key(self, name: str, *, first: bool = False) -> None:
        key = encode_rows([name])[0]
        if self._indent is None:
            self._file.write((b"" if first else b"\n") + key + b":")
        else:
            self._file.write(b"\n" + b" " * self._indent + key + b": ")

    def add(self, images: Iterable[Any], annotations: Iterable[Any]) -> None:
        """Append images and annotations.

        Args:
            images: Rows of `images`, such as dicts.
            annotations: Rows of `annotations`.
        """
        self.keep("images", images)
        self._annotations.add(encode_rows(annotations))

    def add_annotations(self, annotations: Iterable[Any]) -> None:
        """Append annotations of a file without images."""
        self._annotations.add(encode_rows(annotations))

    def keep(self, section: str, rows: Iterable[Any]) -> None:
        """Append rows of a section after the annotations."""
        encoded = encode_rows(rows)
        if encoded:
            self._last[section] += encoded

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            with self._file.whole_or_not_at_all():
                self._finish()
        self._file.__exit__(kind, error, trace)

    def _finish(self) -> None:
        self._annotations.end()
        for name, kept in self._last.items():
            self._file.write(b",")
            self._key(name)
            rows = _Rows(self._file, self._indent, 1)
            for begin in range(0, len(kept), 1000):
                rows.add(kept[begin : begin + 1000])
            rows.end()
        self._file.write(b"}\n" if self._indent is None else b"\n}\n")


class ResultsWriter:
    """Context manager that writes a COCO results file atomically.

    Args:
        path: The file; an old one is replaced at the end.
        indent: Spaces per level; None for one row per line.

    Raises:
        OSError: If the file cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str], *, indent: int | None = None) -> None:
        self._file = AtomicFile(path)
        self._rows = _Rows(self._file, indent, 0)

    def __enter__(self) -> Self:
        self._file.__enter__()
        return self

    def add(self, rows: Iterable[Any]) -> None:
        """Append results."""
        self._rows.add(encode_rows(rows))

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            with self._file.whole_or_not_at_all():
                self._rows.end()
                self._file.write(b"\n")
        self._file.__exit__(kind, error, trace)
