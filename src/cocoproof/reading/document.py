"""Reads a document: text -> sections -> tables, with the defects found on the way."""

from __future__ import annotations

import json
import threading
from bisect import bisect_right
from codecs import BOM_UTF8
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.attributes import RowSpans
from cocoproof.columns.tables import Dataset
from cocoproof.json_text import REFUSALS
from cocoproof.model.dialects import Dialect
from cocoproof.model.findings import Kind
from cocoproof.reading.defects import Defect, Unreadable
from cocoproof.reading.dialects import recognise_dialects, sampled, without
from cocoproof.reading.dictionaries import has_dictionaries, with_lists
from cocoproof.reading.duplicate_keys import KeyScan, scan_rows
from cocoproof.reading.id_spaces import settle_ids
from cocoproof.reading.kinds import LISTS, NEEDED_SECTIONS, VIDEO_KINDS, recognise, recognise_rows
from cocoproof.reading.layout import SECTIONS, DocumentLayout, find_members, index_text
from cocoproof.reading.locator import Locator
from cocoproof.reading.native import native_library
from cocoproof.reading.oriented_signs import boxes_have_five_numbers
from cocoproof.reading.oriented_tables import read_oriented_boxes
from cocoproof.reading.person_rows import read_person_fields
from cocoproof.reading.plain_rows import NotPlain, RowTexts
from cocoproof.reading.strict_text import StrictText, make_strict, overflows
from cocoproof.reading.tables import read_annotations, read_categories, read_images, read_licenses, read_segments
from cocoproof.reading.tracked_rows import with_tracks
from cocoproof.reading.video_rows import read_video_rows, with_settled_frames

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cocoproof.input_files.mapped_text import MappedText
    from cocoproof.json_text import Text
    from cocoproof.model.json_types import JsonPath, JsonValue
    from cocoproof.reading.source import Source

__all__ = ["Document", "read"]

_SMALL = 1 << 16
"""Bytes of `info` that are looked at."""


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


def read(
    source: Source, kind: Kind | None = None, on_bytes: Callable[[int], None] | None = None, *, dictionaries: bool = False
) -> Document:
    """Read a document.

    Args:
        source: The bytes.
        kind: Read it as this kind, instead of the detected one.
        on_bytes: Called from time to time with the offset up to which rows were read.
        dictionaries: Whether a document of COCO-Text's form is read as if it had lists: for checks, which change nothing and compare nothing.

    Returns:
        The document. If it is not JSON, or not of a COCO kind, it has no dataset, and a defect has the reason.
    """
    library = native_library()
    layout = None if library is None else index_text(source.data, library, on_bytes)
    if layout is not None:
        try:
            return _Reading(source, StrictText(source.data, None, (), None)).run(layout, kind)
        except NotPlain:
            pass
    try:
        text = make_strict(source.data)
    except Unreadable as error:
        return Document(
            source, kind or Kind.UNKNOWN, None, (error.defect,), Locator(source.data, unseen=int(source.data.startswith(BOM_UTF8)))
        )
    names: Mapping[str, tuple[str, Sequence[str | int]]] = {}
    if dictionaries and isinstance(text.top, dict) and has_dictionaries(text.top):
        data, top, names = with_lists(text.data, text.top)
        text = StrictText(data, top, text.defects, text.blank)
    return _Reading(source, text, names).run(None if text.top is None else find_members(text.data, text.top), kind)


