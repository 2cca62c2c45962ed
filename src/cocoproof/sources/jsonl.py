"""JSON lines: one image a line, with what was found on it. `docs/formats.md` is the format's description."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import numpy as np

from cocoproof.export.detections import OBB, RESERVED, PlainDetections
from cocoproof.export.errors import ExportError
from cocoproof.export.image_entries import ImageInfo
from cocoproof.export.mask_runs import Segmentations
from cocoproof.export.refusals import Refusals
from cocoproof.input_files.regular_file import regular_lines
from cocoproof.json_text import REFUSALS, Fault, JsonError, SyntaxProblem, decode, line_and_column
from cocoproof.model.budgets import DETECTION_BYTES
from cocoproof.model.suggestions import Suggestions, nearest, quoted
from cocoproof.reading.duplicate_keys import has_repeated_key, repeated_keys
from cocoproof.reading.locator import end_of_string
from cocoproof.sources.errors import SourceError, check_count
from cocoproof.sources.posed import PosedDetections

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence

    from cocoproof.export.inputs import ImageLike

__all__ = ["JsonLinesSource"]

_Four = tuple[float, float, float, float]
_Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class _Rle(msgspec.Struct, forbid_unknown_fields=True):
    size: tuple[int, int]
    counts: str | list[int]


class _Detection(msgspec.Struct, forbid_unknown_fields=True, rename={"class_name": "class"}):
    class_name: str | None = None
    class_id: _Int64 | None = None
    bbox: _Four | None = None
    xyxy: _Four | None = None
    score: float | None = None
    segmentation: list[list[float]] | _Rle | None = None
    iscrowd: int = 0
    track_id: _Int64 | None = None
    keypoints: list[float] | None = None
    keypoint_scores: list[float] | None = None
    obb: list[float] | None = None
    attributes: dict[str, Any] = msgspec.field(default_factory=dict)


class _Image(msgspec.Struct, forbid_unknown_fields=True):
    file_name: str
    width: int | None = None
    height: int | None = None
    detections: list[msgspec.Raw] = msgspec.field(default_factory=list)
    fields: dict[str, Any] = msgspec.field(default_factory=dict)
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)


class _Named(msgspec.Struct, rename={"class_name": "class"}):
    class_name: str | None = None


class _Names(msgspec.Struct):
    """The class names of a line alone."""

    detections: list[_Named] = msgspec.field(default_factory=list)


_IMAGE = msgspec.json.Decoder(_Image)
_DETECTION = msgspec.json.Decoder(_Detection)
_decode_names = msgspec.json.Decoder(_Names).decode


class _Wrong(ValueError):
    """A field that cannot be: its path in the detection, and what is wrong."""

    def __init__(self, path: str, detail: str, reason: str = "jsonl") -> None:
        super().__init__(f"{path}: {detail}" if path else detail)
        self.path = path
        self.detail = detail
        self.reason = reason


class JsonLinesSource:
    """A JSON-lines file as a source of `export_coco` and `export_results`.

    Args:
        path: The file; empty lines are passed over.
        classes: Class id -> name; None: the names that occur, sorted, and no detection may have a `class_id`.
        ids_alone: Whether class ids may be any whole number, since a mapping without names judges them.
        sizes_needed: Whether an image must have a width and a height, or a folder to be measured in.
        images_dir: The folder of the pictures, whose headers are asked where a line has no size.
        refusals: Takes what cannot be read.

    Attributes:
        classes: Class id -> name; empty with `ids_alone`.

    Raises:
        SourceError: If the file cannot be read, or there are no class names.
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
            msg = "this is not a regular file" if self._path.exists() else "there is no such file"
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
            msg = "no detection names a class; say --classes FILE or a,b,c"
            raise SourceError(msg, reason="classes", file=path)

    def __len__(self) -> int:
        return self._count

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        for number, line in enumerate(regular_lines(self._path), 1):
            text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            if text.strip():
                yield number, text

    def _scan(self, *, with_names: bool) -> tuple[list[str], int]:
        """The class names that occur, sorted, and how many images there are; what is wrong is told when its turn comes."""
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
            except _Wrong as wrong:
                self._refuse(number, wrong)
                continue
            found = []
            for place, raw in enumerate(image.detections):
                where = f"detections[{place}]"
                try:
                    found.append(self._judged(raw))
                except JsonError as error:
                    self._refuse(number, _refused(error, where, bytes(raw)))
                except _Wrong as wrong:
                    self._refuse(number, _Wrong(f"{where}.{wrong.path}" if wrong.path else where, wrong.detail, wrong.reason))
            try:
                detections = _columns(found, image.metadata)
            except _Wrong as wrong:
                self._refuse(number, wrong)
                continue
            yield given, detections

    def _refuse(self, line: int, wrong: _Wrong) -> None:
        self.refusals.refuse(SourceError(str(wrong), reason=wrong.reason, file=self._path, line=line))

    def _image(self, image: _Image, line: int) -> ImageLike:
        if (image.width is None) != (image.height is None):
            missing = "width" if image.width is None else "height"
            msg = "is missing; width and height stand together"
            raise _Wrong(missing, msg)
        if image.width is not None and image.height is not None:
            try:
                return ImageInfo(image.file_name, image.width, image.height, image.fields)
            except ExportError as error:
                raise _Wrong("", error.detail, error.reason) from None
        if self._images_dir is not None:
            if image.fields:
                msg = "needs width and height beside it"
                raise _Wrong("fields", msg)
            return str(self._images_dir / image.file_name)
        if self._sizes_needed:
            msg = "is missing; give width and height, or say where the pictures are: --images DIR"
            raise _Wrong("width", msg)
        del line
        return image.file_name

    def _judged(self, raw: msgspec.Raw) -> tuple[_Detection, int, _Four]:
        """A detection, its class id and its box."""
        size = len(memoryview(raw))
        if size > DETECTION_BYTES:
            msg = f"the detection has {size} bytes of text; at most {DETECTION_BYTES} are read"
            raise _Wrong("", msg)
        one = decode(bytes(raw), _DETECTION)
        _check_lengths(one)
        return one, self._class_id(one), _box(one)

    def _class_id(self, one: _Detection) -> int:
        if (one.class_name is None) == (one.class_id is None):
            msg = "give class or class_id" + (", not both" if one.class_id is not None else "")
            raise _Wrong("class", msg)
        if one.class_id is not None:
            if not self._declared:
                msg = "no list says which class this is: --classes FILE or a,b,c, or --mapping FILE"
                raise _Wrong("class_id", msg, "class-unknown")
            if not self._ids_alone and one.class_id not in self.classes:
                low, high = self._range
                msg = f"{one.class_id} is none of the {len(self.classes)} classes ({low} to {high})"
                raise _Wrong("class_id", msg, "class-unknown")
            return one.class_id
        name = one.class_name or ""
        if name not in self._ids:
            hint = self._suggestions.hint(name) if self._ids else "there are ids alone"
            msg = f"{quoted(name)} is none of the {len(self._ids)} classes; {hint}"
            raise _Wrong("class", msg, "class-unknown")
        return self._ids[name]


