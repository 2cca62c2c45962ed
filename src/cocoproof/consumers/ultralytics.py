"""ultralytics: `convert_coco` with its default settings, and `verify_image_label` on what it writes.

The defaults are `use_segments=False` and `cls91to80=True`. `data.yaml` is taken to name the file's categories in the order of their ids, or
COCO's 80 if all categories are COCO's.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from cocoproof.columns.column import WrittenForm
from cocoproof.consumers.coco_names import COCO_CATEGORIES
from cocoproof.consumers.consumer import Consumer
from cocoproof.consumers.loading import LoaderRaised, NotModelled, last_of_each
from cocoproof.model.arrivals import LossNotice
from cocoproof.model.findings import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.consumers.loading import Loading

__all__ = ["CONSUMER"]

_IDS = 91
_LEAST_SIDE = 10
_NO_CLASS = -1
_MAX_COORDINATE = 1.01
_MIN_VALUE = -0.01

_TO_80 = np.full(_IDS, _NO_CLASS, np.int64)
_TO_80[np.array(list(COCO_CATEGORIES)) - 1] = np.arange(len(COCO_CATEGORIES))

_CHANGED = "convert_coco renumbers the ids of COCO's 91 to 80 classes unless cls91to80=False is given, so that the class is not the category's position"


def _load(loading: Loading) -> None:
    coco = loading.coco
    _group(loading)
    loading.expects("annotations", "iscrowd")
    loading.drop_annotations(loading.crowd, "have iscrowd 1")
    loading.requires("annotations", "bbox")
    box = _normalised(loading)
    loading.drop_annotations(np.any(box[:, 2:] <= 0, axis=1), "have a box without extent", cause="COCO501")
    loading.requires("annotations", "category_id")
    loading.raises(loading.has_point("annotations", "category_id"), "annotations", "TypeError: a category_id is a float")
    if (loading.annotations & (coco.annotations.category_row < 0)).any():
        raise NotModelled("annotations of no category of the file, whose ids become classes all the same")
    _number(loading)
    classes, many = coco.annotations.category_row, _number_of_classes(loading)
    loading.drop_masks(np.ones(coco.annotations.n, bool), "are not read unless use_segments=True")
    labels = np.zeros(len(classes), np.int64) if loading.labels is None else loading.labels[classes]
    rows = _texts(np.column_stack([labels, box]), loading)
    _drop_equal(loading, rows)
    _verify(loading, rows, many)


def _group(loading: Loading) -> None:
    """Annotations by image; one label file for each image that has any."""
    images, annotations = loading.coco.images, loading.coco.annotations
    if not loading.coco.has("images") or not loading.coco.has("annotations"):
        raise LoaderRaised("KeyError: 'images' or 'annotations'")
    loading.requires("images", "id")
    loading.requires("annotations", "image_id")
    for table, field in (("images", "id"), ("annotations", "image_id")):
        loading.raises(loading.has_point(table, field), table, "ValueError: an id is a float")
    loading.raises(annotations.image_row < 0, "annotations", "KeyError: an image_id is not the id of an image")
    used = loading.on_images(np.ones(annotations.n, bool))
    loading.requires("images", "height", "width", "file_name", rows=used)
    if not images.file_name.ok.all():
        raise NotModelled("images without a file_name")
    stems = [_stem(name) for name in images.file_name.values]
    shared = len(stems) - len(set(stems))
    if shared:
        raise NotModelled("images whose names differ in the ending alone, or not at all, share a label file")


def _stem(name: str) -> str:
    path = PurePosixPath(name)
    if not path.name or path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name:
        raise NotModelled("a file_name that leads out of the folder of the labels")
    return path.with_suffix("").as_posix()


def _normalised(loading: Loading) -> NDArray[np.float64]:
    """Centre and size of each box in fractions of its image, float64, shape (n, 4)."""
    annotations, images = loading.coco.annotations, loading.coco.images
    box = annotations.bbox.floats.copy()
    if not images.n:
        return box
    size = np.column_stack([images.width.values, images.height.values])[annotations.image_row].astype(np.float64)
    box[:, :2] += box[:, 2:] / 2
    return box / np.tile(size, 2)


def _number(loading: Loading) -> None:
    """The number of each category as a class, for those with annotations that are left."""
    categories, annotations = loading.coco.categories, loading.coco.annotations
    used = np.zeros(categories.n, bool)
    used[annotations.category_row[loading.annotations]] = True
    ids = categories.id.values
    _require(~(used & ((ids > _IDS) | (ids < 1 - _IDS))), ids, "IndexError", "91")
    labels = np.where((ids <= _IDS) & (ids >= 1 - _IDS), _TO_80[np.clip(ids - 1, -_IDS, _IDS - 1)], _NO_CLASS)
    _require(~(used & (labels == _NO_CLASS)), ids, "TypeError", "80")
    loading.number_classes(labels)
    if not _is_coco(loading):
        # A category 0 without annotations, such as the first of Roboflow's exports, need not be among the names.
        kept = last_of_each(ids) & (used | (ids != 0))
        order = np.searchsorted(np.sort(ids[kept]), ids)
        loading.change_classes(kept & (labels != order) & (labels != _NO_CLASS), _CHANGED)


def _require(known: NDArray[np.bool_], ids: NDArray[Any], error: str, many: str) -> None:
    """Every category has an id of COCO's, or `convert_coco` raises an exception."""
    if not known.all():
        row = int(np.argmin(known))
        message = f"{error}: category id {int(ids[row])} is none of COCO's {many} (cls91to80=False takes any id)"
        raise LoaderRaised(message, ("categories", row))


