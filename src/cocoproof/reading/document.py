"""Reads a document: text -> sections -> tables, with the defects found on the way."""

from __future__ import annotations

import json
import threading
from codecs import BOM_UTF8
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from msgspec import Raw

from cocoproof.columns.tables import Dataset
from cocoproof.json_text import REFUSALS
from cocoproof.model.findings import Kind
from cocoproof.reading.defects import Defect, Unreadable
from cocoproof.reading.duplicate_keys import KeyScan, scan_rows
from cocoproof.reading.kinds import NEEDED_SECTIONS, recognise, recognise_rows
from cocoproof.reading.locator import Locator
from cocoproof.reading.strict_text import make_strict, overflows
from cocoproof.reading.tables import read_annotations, read_categories, read_images, read_licenses, read_segments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from cocoproof.model.json_types import JsonPath
    from cocoproof.reading.source import Source

__all__ = ["Document", "read"]

_SECTIONS = ("images", "annotations", "categories", "licenses")


@dataclass(frozen=True, eq=False)
class Document:
    """A document that was read.

    Attributes:
        source: The bytes and their origin.
        kind: The kind as which it was read.
        dataset: Its columns; None if it is not a COCO document.
        defects: The defects found while reading, in the order of the document's sections.
        locator: Finds positions in the text.
    """

    source: Source
    kind: Kind
    dataset: Dataset | None
    defects: tuple[Defect, ...]
    locator: Locator

    @property
    def readable(self) -> bool:
        """Whether there is a dataset to check."""
        return self.dataset is not None

    @property
    def why_not(self) -> str:
        """Why a document has no dataset. Defects that were corrected while reading are not a reason."""
        return next((defect for defect in self.defects if defect.code == "COCO109"), self.defects[0]).message


def read(source: Source, kind: Kind | None = None) -> Document:
    """Read a document.

    Args:
        source: The bytes.
        kind: Read it as this kind, instead of the detected one.

    Returns:
        The document. If it is not JSON, or not of a COCO kind, it has no dataset, and a defect has the reason.
    """
    try:
        text = make_strict(source.data)
    except Unreadable as error:
        return Document(
            source, kind or Kind.UNKNOWN, None, (error.defect,), Locator(source.data, unseen=int(source.data.startswith(BOM_UTF8)))
        )
    return _Reading(source, text.data, text.blank, list(text.defects)).run(text.top, kind)


