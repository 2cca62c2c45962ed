"""mmrotate: mmdetection's `CocoDataset` with `ConvertMask2BoxType`, as `configs/_base_/datasets/dota_coco.py` sets them.

`DOTADataset` reads text files. The rotated box of an annotation is made from its polygons, and `bbox` only decides whether it is dropped. The classes
are the user's list where there is one, and else the 15 of DOTA 1.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.tables import Shape
from cocoproof.consumers.consumer import Consumer
from cocoproof.consumers.loading import NotModelled
from cocoproof.consumers.mmdetection import load_coco_dataset, usable_polygons
from cocoproof.model.findings import Kind

if TYPE_CHECKING:
    from cocoproof.consumers.loading import Loading

__all__ = ["CONSUMER"]

_DOTA_CLASSES = (
    "plane",
    "baseball-diamond",
    "bridge",
    "ground-track-field",
    "small-vehicle",
    "large-vehicle",
    "ship",
    "tennis-court",
    "basketball-court",
    "storage-tank",
    "soccer-ball-field",
    "roundabout",
    "harbor",
    "swimming-pool",
    "helicopter",
)
"""`metainfo['classes']` of `dota_coco.py`"""


def _load(loading: Loading) -> None:
    load_coco_dataset(loading, default="DOTA's 15", classes=_DOTA_CLASSES, min_size=0)
    segmentation = loading.coco.annotations.segmentation
    loading.expects_masks()
    loading.raises(np.isin(segmentation.shape, (Shape.ABSENT, Shape.EMPTY)), "annotations", "KeyError: 'mask'")
    loading.raises(segmentation.is_rle, "annotations", "KeyError: 0, because a mask is an RLE")
    lengths = np.append(segmentation.rings.lengths, 0)
    first = lengths[segmentation.ring_offsets[:-1]]
    loading.raises(first % 2 != 0, "annotations", "ValueError: a first polygon has an odd number of coordinates")
    polygons = np.equal(segmentation.shape, Shape.POLYGONS)
    if (polygons & (first == 0) & loading.annotations).any():
        raise NotModelled("annotations whose first polygon has no points")
    loading.drop_annotations(~usable_polygons(loading), "have no polygon of at least 3 points", cause="COCO602")
    loading.drop_annotations(loading.crowd, "have iscrowd 1 (`ignored_instances`)")


CONSUMER = Consumer(
    name="mmrotate",
    package="mmrotate",
    version="1.0.0rc1",
    loader="mmdet.CocoDataset(filter_cfg=dict(filter_empty_gt=True)), LoadAnnotations(poly2mask=False), ConvertMask2BoxType",
    kinds=frozenset({Kind.INSTANCES, Kind.KEYPOINTS}),
    verb="trains on",
    load=_load,
    modelled=frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.IMAGE_INFO}),
    unchecked=(
        "The classes: `dota_coco.py` has the 15 of DOTA 1.0. `--categories FILE` gives cocoproof the list of the configuration.",
        "`DOTADataset` reads text files, not COCO.",
        "The rotated box is that of all polygons of an annotation together.",
    ),
)
