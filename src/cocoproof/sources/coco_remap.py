"""A COCO file with other categories: ids, names and order of a mapping; every other byte stays the same.

The text is edited, not decoded and encoded again. The values that refer to a category are replaced in place, and the rows
that the mapping drops are removed; so numbers keep their digits, and unknown keys and the layout stay.

Category ids occur in `annotations[].category_id`; in a panoptic file in `segments_info[].category_id`; in an LVIS file also
in `neg_category_ids` and `not_exhaustive_category_ids` of images; in a results list in each row's `category_id`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from cocoproof.atomic_write import AtomicFile
from cocoproof.export.errors import ExportError
from cocoproof.export.refusals import Refusals
from cocoproof.export.report import ClassTally, LeftOut
from cocoproof.json_text import REFUSALS
from cocoproof.mapping import DROPPED, REFUSED
from cocoproof.model.suggestions import quoted
from cocoproof.reading.defects import Unreadable
from cocoproof.reading.edits import Edits, Spans
from cocoproof.reading.source import read_source
from cocoproof.reading.strict_text import make_strict
from cocoproof.sources.coco_categories import SourceCategory, category_table, read_source_categories, written_categories
from cocoproof.sources.errors import SourceError
from cocoproof.sources.protocol import SourceFormat

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence

    from cocoproof.export.dataset import Progress
    from cocoproof.mapping import ClassMapping

__all__ = ["FORMAT", "RemapInput", "RemapReport", "read_coco", "remap_coco"]

_NO_VALUE = msgspec.Raw(b"")
_STEP = 1000


class _Row(msgspec.Struct, gc=False):
    id: msgspec.Raw = _NO_VALUE
    image_id: msgspec.Raw = _NO_VALUE
    category_id: msgspec.Raw = _NO_VALUE
    segments_info: msgspec.Raw = _NO_VALUE


class _ImageRow(msgspec.Struct, gc=False):
    id: msgspec.Raw = _NO_VALUE
    neg_category_ids: msgspec.Raw = _NO_VALUE
    not_exhaustive_category_ids: msgspec.Raw = _NO_VALUE


_Fields = TypeVar("_Fields")

_decode_row = msgspec.json.Decoder(_Row).decode
_decode_image = msgspec.json.Decoder(_ImageRow).decode
_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode


@dataclass(frozen=True, slots=True)
class RemapInput:
    """A COCO file that was read.

    Attributes:
        path: The file.
        original: Its bytes, decompressed.
        data: The same with values that are not JSON (such as NaN) overwritten in place, so that it can be decoded.
        images: The rows of the section; empty if it is missing.
        annotations: The same; of a results list, its rows.
        categories: The same.
        category_section: The text of the section; empty if it is missing.
        is_results: Whether it is a list of results.
    """

    path: str
    original: bytes
    data: bytes
    images: list[msgspec.Raw]
    annotations: list[msgspec.Raw]
    categories: list[msgspec.Raw]
    category_section: msgspec.Raw
    is_results: bool

    def source_categories(self) -> list[SourceCategory]:
        """Its categories.

        Raises:
            ExportError: As `read_source_categories`.
        """
        spans = Spans(self.data)
        return read_source_categories((bytes(raw), self.original[slice(*spans.of(raw))]) for raw in self.categories)


@dataclass(frozen=True, slots=True)
class RemapReport:
    """The report of a COCO file that was written with other categories.

    Attributes:
        path: The file that was written.
        images: Its images.
        annotations: Its annotations (or results), without dropped ones.
        classes: One row per category of the source, ascending; of a panoptic file, counts of segments.
        left_out: How many annotations were not written, by reason; without those that the mapping drops.
        examples: The first of them.
        notes: What a user should know, with how often it occurred.
    """

    path: Path
    images: int
    annotations: int
    classes: tuple[ClassTally, ...]
    left_out: dict[str, int] = field(default_factory=dict)
    examples: tuple[LeftOut, ...] = ()
    notes: dict[str, int] = field(default_factory=dict)


def read_coco(path: str | os.PathLike[str]) -> RemapInput:
    """Read a COCO file, plain, gzip or zstd; `-` is standard input.

    Raises:
        SourceError: If it cannot be read, or is not a JSON object or list.
    """
    try:
        source = read_source(path)
        text = make_strict(source.content)
    except Unreadable as error:
        raise SourceError(error.defect.message, reason="file-unreadable", file=path) from None
    top = text.top
    if top is None:
        msg = "the document is neither an object nor a list"
        raise SourceError(msg, reason="file-unreadable", file=path)
    if isinstance(top, list):
        return RemapInput(source.path, source.content, text.data, [], top, [], _NO_VALUE, is_results=True)
    annotations, categories = _section(top, "annotations", path), _section(top, "categories", path)
    # Images that are not a list cannot refer to a category; they stay the same.
    images = _section(top, "images", path) if bytes(top.get("images", _NO_VALUE)).startswith(b"[") else []
    return RemapInput(
        source.path, source.content, text.data, images, annotations, categories, top.get("categories", _NO_VALUE), is_results=False
    )


def _section(top: Mapping[str, msgspec.Raw], name: str, path: str | os.PathLike[str]) -> list[msgspec.Raw]:
    if name not in top:
        return []
    try:
        return _decode_list(top[name])
    except REFUSALS:
        msg = f"{name} is not a list"
        raise SourceError(msg, reason="file-unreadable", file=path) from None


def remap_coco(
    source: RemapInput | str | os.PathLike[str],
    path: str | os.PathLike[str],
    *,
    mapping: ClassMapping,
    categories: Sequence[SourceCategory] | None = None,
    first_image_id: int | None = None,
    first_annotation_id: int | None = None,
    refusals: Refusals | None = None,
    progress: Progress | None = None,
) -> RemapReport:
    """Write a COCO file again with the categories of a mapping.

    Args:
        source: The file.
        path: The file to write; it appears, or replaces an old one, when everything is written. It may be the source itself.
        mapping: From the source's categories, by name, or by id if it has no names, to the new ones.
        categories: The source's categories, if the source is a results list, which has none.
        first_image_id: Renumber the images in order; None keeps their ids.
        first_annotation_id: The same for the annotations.
        refusals: Collects the annotations whose category cannot be mapped.
        progress: Called from time to time with the number of annotations done and the number of all.

    Raises:
        ExportError: For an annotation whose category cannot be mapped, unless it is skipped; and if segments of a panoptic
            file would be dropped, whose pixels stay in its PNG files.
        OSError: If the file cannot be written.
    """
    file = source if isinstance(source, RemapInput) else read_coco(source)
    own = file.source_categories() if categories is None else categories
    return _Remap(file, Path(path), mapping, own, refusals or Refusals(), progress).run(first_image_id, first_annotation_id)


class _Remap:
    """Writes one file."""

    def __init__(
        self,
        file: RemapInput,
        path: Path,
        mapping: ClassMapping,
        categories: Sequence[SourceCategory],
        refusals: Refusals,
        progress: Progress | None,
    ) -> None:
        self._file = file
        self._path = path
        self._mapping = mapping
        self._source = categories
        self._refusals = refusals
        self._progress = progress
        self._table, self._reasons = category_table(categories, mapping)
        self._texts = {number: str(number).encode() for number in self._table.values() if number >= 0}
        self._known: dict[bytes, int | None] = {}
        self._edits = Edits()
        self._spans = Spans(file.data)
        self._image_ids: dict[bytes, bytes] = {}
        self._written: Counter[int] = Counter()
        self._dropped: Counter[int] = Counter()

    def run(self, first_image_id: int | None, first_annotation_id: int | None) -> RemapReport:
        self._images(first_image_id)
        removed = self._annotations(first_annotation_id, renumbered=first_image_id is not None)
        self._categories()
        with AtomicFile(self._path) as out:
            for part in self._edits.applied(self._file.original):
                out.write(part)  # type: ignore[arg-type]  # a view of bytes
        names = {category.id: category.name for category in self._mapping.categories}
        classes = tuple(
            ClassTally(
                one.id,
                one.name,
                names.get(self._table[one.id]) if self._table[one.id] >= 0 else None,
                self._written[one.id],
                self._dropped[one.id],
            )
            for one in sorted(self._source, key=lambda one: one.id)
            if self._written[one.id] or self._dropped[one.id]
        )
        return RemapReport(
            self._path,
            len(self._file.images),
            len(self._file.annotations) - removed,
            classes,
            dict(sorted(self._refusals.counts.items())),
            tuple(self._refusals.examples),
            dict(sorted(self._refusals.notes.items())),
        )

    def _images(self, first_id: int | None) -> None:
        for place, raw in enumerate(self._file.images):
            row = _fields(_decode_image, raw, _ImageRow())
            if first_id is not None:
                key = bytes(row.id)
                if not key or key in self._image_ids:
                    what = f"is a duplicate: {key.decode()[:60]}" if key else "is missing"
                    msg = f"images[{place}]: the id {what}; images cannot be renumbered"
                    raise ExportError(msg, reason="image-id")
                self._image_ids[key] = str(first_id + place).encode()
                self._edits.replace(self._spans.of(row.id), self._image_ids[key])
            # A merged category is surely absent only if all of its source categories are ...
            self._id_list(row.neg_category_ids, all)
            # ... and may be incomplete if any of them is.
            self._id_list(row.not_exhaustive_category_ids, any)

    def _id_list(self, raw: msgspec.Raw, of_all: Callable[[list[bool]], bool]) -> None:
        if not bytes(raw):
            return
        try:
            ids = msgspec.json.decode(raw, type=list[int])
        except REFUSALS:
            return  # not a list of category ids, so it has none
        there = set(ids)
        into: dict[int, list[bool]] = {}
        for source, target in self._table.items():
            if target >= 0:
                into.setdefault(target, []).append(source in there)
        new = [self._table[number] for number in ids if self._table.get(number, DROPPED) >= 0]
        kept = [number for number in dict.fromkeys(new) if of_all(into[number])]
        self._edits.replace(self._spans.of(raw), b"[" + b",".join(self._texts[number] for number in kept) + b"]")

    def _annotations(self, first_id: int | None, *, renumbered: bool) -> int:
        rows = self._file.annotations
        removed: set[int] = set()
        number = first_id
        for place, raw in enumerate(rows):
            row = _fields(_decode_row, raw, _Row())
            if not self._row(row, place):
                removed.add(place)
            else:
                if number is not None:
                    if bytes(row.id):
                        self._edits.replace(self._spans.of(row.id), str(number).encode())
                    number += 1
                if renumbered:
                    self._owner(row, place)
            if self._progress is not None and not (place + 1) % _STEP:
                self._progress(place + 1, len(rows))
        if removed:
            self._edits.remove_rows([self._spans.of(raw) for raw in rows], removed)
        return len(removed)

    def _owner(self, row: _Row, place: int) -> None:
        key = bytes(row.image_id)
        if key not in self._image_ids:
            msg = f"{self._where(place)}: image_id {key.decode()[:60] or '(missing)'} is not an image; images cannot be renumbered"
            raise ExportError(msg, reason="image-id")
        self._edits.replace(self._spans.of(row.image_id), self._image_ids[key])

    def _where(self, place: int) -> str:
        return f"row {place}" if self._file.is_results else f"annotations[{place}]"

    def _row(self, row: _Row, place: int) -> bool:
        """Replace the categories of an annotation; False if it is not written."""
        if bytes(row.segments_info):
            self._segments(row.segments_info, place)
        if not bytes(row.category_id):
            if not bytes(row.segments_info):
                self._refusals.notes["annotations without a category_id, which stay the same"] += 1
            return True
        return self._category(row.category_id, lambda: self._where(place))

    def _category(self, raw: msgspec.Raw, where: Callable[[], str]) -> bool:
        text = bytes(raw)
        if text not in self._known:
            self._known[text] = _whole(text)
        number = self._known[text]
        target = REFUSED if number is None else self._table.get(number, REFUSED)
        if number is None or target == REFUSED:
            shown = quoted(text.decode("utf-8", "replace"))
            detail = self._reasons.get(-1 if number is None else number, f"category_id {shown} is not a category of the source")
            error = SourceError(
                f"{where()}: {detail}", reason="class-unmapped" if number in self._table else "category-unknown", file=self._file.path
            )
            self._refusals.refuse(error)
            return False
        if target == DROPPED:
            self._dropped[number] += 1
            return False
        self._written[number] += 1
        if text != self._texts[target]:
            self._edits.replace(self._spans.of(raw), self._texts[target])
        return True

    def _segments(self, raw: msgspec.Raw, place: int) -> None:
        try:
            segments = _decode_list(raw)
        except REFUSALS:
            return
        for k, segment in enumerate(segments):
            row = _fields(_decode_row, segment, _Row())
            where = f"annotations[{place}].segments_info[{k}]"
            if bytes(row.category_id) and not self._category(row.category_id, lambda where=where: where):  # type: ignore[misc]
                msg = f"{where}: a segment would be removed, but its pixels stay in the PNG file; map its category"
                raise SourceError(msg, reason="panoptic-drop", file=self._file.path)

    def _categories(self) -> None:
        """Write the section in its original layout."""
        rows, section = self._file.categories, self._file.category_section
        if not bytes(section):
            return
        new = written_categories(self._source, self._table, self._mapping)
        spans = [self._spans.of(raw) for raw in rows]
        if not spans:
            self._edits.replace(self._spans.of(section), b"[" + b",".join(new) + b"]")
            return
        comma = self._file.data[spans[0][1] : spans[1][0]] if len(spans) > 1 else b", "
        self._edits.replace((spans[0][0], spans[-1][1]), comma.join(new))


def _fields(decode: Callable[[msgspec.Raw], _Fields], raw: msgspec.Raw, none: _Fields) -> _Fields:
    """The fields of a row; none for a row that is not an object, which stays the same."""
    try:
        return decode(raw)
    except REFUSALS:
        return none


def _whole(text: bytes) -> int | None:
    try:
        value = msgspec.json.decode(text)
    except REFUSALS:
        return None
    return value if type(value) is int else None


FORMAT = SourceFormat(
    name="coco",
    summary="Write a COCO file with other categories; every other byte stays the same.",
    details=(
        "Category ids, names and order come from the mapping; without --categories they are those of the file, renamed, dropped and merged. "
        "A results list needs --classes: the file that defines its category ids. SOURCE may be gzip or zstd, or - for standard input."
    ),
    open=None,
    class_reference="id",
    has_keypoints=True,
    has_masks=True,
    has_scores=True,
    reads_stdin=True,
)
