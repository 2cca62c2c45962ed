"""Small documents for the rules' examples: a sound one, and what a change makes of it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "GONE",
    "captions",
    "crowd_pose",
    "dataset",
    "dense_pose",
    "keypoint_dataset",
    "lvis",
    "panoptic",
    "results",
    "tracked",
    "video",
    "whole_body",
]

Json: TypeAlias = "dict[str, Any]"  # an example is a document as json.load gives it
Change: TypeAlias = "Mapping[str, Any] | None"

GONE = object()
"""In a change: take the key away."""

_NAMES = ("cat", "dog", "bird", "horse", "sheep")


def dataset(
    annotations: Sequence[Change] = ({},),
    *,
    images: Sequence[Change] = ({},),
    categories: Sequence[Change] = ({}, {}),
    document: Mapping[str, Any] | None = None,
) -> Json:
    """A sound instances file, with changes.

    Every row starts out sound: image k is `k.jpg` of 64 x 48 px with id k; annotation k has id k and a box of 20 x 16
    px on image 1 with a rectangle for a mask (annotation 2 and on lie a few pixels further); category k has id k.

    Args:
        annotations: One change a row; `{}` leaves the row sound, None is a row of null.
        images: The same for images.
        categories: The same for categories.
        document: Change of the top level.
    """
    return _changed(
        {
            "info": {"description": "an example"},
            "licenses": [{"id": 1, "name": "CC0", "url": ""}],
            "images": _rows(images, _image),
            "annotations": _rows(annotations, _annotation),
            "categories": _rows(categories, _category),
        },
        document or {},
    )


def keypoint_dataset(
    annotations: Sequence[Change] = ({},), *, categories: Sequence[Change] = ({},), images: Sequence[Change] = ({},)
) -> Json:
    """A sound keypoints file with three keypoints a person, with changes as for `dataset`."""

    def person(k: int) -> Json:
        return _annotation(k) | {"keypoints": [6, 7, 2, 10, 12, 1, 0, 0, 0], "num_keypoints": 2}

    def category(k: int) -> Json:
        return {
            "id": k,
            "name": _NAMES[k - 1],
            "supercategory": "animal",
            "keypoints": ["nose", "left", "right"],
            "skeleton": [[1, 2], [1, 3]],
        }

    base = dataset(images=images)
    return base | {"annotations": _rows(annotations, person), "categories": _rows(categories, category)}


def whole_body(annotations: Sequence[Change] = ({},)) -> Json:
    """A sound COCO-WholeBody file, with changes as for `dataset`: of each person the feet are annotated, face and hands are not."""
    base = keypoint_dataset(annotations=[{}] * len(annotations))
    parts = (("foot", 6), ("face", 68), ("lefthand", 21), ("righthand", 21))

    def person(k: int) -> Json:
        points = {f"{part}_kpts": ([6, 7, 2] if part == "foot" else [0, 0, 0]) * count for part, count in parts}
        row: Json = base["annotations"][k - 1]
        return row | points | {f"{part}_valid": part == "foot" for part, _ in parts}

    return base | {"annotations": _rows(annotations, person)}


def crowd_pose(annotations: Sequence[Change] = ({},), *, images: Sequence[Change] = ({},)) -> Json:
    """A sound CrowdPose file, with changes as for `dataset`."""
    base = keypoint_dataset(annotations)
    return base | {"images": _rows(images, lambda k: _image(k) | {"crowdIndex": 0.25})}


def dense_pose(annotations: Sequence[Change] = ({},)) -> Json:
    """A sound DensePose file with three points a person, with changes as for `dataset`."""
    base = keypoint_dataset(annotations=[{}] * len(annotations))
    points = {
        "dp_I": [1.0, 2.0, 24.0],
        "dp_U": [0.25, 0.5, 0.75],
        "dp_V": [0.1, 0.2, 0.3],
        "dp_x": [10.0, 20.5, 255.0],
        "dp_y": [5.0, 6.0, 7.0],
    }
    return base | {"annotations": _rows(annotations, lambda k: base["annotations"][k - 1] | points | {"dp_masks": []})}


def captions(annotations: Sequence[Change] = ({},), *, images: Sequence[Change] = ({},)) -> Json:
    """A sound captions file, with changes as for `dataset`."""
    base = dataset(images=images)
    del base["categories"]
    return base | {"annotations": _rows(annotations, lambda k: {"id": k, "image_id": 1, "caption": f"caption {k}"})}


def lvis(
    annotations: Sequence[Change] = ({},), *, categories: Sequence[Change] = ({}, {}), images: Sequence[Change] = ({},), negative: int = 2
) -> Json:
    """A sound LVIS file, with changes as for `dataset`: the counts of its categories are those of the changed annotations.

    Args:
        annotations: One change a row.
        categories: The same for categories.
        images: The same for images.
        negative: The category that every image lists as negative.
    """
    base = dataset(annotations, images=images)
    for row in base["annotations"]:
        row.pop("iscrowd", None)
    found = [(row.get("category_id"), row.get("image_id")) for row in base["annotations"]]

    def category(k: int) -> Json:
        counts = {"image_count": len({pair for pair in found if pair[0] == k}), "instance_count": sum(pair[0] == k for pair in found)}
        return _category(k) | {"synset": f"{_NAMES[k - 1]}.n.01", "frequency": "r"} | counts

    def image(k: int) -> Json:
        return _image(k) | {"neg_category_ids": [negative], "not_exhaustive_category_ids": []}

    return base | {"images": _rows(images, image), "categories": _rows(categories, category)}


def panoptic(segments: Sequence[Change] = ({}, {}), *, categories: Sequence[Change] = ({}, {}), images: Sequence[Change] = ({},)) -> Json:
    """A sound panoptic file with one annotation, with changes of its segments as for `dataset`."""
    base = dataset(images=images)
    rows = _rows(segments, lambda k: {"id": 1000 * k, "category_id": k, "area": 100 * k, "bbox": [k, k, 10, 10 * k], "iscrowd": 0})
    annotation = {"image_id": 1, "file_name": "1.png", "segments_info": rows}
    kinds = _rows(categories, lambda k: _category(k) | {"isthing": k % 2, "color": [k, k, k]})
    return base | {"annotations": [annotation], "categories": kinds}


def results(rows: Sequence[Change] = ({},)) -> list[Any]:
    """A sound results list of boxes, with changes as for `dataset`; its ground truth is `dataset()`."""
    return _rows(rows, lambda k: {"image_id": 1, "category_id": 1, "bbox": [4 + 2 * (k - 1), 5, 20, 16], "score": 0.9})


def video(
    annotations: Sequence[Change] = ({},),
    *,
    videos: Sequence[Change] = ({},),
    categories: Sequence[Change] = ({}, {}),
    document: Mapping[str, Any] | None = None,
) -> Json:
    """A sound YouTube-VIS file, with changes as for `dataset`: videos of three frames, and tracks that are not visible in the second one."""

    def film(k: int) -> Json:
        return {"id": k, "width": 64, "height": 48, "length": 3, "file_names": [f"{k}/{frame}.jpg" for frame in range(3)]}

    def track(k: int) -> Json:
        shapes = [_annotation(k), None, _annotation(k + 1)]
        lists = {
            many: [None if shape is None else shape[one] for shape in shapes]
            for one, many in (("bbox", "bboxes"), ("segmentation", "segmentations"), ("area", "areas"))
        }
        return {"id": k, "video_id": 1, "category_id": 1, "iscrowd": 0, "width": 64, "height": 48, "length": 3, **lists}

    base = dataset()
    rows = {"videos": _rows(videos, film), "annotations": _rows(annotations, track), "categories": _rows(categories, _category)}
    return _changed({"info": base["info"], "licenses": base["licenses"], **rows}, document or {})


def tracked(
    annotations: Sequence[Change] = ({}, {}),
    *,
    images: Sequence[Change] = ({}, {}),
    videos: Sequence[Change] = ({},),
    tracks: Sequence[Change] | None = ({},),
    categories: Sequence[Change] = ({}, {}),
    document: Mapping[str, Any] | None = None,
) -> Json:
    """A sound file of tracks on images as TAO has them, with changes as for `dataset`: annotation k is on image k, and all are of track 1.

    Args:
        annotations: One change a row.
        images: The same for images: frame k - 1 of video 1.
        videos: The same for videos.
        tracks: The same for tracks; None for a file without this section, as for MOTChallenge.
        categories: The same for categories.
        document: Change of the top level.
    """
    base = dataset(categories=categories)
    base["images"] = _rows(images, lambda k: _image(k) | {"video_id": 1, "frame_id": k - 1})
    base["videos"] = _rows(videos, lambda k: {"id": k, "name": f"video {k}"})
    base["annotations"] = _rows(annotations, lambda k: _annotation(k) | {"image_id": k, "track_id": 1})
    if tracks is not None:
        base["tracks"] = _rows(tracks, lambda k: {"id": k, "category_id": 1, "video_id": 1})
    return _changed(base, document or {})


def _image(k: int) -> Json:
    return {"id": k, "width": 64, "height": 48, "file_name": f"{k}.jpg", "license": 1}


def _annotation(k: int) -> Json:
    x, y = 4 + 3 * (k - 1), 5 + 2 * (k - 1)
    ring = [x, y, x + 20, y, x + 20, y + 16, x, y + 16]
    return {"id": k, "image_id": 1, "category_id": 1, "bbox": [x, y, 20, 16], "area": 320, "iscrowd": 0, "segmentation": [ring]}


def _category(k: int) -> Json:
    return {"id": k, "name": _NAMES[k - 1], "supercategory": "animal"}


def _rows(changes: Sequence[Change], sound: Any) -> list[Any]:
    return [None if change is None else _changed(sound(k), change) for k, change in enumerate(changes, 1)]


def _changed(row: Json, change: Mapping[str, Any]) -> Json:
    """A copy of a row with changes. There are thousands at import: only values that can be changed in place are copied."""
    changed = dict(row)
    for key, value in change.items():
        if value is GONE:
            changed.pop(key, None)
        else:
            changed[key] = copy.deepcopy(value) if isinstance(value, dict | list | tuple) else value
    return changed
