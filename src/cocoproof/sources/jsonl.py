"""JSON Lines: one image per line, with its detections. `docs/formats.md` describes the format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from cocoproof.export.detections import PlainDetections
from cocoproof.export.errors import ExportError
from cocoproof.export.image_entries import ImageInfo
from cocoproof.export.refusals import Refusals
from cocoproof.input_files.regular_file import regular_lines
from cocoproof.json_text import REFUSALS, Fault, JsonError, SyntaxProblem, decode, line_and_column
from cocoproof.model.budgets import DETECTION_BYTES
from cocoproof.model.suggestions import Suggestions, nearest, quoted
from cocoproof.reading.duplicate_keys import has_repeated_key, repeated_keys
from cocoproof.reading.locator import end_of_string
from cocoproof.sources.errors import SourceError, check_count
from cocoproof.sources.jsonl_rows import BadField, Corners, JsonlClassNames, JsonlDetection, JsonlImage, box_of, check_lengths, columns_of
from cocoproof.sources.protocol import IMAGES, OpenSource, SourceFormat, SourceRequest

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    from cocoproof.export.detections import PlainDetections
    from cocoproof.export.inputs import ImageLike
    from cocoproof.sources.posed import PosedDetections

__all__ = ["FORMAT", "JsonLinesSource"]

_IMAGE = msgspec.json.Decoder(JsonlImage)
_DETECTION = msgspec.json.Decoder(JsonlDetection)
_decode_names = msgspec.json.Decoder(JsonlClassNames).decode


class JsonLinesSource:
    """A JSON-lines file as a source of `export_coco` and `export_results`.

    Args:
        path: The file; empty lines are skipped.
        classes: Class id -> name; None: the names that occur, sorted, and no detection may have a `class_id`.
        ids_alone: Whether class ids may be any integer, because the mapping validates them.
        sizes_needed: Whether an image must have a width and a height, or a file below `images_dir`.
        images_dir: The folder of the image files, whose headers have the size if a line has none.
        refusals: Collects what cannot be read.

    Attributes:
        classes: Class id -> name; empty with `ids_alone`.

    Raises:
        SourceError: If the file cannot be read, or it has no class names.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        classes: Mapping[int, str] | None = None,
        ids_alone: bool = False,
        sizes_needed: bool = True,
        images_dir: str | os.PathLike[str] | None = None,
        refusals: Refusals | None = None,
    ) -> None:
        self._path = Path(path)
        self.refusals = refusals or Refusals()
        self._ids_alone = ids_alone
        self._sizes_needed = sizes_needed
        self._images_dir = None if images_dir is None else Path(images_dir)
        self._declared = classes is not None or ids_alone
        if not self._path.is_file():
            msg = "this is not a regular file" if self._path.exists() else "no such file"
            raise SourceError(msg, reason="file-unreadable", file=path)
        try:
            names, self._count = self._scan(with_names=not self._declared)
        except OSError as error:
            msg = f"the file cannot be read: {error.strerror or error}"
            raise SourceError(msg, reason="file-unreadable", file=path) from None
        self.classes = dict(classes) if classes is not None else dict(enumerate(names))
        self._ids = {name: number for number, name in self.classes.items()}
        self._range = min(self.classes, default=0), max(self.classes, default=0)
        self._suggestions = Suggestions(self._ids)
        if not self.classes and not ids_alone:
            msg = "no detection names a class; pass --classes FILE or a,b,c"
            raise SourceError(msg, reason="classes", file=path)

    def __len__(self) -> int:
        return self._count

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        for number, line in enumerate(regular_lines(self._path), 1):
            text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            if text.strip():
                yield number, text

    def _scan(self, *, with_names: bool) -> tuple[list[str], int]:
        """The class names that occur, sorted, and the number of images; errors are reported when the lines are read."""
        names: set[str] = set()
        count = 0
        for _, line in self._lines():
            count += 1
            if with_names:
                try:
                    names.update(one.class_name for one in _decode_names(line).detections if one.class_name)
                except REFUSALS:
                    continue
        return sorted(names), count

    def __iter__(self) -> Iterator[tuple[ImageLike, PlainDetections | PosedDetections | None]]:
        for number, line in self._lines():
            try:
                image = decode(line, _IMAGE)
                _check_keys(line)
                check_count(len(image.detections), self._path, number)
                given = self._image(image, number)
            except JsonError as error:
                self._refuse(number, _refused(error, "", line))
                continue
            except SourceError as error:
                self.refusals.refuse(error)
                continue
            except BadField as wrong:
                self._refuse(number, wrong)
                continue
            found = []
            for place, raw in enumerate(image.detections):
                where = f"detections[{place}]"
                try:
                    found.append(self._detection(raw))
                except JsonError as error:
                    self._refuse(number, _refused(error, where, bytes(raw)))
                except BadField as wrong:
                    self._refuse(number, BadField(f"{where}.{wrong.path}" if wrong.path else where, wrong.detail, wrong.reason))
            try:
                detections = columns_of(found, image.metadata)
            except BadField as wrong:
                self._refuse(number, wrong)
                continue
            yield given, detections

    def _refuse(self, line: int, wrong: BadField) -> None:
        self.refusals.refuse(SourceError(str(wrong), reason=wrong.reason, file=self._path, line=line))

    def _image(self, image: JsonlImage, line: int) -> ImageLike:
        if (image.width is None) != (image.height is None):
            missing = "width" if image.width is None else "height"
            msg = "is missing; give both width and height, or neither"
            raise BadField(missing, msg)
        if image.width is not None and image.height is not None:
            try:
                return ImageInfo(image.file_name, image.width, image.height, image.fields)
            except ExportError as error:
                raise BadField("", error.detail, error.reason) from None
        if self._images_dir is not None:
            if image.fields:
                msg = "needs width and height"
                raise BadField("fields", msg)
            return str(self._images_dir / image.file_name)
        if self._sizes_needed:
            msg = "is missing; give width and height, or pass the folder of the images: --images DIR"
            raise BadField("width", msg)
        del line
        return image.file_name

    def _detection(self, raw: msgspec.Raw) -> tuple[JsonlDetection, int, Corners]:
        """A detection, its class id and its box."""
        size = len(memoryview(raw))
        if size > DETECTION_BYTES:
            msg = f"the detection has {size} bytes of text; at most {DETECTION_BYTES} are read"
            raise BadField("", msg)
        one = decode(bytes(raw), _DETECTION)
        check_lengths(one)
        return one, self._class_id(one), box_of(one)

    def _class_id(self, one: JsonlDetection) -> int:
        if (one.class_name is None) == (one.class_id is None):
            msg = "give class or class_id" + (", not both" if one.class_id is not None else "")
            raise BadField("class", msg)
        if one.class_id is not None:
            if not self._declared:
                msg = "class ids need a list of classes: --classes FILE or a,b,c, or --mapping FILE"
                raise BadField("class_id", msg, "class-unknown")
            if not self._ids_alone and one.class_id not in self.classes:
                low, high = self._range
                msg = f"{one.class_id} is not one of the {len(self.classes)} classes ({low} to {high})"
                raise BadField("class_id", msg, "class-unknown")
            return one.class_id
        name = one.class_name or ""
        if name not in self._ids:
            hint = self._suggestions.hint(name) if self._ids else "the mapping has no names"
            msg = f"{quoted(name)} is not one of the {len(self._ids)} classes; {hint}"
            raise BadField("class", msg, "class-unknown")
        return self._ids[name]