class _Reading:
    """The state while a document is read."""

    def __init__(
        self, source: Source, text: StrictText[bytes | MappedText], names: Mapping[str, tuple[str, Sequence[str | int]]] | None = None
    ) -> None:
        self._source = source
        self._data = text.data
        self._blank = text.blank
        self._defects = list(text.defects)
        # `make_strict` replaced the byte order mark with three spaces.
        self._locator = Locator(text.data, unseen=3 if source.data.startswith(BOM_UTF8) else 0, names=names or {})
        self._scans: list[KeyScan] = []
        self._scan_error: Exception | None = None
        self._suspicious: dict[str, list[tuple[int, int]]] = {}

    def run(self, layout: DocumentLayout | None, kind: Kind | None) -> Document:
        if layout is None:
            self._defects.append(Defect("COCO109", "the document is neither an object nor a list, as every COCO file is"))
            return self._finish(Kind.UNKNOWN, None)
        # A walk through the sections to the start of the last one would take longer than all rules together.
        self._locator.sections = {(key,): start for key, start in layout.starts.items()}
        paths: dict[str, JsonPath] = {"annotations": ()} if layout.is_list else {name: (name,) for name in SECTIONS}
        for name, starts in layout.row_starts.items():
            self._locator.rows[paths[name]] = starts
        scan = None
        if layout.suspicious is None:
            scan = threading.Thread(target=self._scan_all, args=(layout,), daemon=True)
            scan.start()
        rows = layout.rows.get("annotations")
        found = kind or (recognise_rows(rows or []) if layout.is_list else recognise(layout.rows))
        dataset = None
        if layout.suspicious is not None and (
            found is Kind.UNKNOWN or (found in LISTS) != layout.is_list or {"imgs", "anns"}.issubset(layout.keys)
        ):
            raise NotPlain  # its rows would not be read, and so not be validated
        if found is Kind.UNKNOWN:
            self._defects.append(Defect("COCO109", _no_kind(layout.keys)))
        elif (found in LISTS) != layout.is_list:
            form = "a list of results" if found in LISTS else "an object with images and annotations"
            self._defects.append(Defect("COCO109", f"the document is not {form}, as kind {found.value} is"))
            found = Kind.UNKNOWN
        else:
            dataset = self._dataset(found, layout, paths)
        if scan is not None:
            scan.join()
        else:
            self._scan_suspicious(layout)
        if self._scan_error is not None:
            raise self._scan_error
        self._report_scans()
        return self._finish(found, dataset)

    def _dataset(self, kind: Kind, layout: DocumentLayout, paths: Mapping[str, JsonPath]) -> Dataset:
        sections = layout.rows
        if kind in VIDEO_KINDS:
            return self._video_dataset(kind, layout, paths)
        broken = frozenset(name for name, rows in sections.items() if rows is None)
        for name in dict.fromkeys((*NEEDED_SECTIONS[kind], "categories")):  # categories may be optional, but must be a list
            if name in broken:
                self._defects.append(Defect("COCO103", f"{name} is not a list, expected a list of {name}", (name,)))
        images, reader = read_images(kind, sections.get("images") or [], paths.get("images", ("images",)), self._blank)
        self._defects += reader.defects
        self._suspicious["images"] = reader.suspicious
        categories, defects = read_categories(kind, sections.get("categories") or [], ("categories",), self._blank)
        licenses = read_licenses(kind, sections.get("licenses") or [], ("licenses",), self._blank)
        rows, place = sections.get("annotations") or [], paths["annotations"]
        dialects = recognise_dialects(kind, sections)
        if self._locator.names:
            dialects = (*dialects, Dialect.COCO_TEXT)
        oriented = Dialect.ORIENTED_BOXES in dialects
        annotations, per_annotation, reader = read_annotations(
            kind, rows, place, self._blank, images, categories, oriented=oriented and boxes_have_five_numbers(sampled(rows))
        )
        self._defects += reader.defects
        self._suspicious["annotations"] = reader.suspicious
        segments, found = read_segments(kind, per_annotation, ("annotations",), self._blank, categories)
        self._defects += found
        self._defects += defects
        texts = _texts(self._data, layout)
        info = _small_value(self._data, layout.starts["info"]) if "info" in layout.starts else None
        turned = None
        if oriented:
            turned, found = read_oriented_boxes(rows, place, annotations, info)
            self._defects += found
            if turned is None:
                dialects = without(dialects, Dialect.ORIENTED_BOXES)
        persons = read_person_fields(dialects, sections)
        coco = Dataset(kind, layout.keys, images, annotations, categories, licenses, segments, broken, texts, info, dialects, persons)
        coco = replace(coco, oriented=turned, annotation_spans=self._annotation_spans(layout))
        if dialects and {Dialect.MOT_TRACKS, Dialect.TAO_TRACKS}.intersection(dialects):
            coco, of_tracks = with_tracks(coco, sections, place)
            self._defects += of_tracks
        return settle_ids(coco)

    def _annotation_spans(self, layout: DocumentLayout) -> RowSpans | None:
        starts = layout.row_starts.get("annotations")
        if layout.is_list or starts is None or not len(starts):
            return None
        return RowSpans(self._data, starts, self._locator.end_of(int(starts[-1])))

    def _video_dataset(self, kind: Kind, layout: DocumentLayout, paths: Mapping[str, JsonPath]) -> Dataset:
        sections = layout.rows
        broken = frozenset(name for name, rows in sections.items() if rows is None)
        for name in (*NEEDED_SECTIONS[kind], "annotations"):
            at = layout.starts.get(name, 0)
            # The official files for validation and test have null for their annotations.
            if name in broken and (name, self._data[at : at + 4]) != ("annotations", b"null"):
                self._defects.append(Defect("COCO103", f"{name} is not a list, expected a list of {name}", (name,)))
        # Files of this kind have no images, and no schema for them. Rows of a section of that name are read nevertheless, as those of
        # another kind, so that their text is validated.
        _, reader = read_images(Kind.INSTANCES, sections.get("images") or [], ("images",), self._blank)
        self._suspicious["images"] = reader.suspicious
        categories, of_categories = read_categories(kind, sections.get("categories") or [], ("categories",), self._blank)
        licenses = read_licenses(kind, sections.get("licenses") or [], ("licenses",), self._blank)
        rows = sections.get("annotations") or []
        if isinstance(rows, RowTexts):
            if rows.validate():
                self._suspicious["annotations"] = [(0, len(rows))]
            rows = rows.texts(0, len(rows))
        videos, tracks, frames, found = read_video_rows(
            kind, sections.get("videos") or [], rows, paths["annotations"], self._blank, categories
        )
        self._defects += [*found, *of_categories]
        info = _small_value(self._data, layout.starts["info"]) if "info" in layout.starts else None
        none = read_images(kind, [], ("images",), None)[0]
        dialects, texts = recognise_dialects(kind, sections), _texts(self._data, layout)
        coco = Dataset(kind, layout.keys, none, tracks, categories, licenses, frames.segments, broken, texts, info, dialects)
        return with_settled_frames(settle_ids(replace(coco, videos=videos, frames=frames)))

    def _scan_all(self, layout: DocumentLayout) -> None:
        """Look for duplicate keys and overflowing numbers; in a thread of its own, because numpy releases the GIL."""
        try:
            for name in layout.row_starts:
                self._scan_rows(layout, name, 0, len(layout.row_starts[name]))
            self._scans.append(_scan_rest(self._data, self._spans(layout)))
        except Exception as error:  # kept for the main thread: an exception in a thread is lost
            self._scan_error = error

    def _scan_suspicious(self, layout: DocumentLayout) -> None:
        """The same of what the native reader found suspicious."""
        for name, starts in layout.row_starts.items():
            whole = [(0, len(starts))] if name in (layout.suspicious or ()) else []
            for first, last in (*whole, *self._suspicious.get(name, ())):
                self._scan_rows(layout, name, first, last)
        if layout.rest_is_suspicious:
            self._scans.append(_scan_rest(self._data, self._spans(layout)))

    def _scan_rows(self, layout: DocumentLayout, name: str, first: int, last: int) -> None:
        starts = layout.row_starts[name]
        end = int(starts[last]) if last < len(starts) else self._locator.end_of(int(starts[-1]))
        self._scans.append(scan_rows(self._data, starts[first:last], end))

    def _spans(self, layout: DocumentLayout) -> list[tuple[int, int]]:
        """Where the rows of each section are, in the order of the text."""
        return sorted((int(starts[0]), self._locator.end_of(int(starts[-1]))) for starts in layout.row_starts.values())

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
        defects = self._place(self._defects)
        if kind in VIDEO_KINDS:  # their table of images has no rows
            defects = [replace(defect, table=None, row=None) if defect.table == "images" else defect for defect in defects]
        return Document(self._source, kind, dataset, tuple(defects), self._locator)

    def _place(self, defects: list[Defect]) -> list[Defect]:
        """The defects; those with only an offset get a path."""
        adrift = [defect.offset for defect in defects if _is_adrift(defect)]
        paths = iter(self._locator.paths_of([offset for offset in adrift if offset is not None]))
        return [_in_row(replace(defect, path=next(paths))) if _is_adrift(defect) else defect for defect in defects]


