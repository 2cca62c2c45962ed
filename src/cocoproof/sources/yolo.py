"""YOLO datasets: images with label files of boxes, polygons, poses or oriented boxes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.export.detections import OBB, PlainDetections
from cocoproof.export.errors import ExportError
from cocoproof.export.image_entries import ImageInfo, file_name_of, header_size
from cocoproof.export.mask_runs import Segmentations
from cocoproof.export.refusals import Refusals
from cocoproof.model.budgets import KEYPOINT_NAMES
from cocoproof.sources.errors import SourceError, check_count
from cocoproof.sources.image_folder import read_text, text_lines
from cocoproof.sources.posed import PosedDetections
from cocoproof.sources.protocol import IMAGES, ORIENTATION, SPLIT, OpenSource, OptionError, SourceFormat, SourceOption, SourceRequest
from cocoproof.sources.yolo_layout import DataYaml, find_classes, find_layout, read_data_yaml
from cocoproof.sources.yolo_rows import BadRow, RowForm, read_row

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sized

    from cocoproof.export.image_entries import Orientation
    from cocoproof.sources.yolo_layout import Layout
    from cocoproof.sources.yolo_rows import Task, YoloRow

__all__ = ["FORMAT", "YoloSource"]


class YoloSource:
    """A YOLO dataset as a source of `export_coco` and `export_results`.

    Boxes are the rows' fractions times the size of the image. Polygons are written vertex by vertex, not through a mask,
    as x * W, y * H in float64; `area` is the number of pixels that pycocotools counts in the polygon, the box its envelope.
    Oriented boxes are written under the key `obb`; the box is their envelope. An image without a label file has no annotations.

    Args:
        path: The dataset's folder, or its data.yaml.
        classes: Class id -> name, if the folder does not have them, or to override them.
        split: `train`, `val` or `test` of data.yaml; None for all images below the folder.
        task: The form of the rows; see `RowForm`.
        keypoints: How many keypoints a pose has and how many columns each; by default `kpt_shape` of data.yaml.
        track_ids: Whether each row ends with a score and a track id.
        point_scores: Whether the third column of a keypoint is its score.
        segment_boxes: Whether the corners of oriented boxes are written as polygons, too.
        images_dir: The folder that file names are relative to; by default `images` in the folder if it contains all images,
            or the folder.
        orientation: As for `export_coco`.
        refusals: Collects what cannot be read.

    Attributes:
        classes: Class id -> name.
        declared: The class names of the folder itself; None if it has none.
        keypoint_names: The names of the keypoints: those of data.yaml, or their numbers; None without keypoints.
        root: The folder that file names are relative to.

    Raises:
        SourceError: If class names or images are missing.
        MissingExtra: If PyYAML is needed for data.yaml and is not installed.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        classes: Mapping[int, str] | None = None,
        split: str | None = None,
        task: Task = "auto",
        keypoints: tuple[int, int] | None = None,
        track_ids: bool = False,
        point_scores: bool = False,
        segment_boxes: bool = False,
        images_dir: str | os.PathLike[str] | None = None,
        orientation: Orientation = "stored",
        refusals: Refusals | None = None,
    ) -> None:
        place = Path(path)
        self.refusals = refusals or Refusals()
        self._orientation: Orientation = orientation
        self._segment_boxes = segment_boxes
        if place.is_file():
            found: DataYaml | dict[int, str] | None = read_data_yaml(place)
        elif place.is_dir():
            try:
                found = find_classes(place)
            except ImportError:  # PyYAML; it is not needed if the names are given
                if classes is None or split is not None:
                    raise
                found = None
        else:
            msg = "no such folder"
            raise SourceError(msg, reason="no-image", file=place)
        data = found if isinstance(found, DataYaml) else None
        folder = data.root if data is not None and place.is_file() else place
        own = found.classes if isinstance(found, DataYaml) else found
        self.declared = None if own is None else dict(own)
        # Given names replace those of the folder, but not its splits and keypoints.
        classes = self.declared if classes is None else classes
        if not classes:
            msg = "no class names: there is neither data.yaml nor classes.txt; pass --classes FILE or a,b,c"
            raise SourceError(msg, reason="classes", file=place)
        self.classes = dict(classes)
        self._range = min(self.classes), max(self.classes)
        shape = keypoints or (data.keypoints if data is not None else None)
        if task == "pose" and shape is None:
            msg = "poses need the number of keypoints: kpt_shape in data.yaml, or --keypoints"
            raise SourceError(msg, reason="classes", file=place)
        shape = shape if task in ("auto", "pose") else None
        if shape is not None and track_ids:
            msg = "track ids of poses cannot be read"
            raise SourceError(msg, reason="classes", file=place)
        self._form = RowForm(task, shape, track_ids, point_scores)
        self._layout = find_layout(folder, data, split)
        _check_shape(shape, self.classes, self._layout, place if data is None else data.path)
        self.keypoint_names = _keypoint_names(shape, data)
        self.root = Path(images_dir) if images_dir is not None else self._layout.root

    def __len__(self) -> int:
        return len(self._layout.pairs)

    def __iter__(self) -> Iterator[tuple[ImageInfo, PlainDetections | PosedDetections | None]]:
        refuse = self.refusals.refuse
        for orphan in self._layout.orphans:
            msg = "this label file has no image"
            refuse(SourceError(msg, reason="label-without-image", file=orphan))
        for path, label in self._layout.pairs:
            try:
                size = header_size(path, self._orientation)
                image = ImageInfo(file_name_of(path, str(self.root)), *size)
                text = "" if label is None else read_text(label)
                if label is not None:
                    check_count(text.count("\n"), label)
            except ExportError as error:
                refuse(error)
                continue
            if label is None:
                self.refusals.notes["images without a label file, written without annotations"] += 1
                yield image, None
                continue
            yield image, self._columns(self._rows(text, label, size))

    def _rows(self, text: str, label: Path, size: tuple[int, int]) -> list[YoloRow]:
        rows: list[YoloRow] = []
        for number, line in enumerate(text_lines(text), 1):
            if not line.strip(" \t"):
                continue
            try:
                row = read_row(line, self._form, size)
                if row.class_id not in self.classes:
                    low, high = self._range
                    msg = f"class {row.class_id} is not one of the {len(self.classes)} classes ({low} to {high})"
                    raise BadRow(msg, "class-unknown")
                if rows and (row.score is None) != (rows[0].score is None):
                    has, have = ("has no score", "have one") if row.score is None else ("has a score", "have none")
                    msg = f"the row {has}, those before it {have}"
                    raise BadRow(msg)
            except BadRow as bad:
                self.refusals.refuse(SourceError(str(bad), reason=bad.reason, file=label, line=number))
            else:
                rows.append(row)
        return rows

    def _columns(self, rows: list[YoloRow]) -> PlainDetections | PosedDetections | None:
        if not rows:
            return None
        xyxy = np.array([row.xyxy for row in rows])
        class_id = np.array([row.class_id for row in rows])
        score = np.array([row.score for row in rows]) if rows[0].score is not None else None
        if rows[0].points is not None:
            has_scores = rows[0].point_scores is not None
            return PosedDetections(
                xy=np.array([row.points for row in rows]),
                class_id=class_id,
                detection_confidence=score,
                keypoint_confidence=np.array([row.point_scores for row in rows]) if has_scores else None,
                data={"xyxy": xyxy, "visibility": np.array([row.flags for row in rows])},
            )
        polygons = [row.polygon or (row.obb if self._segment_boxes else None) for row in rows]
        return PlainDetections(
            xyxy=xyxy,
            class_id=class_id,
            mask=Segmentations([None if ring is None else [ring] for ring in polygons]) if any(polygons) else None,
            confidence=score,
            tracker_id=np.array([row.track_id for row in rows]) if self._form.track_ids else None,
            data={OBB: np.array([row.obb for row in rows]).reshape(-1, 4, 2)} if rows[0].obb is not None else {},
        )