def _is_coco(loading: Loading) -> bool:
    categories = loading.coco.categories
    pairs = zip(categories.id.values.tolist(), categories.name.values, strict=True)
    return all(COCO_CATEGORIES.get(number) == name for number, name in pairs)


def _number_of_classes(loading: Loading) -> int:
    return len(COCO_CATEGORIES) if _is_coco(loading) else len(np.unique(loading.coco.categories.id.values))


def _texts(rows: NDArray[np.float64], loading: Loading) -> NDArray[np.float32]:
    """The rows as training reads them: written with six digits (`%g`), read as float32; shape (n, 5)."""
    out = rows.astype(np.float32)
    left = np.flatnonzero(loading.annotations & _needs_digits(rows, loading))
    if len(left):
        out[left] = np.char.mod("%g", rows[left]).astype(np.float64).astype(np.float32)
    return out


def _needs_digits(rows: NDArray[np.float64], loading: Loading) -> NDArray[np.bool_]:
    """Rows for which six digits matter: near a limit of `verify_image_label`, or near another row of the same image and class; bool, shape (n,)."""
    near = np.zeros(len(rows), bool)
    for limit in (_MAX_COORDINATE, _MIN_VALUE, 0.0):
        near |= (np.abs(rows[:, 1:] - limit) < 1e-4).any(axis=1)
    left = np.flatnonzero(loading.annotations)
    order = left[np.lexsort((rows[left, 1], rows[left, 0], loading.coco.annotations.image_row[left]))]
    image = loading.coco.annotations.image_row[order]
    same = (
        (np.diff(image) == 0)
        & (np.diff(rows[order, 0]) == 0)
        & (np.abs(np.diff(rows[order, 1])) <= 1e-5 * (1 + np.abs(rows[order[1:], 1])))
    )
    near[order[1:][same]] = True
    near[order[:-1][same]] = True
    return near


def _drop_equal(loading: Loading, rows: NDArray[np.float32]) -> None:
    """Equal rows of one image are one: those equal in full are written once, those equal in six digits are removed with a message."""
    annotations = loading.coco.annotations
    left = np.flatnonzero(loading.annotations)
    keys = np.column_stack([annotations.image_row[left].astype(np.float64), rows[left].astype(np.float64)])
    _, first = np.unique(keys, axis=0, return_index=True)
    equal = loading.annotations.copy()
    equal[left[first]] = False
    loading.drop_annotations(equal, "have the class and box of another one of their image", cause="COCO206")


def _verify(loading: Loading, rows: NDArray[np.float32], many: int) -> None:
    """`verify_image_label`: an image with a label that it does not accept is left out, with all its labels."""
    image_row, images = loading.coco.annotations.image_row, loading.coco.images
    small = (images.width.ok & (images.width.values < _LEAST_SIDE)) | (images.height.ok & (images.height.values < _LEAST_SIDE))
    of_small = small[image_row] if len(small) else np.zeros(len(image_row), bool)
    loading.drop_annotations(of_small, "are on an image under 10 px wide or high, which training rejects", LossNotice.LOGGED)
    loading.drop_images(small, "are under 10 px wide or high, which training rejects", LossNotice.LOGGED)
    coordinates, least, sizes = (
        rows[:, 1:].max(axis=1, initial=-np.inf),
        rows.min(axis=1, initial=np.inf),
        rows[:, 3:5].min(axis=1, initial=np.inf),
    )
    tests = (
        (~(coordinates <= np.float32(_MAX_COORDINATE)), "a box that leaves the image by more than 1%"),
        (~((least >= 0) | ((least >= np.float32(_MIN_VALUE)) & (sizes >= 0))), "a box that begins outside the image"),
        (rows[:, 0] >= many, "a class that data.yaml does not name"),
    )
    for wrong, what in tests:
        rejected = loading.on_images(loading.annotations & wrong) & loading.images
        on_rejected = rejected[image_row] if len(rejected) else np.zeros(len(image_row), bool)
        loading.drop_annotations(on_rejected, f"are on an image with {what}, which training rejects", LossNotice.LOGGED)
        loading.drop_images(rejected, f"have a label with {what}", LossNotice.LOGGED)


CONSUMER = Consumer(
    name="ultralytics",
    package="ultralytics",
    version="8.4.190",
    loader="convert_coco, verify_image_label",
    refused_types=frozenset(
        {
            ("image ids", WrittenForm.TEXT),
            ("image ids", WrittenForm.FLOAT),
            ("category ids", WrittenForm.TEXT),
        }
    ),
    kinds=frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS}),
    verb="trains on",
    load=_load,
    modelled=frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS, Kind.IMAGE_INFO}),
    unchecked=(
        "Two images whose names differ in the ending alone (`1.jpg`, `1.png`) share one label file, and so their annotations.",
        "The severities below are for `convert_coco(..., cls91to80=False)`, as own data need it. What arrives (COCO111, COCO112) is for the default, `cls91to80=True`, which raises `TypeError` for ids that COCO's 91 leave out (0, 12, ...), and `IndexError` above 91.",
        "With `cls91to80=True` COCO's own ids are right, including the gaps: `--ignore COCO404` for them.",
    ),
)