def _texts(data: Text, layout: DocumentLayout) -> dict[str, memoryview]:
    """The lists of the sections whose rows have fields without a column, as views of the text."""
    starts = sorted(layout.starts.values())
    texts = {}
    for name in ("images", "videos", "categories", "licenses"):
        start = layout.starts.get(name)
        if start is not None:
            after = bisect_right(starts, start)
            end = data.rfind(b"]", start, starts[after] if after < len(starts) else len(data)) + 1
            texts[name] = memoryview(data)[start:end]
    return texts


def _small_value(data: Text, start: int) -> JsonValue:
    """The value that starts at an offset; None if it is longer than `_SMALL`."""
    try:
        value: JsonValue = json.JSONDecoder(strict=False).raw_decode(data[start : start + _SMALL].decode("utf-8", "replace"))[0]
    except REFUSALS:
        return None
    return value


def _is_adrift(defect: Defect) -> bool:
    return defect.offset is not None and not defect.path and defect.code in {"COCO003", "COCO006", "COCO008"}


def _in_row(defect: Defect) -> Defect:
    """The defect with the row of its path."""
    path = defect.path
    if len(path) >= 2 and path[0] in SECTIONS and isinstance(path[1], int):
        return Defect(defect.code, defect.message, path, str(path[0]), path[1], defect.offset)
    if path and isinstance(path[0], int):
        return Defect(defect.code, defect.message, path, "annotations", path[0], defect.offset)
    return defect


def _json_key(path: JsonPath) -> str:
    return json.dumps(path[-1], ensure_ascii=False)[:200] if path else "?"


def _no_kind(keys: tuple[str, ...]) -> str:
    if not keys:
        return "the document is a list whose rows have no image_id: it is not of a COCO kind"
    if "sequences" in keys:
        return (
            "the document has neither images nor annotations, but sequences, as BURST has: each frame has the masks of its tracks. "
            "Such files are not checked"
        )
    shown = ", ".join(json.dumps(key, ensure_ascii=False)[:40] for key in keys[:8])
    return (
        f"the document has neither images nor annotations: it is not of a COCO kind (its keys: {shown}{', ...' if len(keys) > 8 else ''})"
    )


def _scan_rest(data: Text, spans: list[tuple[int, int]]) -> KeyScan:
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
