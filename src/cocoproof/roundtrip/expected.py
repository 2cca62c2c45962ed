"""The content that a file must have, computed from the detections without any code of an exporter."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cocoproof.readers.content import CategoryOf, DetectionOf, FileContent, ImageOf, plain
from cocoproof.roundtrip.image_names import common_folder, header_size, relative_name
from cocoproof.roundtrip.source_keypoints import is_key_points, with_boxes
from cocoproof.roundtrip.source_masks import masks_of, size_of_masks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cocoproof.mapping import ClassMapping
    from cocoproof.mapping.class_matching import SourceClass
    from cocoproof.readers.content import MaskOf

__all__ = ["expected_content"]

_NO_COLUMNS = frozenset({"area", "class_name", "iscrowd", "visibility", "xyxy", "xyxyxyxy", "coco_raw_segmentation"})
"""`data` columns that have a field of their own in COCO, or none of whose meaning is the detection's."""

_CORNERS = "xyxyxyxy"


def expected_content(source: object, mapping: ClassMapping, images_dir: str | os.PathLike[str] | None) -> FileContent:
    """What a file must hold that keeps all of a source.

    Args:
        source: A `supervision.DetectionDataset`, or an iterable of `(image, detections)` or `(path, array, detections)`
            that can be read twice.
        mapping: Which class becomes which category.
        images_dir: The folder that file names are relative to; None for the one that holds all of a dataset's images.

    Raises:
        TypeError: If the source has another form, or can be read only once.
    """
    classes = {row.id: row for row in mapping.classes}
    names = {category.id: category.name for category in mapping.categories}
    folder = None if images_dir is None else os.fspath(images_dir)
    if folder is None and _is_dataset(source):
        folder = common_folder(source.image_paths)  # type: ignore[attr-defined]  # looked at just now
    images = []
    notes: dict[str, None] = {}
    for given, found in _items(source):
        name, size, path = _image_of(given, folder)
        turned = False
        own = size_of_masks(found)
        if size is None and own is not None:
            size = own[1], own[0]
        if size is None:
            size, turned, trouble = header_size(path)
            if trouble:
                notes[f"image sizes: {trouble}"] = None
        detections = _detections_of(found, mapping, classes, names, own if own or size is None else (size[1], size[0]))
        metadata = plain(getattr(found, "metadata", None) or {})
        images.append(ImageOf(name, size, tuple(detections), metadata if isinstance(metadata, dict) else {}, turned))
    categories = tuple(
        CategoryOf(category.name, category.id, category.supercategory, category.keypoints, category.skeleton)
        for category in mapping.categories
    )
    return FileContent(tuple(images), categories, notes=tuple(notes))


def _is_dataset(source: object) -> bool:
    return all(hasattr(source, name) for name in ("image_paths", "annotations", "classes"))


def _items(source: Any) -> Iterator[tuple[Any, Any]]:
    """Images and detections. A dataset whose class iterates in its own way means what it gives there."""
    if _is_dataset(source) and not _gives_its_own(source):
        for path in source.image_paths:
            yield path, source.annotations[path]
        return
    if isinstance(source, (str, bytes, Mapping)) or not isinstance(source, Iterable):
        msg = f"the source is a {type(source).__name__}; expected a DetectionDataset or a list of (image, detections)"
        raise TypeError(msg)
    if isinstance(source, Iterator):
        msg = "the source is a generator or iterator, which the export has used up; give a list, or an object that iterates anew"
        raise TypeError(msg)
    for item in source:
        if not isinstance(item, (tuple, list)) or len(item) not in (2, 3):
            msg = f"an item of the source is a {type(item).__name__}; expected (image, detections) or (path, array, detections)"
            raise TypeError(msg)
        if len(item) == 2:
            yield item[0], item[1]
        else:
            yield (item[0] if item[1] is None else (item[0], item[1])), item[2]


def _gives_its_own(source: object) -> bool:
    if getattr(source, "_images_in_memory", None):
        return True
    for method in ("__iter__", "__getitem__"):
        home = next((kind.__module__ for kind in type(source).__mro__ if method in vars(kind)), "supervision")
        if home.split(".")[0] != "supervision":
            return True
    return False


def _image_of(image: Any, folder: str | None) -> tuple[str, tuple[int, int] | None, str | None]:
    """The file name, the size (width, height) if the source has it, and the path of the file whose header has it."""
    if hasattr(image, "file_name"):
        return relative_name(image.file_name, None), (int(image.width), int(image.height)), None
    if isinstance(image, tuple):
        name, extent = image
        shape = getattr(extent, "shape", None)
        size = (int(extent[0]), int(extent[1])) if shape is None else (int(shape[1]), int(shape[0]))
        return relative_name(os.fspath(name), folder), size, None
    return relative_name(os.fspath(image), folder), None, os.fspath(image)


def _detections_of(
    found: Any, mapping: ClassMapping, classes: Mapping[int, SourceClass], names: Mapping[int | None, str], size: tuple[int, int] | None
) -> list[DetectionOf]:
    """What the file must hold of one image's detections; those that the mapping drops are not among them."""
    if found is None:
        return []
    data: dict[str, Any] = dict(getattr(found, "data", None) or {})
    if is_key_points(found):
        boxes, points, scores, point_scores = with_boxes(found, data)
        masks: Sequence[MaskOf | None] = [None] * len(boxes)
    else:
        boxes = np.asarray(found.xyxy, np.float64).reshape(-1, 4)
        points, point_scores = None, None
        scores = getattr(found, "confidence", None)
        masks = masks_of(found, len(boxes), size)
    n = len(boxes)
    class_ids = getattr(found, "class_id", None)
    tracks = getattr(found, "tracker_id", None)
    corners = np.asarray(data[_CORNERS], np.float64).reshape(n, 8).tolist() if _CORNERS in data and n else None
    columns = {name: column for name, column in data.items() if name not in _NO_COLUMNS}
    out = []
    for index in range(n):
        class_id = None if class_ids is None else int(class_ids[index])
        category_id, dropped = _category_of(class_id, mapping, classes)
        if dropped:
            continue
        mask = masks[index]
        width, height = boxes[index, 2] - boxes[index, 0], boxes[index, 3] - boxes[index, 1]
        out.append(
            DetectionOf(
                place=index,
                category=names.get(category_id) if category_id is not None else None,
                category_id=category_id,
                class_id=class_id,
                box=boxes[index],
                mask=mask,
                area=float(width * height),
                crowd=int(data["iscrowd"][index]) if "iscrowd" in data else 0,
                score=None if scores is None else plain(scores[index]),
                track_id=None if tracks is None else plain(tracks[index]),
                oriented_box=None if corners is None else corners[index],
                keypoints=None if points is None else points[index].ravel().tolist(),
                keypoint_scores=None if point_scores is None else point_scores[index].tolist(),
                data={name: plain(column[index]) for name, column in columns.items()},
            )
        )
    return out


def _category_of(class_id: int | None, mapping: ClassMapping, classes: Mapping[int, SourceClass]) -> tuple[int | None, bool]:
    """The category id that a class must become, None where the mapping has none; and whether its detections are dropped."""
    row = None if class_id is None else classes.get(class_id)
    if row is None:
        nameless = mapping.classes[0].name is None
        return None, bool(class_id is not None and class_id >= 0 and nameless and mapping.unmapped == "drop")
    if row.category_id is not None:
        return row.category_id, False
    return None, row.dropped or mapping.unmapped == "drop"