class _Reading:
    """The state while a document is read."""

    def __init__(self, source: Source, data: bytes, blank: str | None, defects: list[Defect]) -> None:
        self._source = source
        self._data = data
        self._blank = blank
        self._defects = defects
        self._base = _address(data)
        # `make_strict` replaced the byte order mark with three spaces.
        self._locator = Locator(data, unseen=3 if source.data.startswith(BOM_UTF8) else 0)
        self._scans: list[KeyScan] = []
        self._scan_error: Exception | None = None

    def run(self, top: dict[str, Raw] | list[Raw] | None, kind: Kind | None) -> Document:
        sections: dict[str, Sequence[Raw] | None]
        if isinstance(top, list):
            found = kind or recognise_rows(top)
            keys: tuple[str, ...] = ()
            sections = {"annotations": top}
            paths: dict[str, JsonPath] = {"annotations": ()}
        elif top is not None:
            # A walk through the sections to the start of the last one would take longer than all rules together.
            self._locator.sections = {(key,): _address(raw) - self._base for key, raw in top.items()}
            keys = tuple(top)
            sections = {name: _rows(top[name]) for name in _SECTIONS if name in top}
            paths = {name: (name,) for name in _SECTIONS}
            found = kind or recognise(sections)
        else:
            self._defects.append(Defect("COCO109", "the document is neither an object nor a list, as every COCO file is"))
            return self._finish(Kind.UNKNOWN, None)
        self._place_rows(sections, paths)
        scan = threading.Thread(target=self._scan, args=(sections, paths), daemon=True)
        scan.start()
        dataset = None
        if found is Kind.UNKNOWN:
            self._defects.append(Defect("COCO109", _no_kind(keys)))
        elif (found is Kind.RESULTS) != isinstance(top, list):
            form = "a list of results" if found is Kind.RESULTS else "an object with images and annotations"
            self._defects.append(Defect("COCO109", f"the document is not {form}, as kind {found.value} is"))
            found = Kind.UNKNOWN
        else:
            dataset = self._dataset(found, keys, sections, paths)
        scan.join()
        if self._scan_error is not None:
            raise self._scan_error
        self._report_scans()
        return self._finish(found, dataset)

    def _dataset(
        self, kind: Kind, keys: tuple[str, ...], sections: Mapping[str, Sequence[Raw] | None], paths: Mapping[str, JsonPath]
    ) -> Dataset:
        broken = frozenset(name for name, rows in sections.items() if rows is None)
        for name in dict.fromkeys((*NEEDED_SECTIONS[kind], "categories")):  # categories may be optional, but must be a list
            if name in broken:
                self._defects.append(Defect("COCO103", f"{name} is not a list, expected a list of {name}", (name,)))
        empty: list[Raw] = []
        images, defects = read_images(kind, sections.get("images") or empty, paths.get("images", ("images",)), self._blank)
        self._defects += defects
        categories, defects = read_categories(kind, sections.get("categories") or empty, ("categories",), self._blank)
        licenses = read_licenses(kind, sections.get("licenses") or empty, ("licenses",), self._blank)
        rows, place = sections.get("annotations") or empty, paths.get("annotations", ("annotations",))
        starts = self._locator.rows.get(place)
        text_bytes = 0 if starts is None else int(starts[-1] - starts[0])
        annotations, per_annotation, found = read_annotations(kind, rows, place, self._blank, images, categories, text_bytes)
        self._defects += found
        segments, found = read_segments(kind, per_annotation, ("annotations",), self._blank, categories)
        self._defects += found
        self._defects += defects
        return Dataset(kind, keys, images, annotations, categories, licenses, segments, broken)

    def _place_rows(self, sections: Mapping[str, Sequence[Raw] | None], paths: Mapping[str, JsonPath]) -> None:
        for name, rows in sections.items():
            if rows:
                self._locator.rows[paths[name]] = _row_starts(self._data, self._base, rows)

    def _scan(self, sections: Mapping[str, Sequence[Raw] | None], paths: Mapping[str, JsonPath]) -> None:
        """Look for duplicate keys and overflowing numbers; in a thread of its own, because numpy releases the GIL."""
        spans: list[tuple[int, int]] = []
        try:
            for name, rows in sections.items():
                if rows:
                    starts = self._locator.rows[paths[name]]
                    end = int(starts[-1]) + len(memoryview(rows[-1]))
                    spans.append((int(starts[0]), end))
                    self._scans.append(scan_rows(self._data, starts, end))
            self._scans.append(_scan_rest(self._data, sorted(spans)))
        except Exception as error:  # kept for the main thread: an exception in a thread is lost
            self._scan_error = error

    def _report_scans(self) -> None:
        named = {defect.path for defect in self._defects if defect.code == "COCO006" and defect.path}
        for scan in self._scans:
            for offset, path in zip(scan.repeated, self._locator.paths_of(scan.repeated), strict=True):
                self._defects.append(
                    _in_row(
                        Defect(
                            "COCO005",
                            f"duplicate key {_json_key(path)} in one object; readers silently keep the last one",
                            path,
                            offset=offset,
                        )
                    )
                )
            self._defects += [defect for defect in self._place(overflows(self._data, scan.suspects)) if defect.path not in named]

    def _finish(self, kind: Kind, dataset: Dataset | None) -> Document:
        return Document(self._source, kind, dataset, tuple(self._place(self._defects)), self._locator)

    def _place(self, defects: list[Defect]) -> list[Defect]:
        """The defects; those with only an offset get a path."""
        adrift = [defect.offset for defect in defects if _is_adrift(defect)]
        paths = iter(self._locator.paths_of([offset for offset in adrift if offset is not None]))
        return [_in_row(replace(defect, path=next(paths))) if _is_adrift(defect) else defect for defect in defects]