_USUAL_COLUMNS = 1000
"""Up to so many columns of keypoints, the label files are not checked beforehand: COCO-WholeBody has 399."""


def _check_shape(shape: tuple[int, int] | None, classes: Sized, layout: Layout, file: Path) -> None:
    """Refuse a number of keypoints that no label file can contain, before memory is allocated for it.

    Raises:
        SourceError: If so, or if the categories would have too many keypoint names.
    """
    if shape is None:
        return
    number, columns = shape
    if number * columns > _USUAL_COLUMNS:
        longest = max((label.stat().st_size for _, label in layout.pairs if label is not None and label.is_file()), default=0)
        if longest < 2 * number * columns:  # a digit and a space each
            msg = (
                f"there are {number} keypoints of {columns} columns each (kpt_shape), but no label file is long enough for one such row: "
                f"the longest has {longest} bytes"
            )
            raise SourceError(msg, reason="classes", file=file)
    if number * len(classes) > KEYPOINT_NAMES:
        msg = f"{len(classes)} classes with {number} keypoints each have more than {KEYPOINT_NAMES} names of keypoints"
        raise SourceError(msg, reason="classes", file=file)


def _keypoint_names(shape: tuple[int, int] | None, data: DataYaml | None) -> tuple[str, ...] | None:
    if shape is None:
        return None
    if data is not None and data.keypoint_names is not None and len(data.keypoint_names) == shape[0]:
        return data.keypoint_names
    return tuple(str(number) for number in range(1, shape[0] + 1))


