"""mmdetection: `CocoDataset` with the `filter_cfg` of its base configurations, `LoadAnnotations` and `PackDetInputs`.

Boxes are those of `configs/_base_/datasets/coco_detection.py`, masks those of `coco_instance.py`. The classes are the user's list where there is one,
as `metainfo=dict(classes=...)`, and else the 80 of COCO, as `CocoDataset.METAINFO` has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.tables import Shape
from cocoproof.consumers.coco_index import NO_CATEGORY, NO_IMAGE, index, last_annotations
from cocoproof.consumers.coco_names import COCO_CATEGORIES
from cocoproof.consumers.consumer import Consumer
from cocoproof.consumers.loading import LoaderRaised, NotModelled
from cocoproof.geometry.ragged import Ragged
from cocoproof.model.findings import Kind
from cocoproof.model.wording import cut

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.consumers.loading import Loading

__all__ = ["CONSUMER", "load_coco_dataset", "usable_polygons"]

_COCO_CLASSES = tuple(COCO_CATEGORIES.values())
"""`CocoDataset.METAINFO['classes']`"""

_LONGEST = 40
"""Characters of a name in a reason."""

_NOTHING_LEFT = "ValueError: need at least one array to concatenate, because no image is left"


def _load(loading: Loading) -> None:
    load_coco_dataset(loading, default="COCO's 80", classes=_COCO_CLASSES, min_size=32)
    crowd = loading.crowd
    loading.drop_annotations(crowd, "have iscrowd 1 (`ignored_instances`)")
    segmentation = loading.coco.annotations.segmentation
    if (segmentation.defective & loading.annotations).any():
        loading.masks_modelled = False
        return
    polygons = np.equal(segmentation.shape, Shape.POLYGONS)
    loading.drop_masks(polygons & ~usable_polygons(loading), "have no polygon of at least 3 points", cause="COCO602")


def load_coco_dataset(loading: Loading, *, default: str, classes: tuple[str, ...], min_size: int) -> None:
    """`CocoDataset.load_data_list` and `filter_data`, with `filter_empty_gt=True`.

    Args:
        loading: The file.
        default: What the classes are called where the user gives none.
        classes: These classes.
        min_size: `filter_cfg['min_size']`, in pixels.

    Raises:
        LoaderRaised: If the loader raises an exception, which it does if no image is left.
        NotModelled: If the model does not cover the file.
    """
    index(loading)
    listed = _classes(loading, classes if loading.classes is None else loading.classes)
    _refuse_shared_ids(loading)
    _parse(
        loading,
        listed,
        f"METAINFO['classes'] ({default}, unless --categories gives yours)" if loading.classes is None else "the class list",
    )
    _filter(loading, listed, min_size)


def usable_polygons(loading: Loading) -> NDArray[np.bool_]:
    """Annotations with a polygon that `LoadAnnotations` keeps, bool, shape (annotations,)."""
    segmentation = loading.coco.annotations.segmentation
    lengths = segmentation.rings.lengths
    usable = Ragged(((lengths % 2 == 0) & (lengths >= 6)).astype(np.int64), segmentation.ring_offsets)
    return np.asarray(usable.reduce(np.maximum, 0) > 0)


def _classes(loading: Loading, classes: tuple[str, ...]) -> NDArray[np.bool_]:
    """`get_cat_ids(cat_names=classes)` and `cat2label`: the categories that are classes, bool, shape (categories,)."""
    coco = loading.coco
    if not coco.has("categories"):
        raise LoaderRaised("KeyError: 'categories'")
    loading.requires("categories", "name")
    if len(np.unique(coco.categories.id.values)) < coco.categories.n:
        raise NotModelled("categories that share an id")
    names, known = coco.categories.name.values, frozenset(classes)
    listed = np.fromiter((name in known for name in names), bool, len(names))
    labels = np.where(listed, np.cumsum(listed) - 1, -1)
    loading.number_classes(labels)
    meant = [classes[label] if 0 <= label < len(classes) else None for label in labels.tolist()]
    other = listed & np.fromiter((name != own for name, own in zip(names, meant, strict=True)), bool, len(names))
    if other.any():
        first = int(np.argmax(other))
        own = meant[first]
        read = "no class" if own is None else f"class '{cut(own, _LONGEST)}'"
        loading.change_classes(
            other,
            f"'{cut(names[first], _LONGEST)}' has label {labels[first]}, which is {read} of METAINFO['classes']: labels count the categories that are in it, "
            "in the order of the file",
        )
    return listed


def _refuse_shared_ids(loading: Loading) -> None:
    annotations = loading.coco.annotations
    loading.drop_annotations(annotations.image_row < 0, NO_IMAGE, cause="COCO301")
    ids = annotations.id.values[loading.annotations]
    if len(np.unique(ids)) < len(ids):
        raise LoaderRaised("AssertionError: annotation ids are not unique")
    if (loading.annotations & ~last_annotations(loading)).any():
        raise NotModelled("annotations that share their id with one on no image")


def _parse(loading: Loading, listed: NDArray[np.bool_], source: str) -> None:
    """`parse_data_info`."""
    annotations, images = loading.coco.annotations, loading.coco.images
    loading.requires("images", "file_name", "height", "width")
    loading.expects("annotations", "ignore")
    loading.drop_annotations(annotations.ignore.ok & (annotations.ignore.values != 0), "have an `ignore` that is not 0")
    loading.requires("annotations", "bbox")
    box = annotations.bbox.floats
    size = np.stack([images.width.values, images.height.values], axis=1)[annotations.image_row] if images.n else np.zeros_like(box[:, :2])
    shared = (np.minimum(box[:, :2] + box[:, 2:], size) - box[:, :2].clip(min=0)).clip(min=0).prod(axis=1)
    loading.drop_annotations(box[:, 2:].min(axis=1) <= 0, "have a box without extent", cause="COCO501")
    loading.drop_annotations(shared == 0, "have a box of which nothing is in the image", cause="COCO503")
    loading.requires("annotations", "area")
    loading.drop_annotations(annotations.area.floats <= 0, "have an area of 0 or less", cause="COCO507")
    loading.drop_annotations(box[:, 2:].min(axis=1) < 1, "have a box narrower or lower than 1 px")
    loading.drop_annotations(annotations.category_row < 0, NO_CATEGORY, cause="COCO302")
    loading.drop_annotations(~_of_class(loading, listed), f"have a category that is not in {source}")
    loading.expects("annotations", "iscrowd")


def _filter(loading: Loading, listed: NDArray[np.bool_], min_size: int) -> None:
    """`filter_data`: it looks at the annotations as the file has them, those that were dropped included."""
    images = loading.coco.images
    every = np.ones(len(loading.annotations), bool)
    loading.drop_images(~loading.on_images(every), "have no annotations", cause="COCO305")
    loading.drop_images(~loading.on_images(_of_class(loading, listed)), "have no annotation of a class")
    small = np.minimum(images.width.values, images.height.values) < min_size
    loading.drop_annotations(small[loading.coco.annotations.image_row] if images.n else ~every, f"are on an image under {min_size} px")
    loading.drop_images(small, f"are under {min_size} px wide or high")
    if not loading.images.any():
        raise LoaderRaised(_NOTHING_LEFT)


def _of_class(loading: Loading, listed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Annotations whose category is a class, bool, shape (annotations,)."""
    rows = loading.coco.annotations.category_row
    out = rows >= 0
    out[out] = listed[rows[out]]
    return out


CONSUMER = Consumer(
    name="mmdetection",
    package="mmdet",
    version="3.3.0",
    loader="CocoDataset(filter_cfg=dict(filter_empty_gt=True, min_size=32)), LoadAnnotations, PackDetInputs",
    kinds=frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS}),
    verb="trains on",
    load=_load,
    modelled=frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.IMAGE_INFO}),
    unchecked=(
        "LVIS files, which `LVISV1Dataset` reads: what arrives of them is not modelled.",
        "The classes: without `metainfo=dict(classes=...)` they are COCO's 80. `--categories FILE` gives cocoproof the list of the configuration.",
        (
            "With masks (`coco_instance.py`) an annotation without `segmentation` raises `KeyError`, and one without a polygon of 3 points is not "
            "trained on."
        ),
    ),
)