def _is_adrift(defect: Defect) -> bool:
    return defect.offset is not None and not defect.path and defect.code in {"COCO003", "COCO006", "COCO008"}


def _in_row(defect: Defect) -> Defect:
    """The defect with the row of its path."""
    path = defect.path
    if len(path) >= 2 and path[0] in _SECTIONS and isinstance(path[1], int):
        return Defect(defect.code, defect.message, path, str(path[0]), path[1], defect.offset)
    if path and isinstance(path[0], int):
        return Defect(defect.code, defect.message, path, "annotations", path[0], defect.offset)
    return defect


def _json_key(path: JsonPath) -> str:
    return json.dumps(path[-1], ensure_ascii=False)[:200] if path else "?"


def _no_kind(keys: tuple[str, ...]) -> str:
    if not keys:
        return "the document is a list whose rows have no image_id: it is not of a COCO kind"
    shown = ", ".join(json.dumps(key, ensure_ascii=False)[:40] for key in keys[:8])
    return (
        f"the document has neither images nor annotations: it is not of a COCO kind (its keys: {shown}{', ...' if len(keys) > 8 else ''})"
    )


def _rows(section: Raw) -> list[Raw] | None:
    try:
        return msgspec.json.decode(section, type=list[Raw])
    except REFUSALS:
        return None


def _address(buffer: bytes | Raw) -> int:
    address: int = np.frombuffer(buffer, np.uint8).__array_interface__["data"][0]
    return address


def _row_starts(data: bytes, base: int, rows: Sequence[Raw]) -> NDArray[np.int64]:
    """Offsets of rows in the text: they are views of it.

    The address of a view costs a microsecond, so the rows are first assumed to be one separator apart, which is then verified.
    """
    first, last = _address(rows[0]) - base, _address(rows[-1]) - base
    lengths = np.fromiter((len(memoryview(raw)) for raw in rows), np.int64, len(rows))
    gap = (last - first - int(lengths[:-1].sum())) // max(len(rows) - 1, 1)
    starts = first + np.concatenate([[0], np.cumsum(lengths[:-1] + gap)])
    if starts[-1] == last and gap > 0:
        raw = np.frombuffer(data, np.uint8)
        separator = np.stack([raw[starts[1:] - k] for k in range(gap, 0, -1)]) if len(rows) > 1 else np.empty((gap, 0))
        is_comma, is_space = separator == ord(","), np.isin(separator, [9, 10, 13, 32])
        if ((is_comma | is_space).all() and (is_comma.sum(0) == 1).all()) or len(rows) == 1:
            return starts.astype(np.int64)
    return np.fromiter((_address(raw) - base for raw in rows), np.int64, len(rows))


def _scan_rest(data: bytes, spans: list[tuple[int, int]]) -> KeyScan:
    """Duplicate keys outside of the sections' rows: the top level, `info`, duplicate sections."""
    parts: list[bytes] = []
    kept: list[tuple[int, int]] = []  # (offset in the rest, offset in the text)
    at = size = 0
    for start, end in [*spans, (len(data), len(data))]:
        if start >= at:
            kept.append((size, at))
            parts.append(data[at:start])
            size += start - at
            at = end
    rest = b"".join(parts)
    marks = np.array([mark for mark, _ in kept])
    start = len(rest) - len(rest.lstrip())
    scan = scan_rows(rest, np.array([start], np.int64), len(rest))

    def back(offset: int) -> int:
        mark, text = kept[int(np.searchsorted(marks, offset, side="right")) - 1]
        return text + offset - mark

    repeated = [back(offset) for offset in scan.repeated]
    return KeyScan(repeated, np.array([back(offset) for offset in scan.suspects.tolist()], np.int64))