def _check_keys(line: bytes) -> None:
    """Refuse a line in which an object has a key twice: of the two values readers keep the last one in silence."""
    if has_repeated_key(line):
        at = repeated_keys(line, 0)[0]
        key = json.loads(line[at : end_of_string(line, at)], strict=False)
        msg = f"the key {quoted(key)} is there twice in one object"
        raise _Wrong("", msg)


def _check_lengths(one: _Detection) -> None:
    """Refuse lists that are not of the length that their meaning has, and numbers out of their domain."""
    if one.iscrowd not in (0, 1):
        msg = f"{one.iscrowd}; expected 0 or 1"
        raise _Wrong("iscrowd", msg)
    if one.obb is not None and len(one.obb) != 8:
        msg = f"{len(one.obb)} numbers; expected x, y of four corners"
        raise _Wrong("obb", msg)
    if one.keypoints is not None:
        if not one.keypoints or len(one.keypoints) % 3:
            msg = f"{len(one.keypoints)} numbers; expected x, y, v of each keypoint"
            raise _Wrong("keypoints", msg)
        wrong = next((flag for flag in one.keypoints[2::3] if flag not in (0, 1, 2)), None)
        if wrong is not None:
            msg = f"a flag v is {wrong:g}; expected 0, 1 or 2"
            raise _Wrong("keypoints", msg)
        # The exporter's own form for key points has neither.
        for name, value in (("segmentation", one.segmentation), ("track_id", one.track_id), ("obb", one.obb)):
            if value is not None:
                msg = "beside keypoints this cannot be written; put it on a line of another file"
                raise _Wrong(name, msg)
    if one.keypoint_scores is not None and len(one.keypoint_scores) * 3 != len(one.keypoints or ()):
        msg = f"{len(one.keypoint_scores)} numbers for {len(one.keypoints or ()) // 3} keypoints"
        raise _Wrong("keypoint_scores", msg)
    for name in one.attributes:
        if name in RESERVED:
            msg = "this name is the exporter's own; choose another"
            raise _Wrong(f"attributes.{name}", msg)


