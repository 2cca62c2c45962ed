"""hotcoco: `COCO(file)` as ground truth of `COCOeval`, with its default parameters.

What arrives is as for pycocotools. The file is read into typed records: a value of another type anywhere in it, also in `info` and `licenses`, raises
an exception. Fields that may be missing have a default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import msgspec
import numpy as np
from msgspec import UNSET, Meta, UnsetType

from cocoproof.columns.column import ValueState, WrittenForm
from cocoproof.columns.oriented_boxes import OrientedForm
from cocoproof.columns.tables import Shape
from cocoproof.consumers.coco_evaluation import drop_unmatched
from cocoproof.consumers.coco_index import LATER_ID, NO_CATEGORY, NO_IMAGE, last_annotations
from cocoproof.consumers.consumer import Consumer
from cocoproof.consumers.loading import LoaderRaised, last_of_each
from cocoproof.json_text import REFUSALS, JsonError, convert, decode
from cocoproof.model.arrivals import LossNotice
from cocoproof.model.findings import Kind

if TYPE_CHECKING:
    from cocoproof.consumers.loading import Loading

__all__ = ["CONSUMER"]

_NO_SIZE = "are in a file whose masks cannot be evaluated: a polygon is on an image without a size"

Natural: TypeAlias = Annotated[float, Meta(ge=0)]
"""An id: an integer, or a float that is one."""

Index: TypeAlias = Annotated[int, Meta(ge=0)]
Text: TypeAlias = "str | UnsetType | None"


class _Record(msgspec.Struct, gc=False):
    """A record of hotcoco's `types.rs`. Keys that are not in it may have any value."""


class _Image(_Record, gc=False):
    id: Natural
    file_name: str | UnsetType = UNSET
    height: Natural | UnsetType = UNSET
    width: Natural | UnsetType = UNSET
    license: Natural | UnsetType | None = UNSET
    coco_url: Text = UNSET
    flickr_url: Text = UNSET
    date_captured: Text = UNSET
    neg_category_ids: list[Natural] | UnsetType = UNSET
    not_exhaustive_category_ids: list[Natural] | UnsetType = UNSET


class _Category(_Record, gc=False):
    id: Natural
    name: str | UnsetType = UNSET
    supercategory: Text = UNSET
    skeleton: list[tuple[Index, Index]] | UnsetType | None = UNSET
    keypoints: list[str] | UnsetType | None = UNSET
    frequency: Text = UNSET
    isthing: bool | float | UnsetType | None = UNSET


class _License(_Record, gc=False):
    id: Index | UnsetType = UNSET
    name: Text = UNSET
    url: Text = UNSET


class _Info(_Record, gc=False):
    year: Index | UnsetType | None = UNSET
    version: Text = UNSET
    description: Text = UNSET
    contributor: Text = UNSET
    url: Text = UNSET
    date_created: Text = UNSET


_RECORDS: tuple[tuple[str, type[_Record]], ...] = (("images", _Image), ("categories", _Category), ("licenses", _License))


def _load(loading: Loading) -> None:
    _parse(loading)
    annotations = loading.coco.annotations
    loading.drop_images(~last_of_each(loading.coco.images.id.values), LATER_ID, cause="COCO201")
    loading.drop_annotations(annotations.image_row < 0, NO_IMAGE, cause="COCO301")
    loading.drop_annotations(annotations.category_row < 0, NO_CATEGORY, cause="COCO302")
    loading.drop_annotations(~last_annotations(loading), LATER_ID, LossNotice.LOGGED, cause="COCO202")
    loading.drop_annotations(~annotations.bbox.present, "have no bbox")
    drop_unmatched(loading, no_match=np.zeros(annotations.n, bool))
    _masks(loading)


def _parse(loading: Loading) -> None:
    coco = loading.coco
    if coco.broken_sections:
        raise LoaderRaised(f"ValueError: {min(coco.broken_sections)} is not a list")
    _check_info(coco.info)
    for section, record in _RECORDS:
        decoder = msgspec.json.Decoder(list[record])  # type: ignore[valid-type]  # a type made when the program runs
        try:
            decoder.decode(coco.texts.get(section, b"[]"))
        except REFUSALS:
            raise LoaderRaised(f"ValueError: {section} do not fit: {_reason(bytes(coco.texts[section]), decoder)}") from None
    _check_annotations(loading)


def _check_info(info: Any) -> None:
    if info is None or info == []:
        return
    try:
        convert(info, _Info)
    except JsonError as error:
        raise LoaderRaised(f"ValueError: info does not fit: {error.detail}") from None


def _reason(text: bytes, decoder: msgspec.json.Decoder[list[_Record]]) -> str:
    try:
        decode(text, decoder)
    except JsonError as error:
        return error.detail
    return "another type"


def _check_annotations(loading: Loading) -> None:
    annotations = loading.coco.annotations
    for name in ("image_id", "category_id"):
        loading.raises(~getattr(annotations, name).present, "annotations", f"ValueError: missing field `{name}`")
    for name in ("id", "image_id", "category_id", "iscrowd"):
        column = getattr(annotations, name)
        loading.raises(np.equal(column.state, ValueState.BROKEN), "annotations", f"ValueError: invalid type of `{name}`")
        if name != "iscrowd":
            loading.raises(column.present & (column.values < 0), "annotations", f"ValueError: a negative `{name}`")
    loading.expects("annotations", "bbox", "area", "keypoints", "num_keypoints")
    loading.expects_masks()
    oriented = loading.coco.oriented
    if oriented is not None:
        is_obb = np.array([oriented.path(row) == ("obb",) for row in range(annotations.n)], bool)
        five = oriented.ok & np.equal(oriented.form, OrientedForm.CENTRE)
        loading.raises(is_obb & ~five, "annotations", "ValueError: an `obb` that is not five numbers")


def _masks(loading: Loading) -> None:
    annotations, images = loading.coco.annotations, loading.coco.images
    known = (annotations.image_row >= 0) & (annotations.category_row >= 0) & last_annotations(loading)
    polygons = known & np.equal(annotations.segmentation.shape, Shape.POLYGONS)
    if (loading.on_images(polygons) & ((images.width.values == 0) | (images.height.values == 0))).any():
        loading.drop_masks(np.ones(annotations.n, bool), _NO_SIZE, LossNotice.LOGGED)


CONSUMER = Consumer(
    name="hotcoco",
    package="hotcoco",
    version="1.3.0",
    loader="COCO(file), COCOeval",
    kinds=frozenset(Kind) - {Kind.UNKNOWN},
    verb="evaluates",
    load=_load,
    modelled=frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS, Kind.IMAGE_INFO}),
    refused_types=frozenset(
        (
            *((kind, form) for kind in ("image ids", "category ids", "annotation ids") for form in (WrittenForm.TEXT, WrittenForm.BOOLEAN)),
            ("annotations segmentation", WrittenForm.TEXT),
        )
    ),
    unchecked=(
        "A `score` or `is_group_of` of another type in an annotation raises `ValueError`.",
        "An annotation without `area` gets that of its mask, or of its box.",
    ),
)