_ROWS = SourceOption(
    name="rows",
    choices=("auto", "detect", "segment", "pose", "obb"),
    default="auto",
    help="The rows of the label files. Nine columns are a polygon, with obb an oriented box.",
)
_TRACK_IDS = SourceOption(name="track-ids", is_flag=True, help="Each row ends with a score and a track id.")
_KPT_SHAPE = SourceOption(
    name="kpt-shape", metavar="K,D", help="Keypoints per pose and columns per keypoint (2 or 3), if data.yaml does not give them."
)
_KEYPOINT_SCORES = SourceOption(
    name="keypoint-scores",
    is_flag=True,
    help="The third column of a keypoint is its score, as in predictions, not its visibility.",
)


def _open(request: SourceRequest) -> OpenSource:
    tasks: dict[str | None, Task] = {"detect": "detect", "segment": "segment", "pose": "pose", "obb": "obb"}
    source = YoloSource(
        request.path,
        classes=request.classes,
        split=request.text(SPLIT),
        task=tasks.get(request.text(_ROWS), "auto"),
        keypoints=_kpt_shape(request.text(_KPT_SHAPE)),
        track_ids=request.flag(_TRACK_IDS),
        point_scores=request.flag(_KEYPOINT_SCORES),
        segment_boxes=request.segment_boxes,
        images_dir=request.folder(IMAGES),
        orientation=request.orientation(),
        refusals=request.refusals,
    )
    names = source.keypoint_names
    return OpenSource(
        images=source,
        classes=source.classes,
        declared_classes=source.declared,
        keypoint_names=names,
        keypoints_are_numbered=names is not None and names[0] == "1",
    )


def _kpt_shape(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    parts = text.replace("x", ",").split(",")
    if len(parts) == 2 and parts[0].isdecimal() and int(parts[0]) and parts[1] in ("2", "3"):
        return int(parts[0]), int(parts[1])
    msg = f"--kpt-shape takes K,D: the number of keypoints, and 2 or 3 columns each, such as 17,3; not {text!r}"
    raise OptionError(msg)


FORMAT = SourceFormat(
    name="yolo",
    summary="Write a YOLO dataset: boxes, polygons, poses or oriented boxes.",
    details="SOURCE is its folder, or its data.yaml. Class names are those of data.yaml or classes.txt.",
    open=_open,
    class_reference="id",
    options=(_ROWS, SPLIT, _TRACK_IDS, _KPT_SHAPE, _KEYPOINT_SCORES, IMAGES, ORIENTATION),
    has_keypoints=True,
    has_masks=True,
    has_scores=True,
)