def _box(one: _Detection) -> _Four:
    """x1, y1, x2, y2 in pixels: as given, or the envelope of polygons, corners or labelled keypoints."""
    if one.bbox is not None and one.xyxy is not None:
        msg = "give bbox or xyxy, not both"
        raise _Wrong("xyxy", msg)
    if one.bbox is not None:
        x, y, width, height = one.bbox
        return _positive("bbox", (x, y, x + width, y + height))
    if one.xyxy is not None:
        return _positive("xyxy", one.xyxy)
    if isinstance(one.segmentation, list):
        flat = [number for ring in one.segmentation for number in ring[: len(ring) // 2 * 2]]
        points = list(zip(flat[::2], flat[1::2], strict=True))
    elif one.keypoints is not None:
        triples = zip(one.keypoints[::3], one.keypoints[1::3], one.keypoints[2::3], strict=True)
        points = [(x, y) for x, y, flag in triples if flag]
    else:
        points = list(zip((one.obb or ())[::2], (one.obb or ())[1::2], strict=True))
    if not points:
        msg = "is missing, and nothing else here says the box; give bbox or xyxy"
        raise _Wrong("bbox", msg)
    xs, ys = zip(*points, strict=True)
    return _positive("bbox", (min(xs), min(ys), max(xs), max(ys)))


def _positive(name: str, box: _Four) -> _Four:
    if not all(map(math.isfinite, box)):
        msg = "a number is beyond what a double can hold"
        raise _Wrong(name, msg, "box-not-finite")
    if box[2] <= box[0] or box[3] <= box[1]:
        msg = f"the box is {box[2] - box[0]:g} x {box[3] - box[1]:g} px; expected more than 0 both ways"
        raise _Wrong(name, msg, "box-not-positive")
    return box


def _columns(found: Sequence[tuple[_Detection, int, _Four]], metadata: Mapping[str, Any]) -> PlainDetections | PosedDetections | None:
    """The detections of a line in columns.

    Raises:
        _Wrong: Where some have a column that the others must have, too.
    """
    if not found:
        return None if not metadata else PlainDetections(np.empty((0, 4)), np.empty(0, np.int64), metadata=metadata)
    rows = [one for one, _, _ in found]
    xyxy = np.array([box for _, _, box in found])
    class_id = np.array([number for _, number, _ in found])
    score = _all_or_none(rows, "score")
    names = list(dict.fromkeys(name for one in rows for name in one.attributes))
    data: dict[str, Any] = {name: [one.attributes.get(name) for one in rows] for name in names}
    if any(one.iscrowd for one in rows):
        data["iscrowd"] = np.array([one.iscrowd for one in rows])
    if any(one.keypoints is not None for one in rows):
        return _posed(rows, xyxy, class_id, score, data, metadata)
    tracks = _all_or_none(rows, "track_id")
    corners = _all_or_none(rows, "obb")
    if corners is not None:
        data[OBB] = np.array(corners).reshape(-1, 4, 2)
    values = [msgspec.to_builtins(one.segmentation) for one in rows]
    return PlainDetections(
        xyxy=xyxy,
        class_id=class_id,
        mask=Segmentations(values) if any(value is not None for value in values) else None,
        confidence=None if score is None else np.array(score),
        tracker_id=None if tracks is None else np.array(tracks),
        data=data,
        metadata=metadata,
    )


def _posed(
    rows: Sequence[_Detection], xyxy: Any, class_id: Any, score: list[Any] | None, data: dict[str, Any], metadata: Mapping[str, Any]
) -> PosedDetections:
    """Key points in columns; a detection without them beside others with them has none labelled, as COCO has it."""
    count = max(len(one.keypoints or ()) for one in rows)
    for place, one in enumerate(rows):
        if one.keypoints is not None and len(one.keypoints) != count:
            msg = f"{len(one.keypoints) // 3} keypoints, others on this image have {count // 3}"
            raise _Wrong(f"detections[{place}].keypoints", msg)
        if one.keypoints is None and (one.segmentation is not None or one.track_id is not None or one.obb is not None):
            msg = "has segmentation, track_id or obb beside detections with keypoints; put them on a line of another file"
            raise _Wrong(f"detections[{place}]", msg)
    points = np.array([one.keypoints or [0.0] * count for one in rows]).reshape(len(rows), -1, 3)
    scores = _all_or_none(rows, "keypoint_scores")
    return PosedDetections(
        xy=points[:, :, :2],
        class_id=class_id,
        detection_confidence=None if score is None else np.array(score),
        keypoint_confidence=None if scores is None else np.array(scores),
        data={**data, "xyxy": xyxy, "visibility": points[:, :, 2]},
        metadata=metadata,
    )


def _all_or_none(rows: Sequence[_Detection], name: str) -> list[Any] | None:
    values = [getattr(one, name) for one in rows]
    there = [value is not None for value in values]
    if not any(there):
        return None
    if not all(there):
        msg = "is missing; on one image all detections have it, or none has"
        raise _Wrong(f"detections[{there.index(False)}].{name}", msg)
    return values


def _refused(error: JsonError, where: str, text: bytes) -> _Wrong:
    """The field and the fault of a line, or of a detection, that was refused."""
    if error.problem is not None:
        return _Wrong(where, _syntax(error.problem, text))
    if error.misfit is None:
        return _Wrong(where, error.detail)
    detail = error.misfit.detail
    if error.misfit.unknown is not None:
        meant = nearest(error.misfit.unknown, error.misfit.known)
        hint = f"did you mean {quoted(meant)}?" if meant else f"there are {', '.join(error.misfit.known)}"
        detail = f"unknown field {quoted(error.misfit.unknown)}; {hint}"
    return _Wrong(".".join(part for part in (where, error.misfit.path) if part), detail)


def _syntax(problem: SyntaxProblem, text: bytes) -> str:
    if problem.fault is Fault.NOT_UTF8:
        return f"byte 0x{text[problem.offset]:02x} is not UTF-8"
    if problem.fault is Fault.TOO_DEEP:
        return "nested too deep"
    if problem.fault is Fault.TRUNCATED:
        return "invalid JSON: the line ends too early"
    return f"invalid JSON: {problem.fault.value} (column {line_and_column(text, problem.offset)[1]})"