def _check_keys(line: bytes) -> None:
    """Refuse a line in which an object has a duplicate key: readers would silently keep the last value.

    Raises:
        BadField: If so.
    """
    if has_repeated_key(line):
        at = repeated_keys(line, 0)[0]
        key = json.loads(line[at : end_of_string(line, at)], strict=False)
        msg = f"duplicate key {quoted(key)}"
        raise BadField("", msg)


def _refused(error: JsonError, where: str, text: bytes) -> BadField:
    """The field and the fault of a line, or of a detection, that could not be decoded."""
    if error.problem is not None:
        return BadField(where, _syntax(error.problem, text))
    if error.misfit is None:
        return BadField(where, error.detail)
    detail = error.misfit.detail
    if error.misfit.unknown is not None:
        meant = nearest(error.misfit.unknown, error.misfit.known)
        hint = f"did you mean {quoted(meant)}?" if meant else f"there are {', '.join(error.misfit.known)}"
        detail = f"unknown field {quoted(error.misfit.unknown)}; {hint}"
    return BadField(".".join(part for part in (where, error.misfit.path) if part), detail)


def _syntax(problem: SyntaxProblem, text: bytes) -> str:
    if problem.fault is Fault.NOT_UTF8:
        return f"byte 0x{text[problem.offset]:02x} is not UTF-8"
    if problem.fault is Fault.TOO_DEEP:
        return "nested too deep"
    if problem.fault is Fault.TRUNCATED:
        return "invalid JSON: the line ends too early"
    return f"invalid JSON: {problem.fault.value} (column {line_and_column(text, problem.offset)[1]})"


def _open(request: SourceRequest) -> OpenSource:
    source = JsonLinesSource(
        request.path,
        classes=request.classes,
        ids_alone=request.ids_only,
        sizes_needed=request.needs_image_sizes,
        images_dir=request.folder(IMAGES),
        refusals=request.refusals,
    )
    return OpenSource(images=source, classes=source.classes)


FORMAT = SourceFormat(
    name="jsonl",
    summary="Write detections from JSON Lines: one image per line.",
    details="docs/formats.md describes the format.",
    open=_open,
    class_reference="either",
    options=(IMAGES,),
    has_keypoints=True,
    has_masks=True,
    has_scores=True,
    yields_paths=True,
)
