"""All properties: their checks, the claims that they need, and the datasets on which they are tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from cocoproof.mapping import ClassMapping
from cocoproof.testing.directed.worlds import DatasetWorlds
from cocoproof.testing.drawn import DrawnCase
from cocoproof.testing.process_list import process_properties
from cocoproof.testing.properties import content, fields, file
from cocoproof.testing.strategies.datasets import cases, datasets
from cocoproof.testing.subject import Property, Subject
from cocoproof.testing.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import DrawFn, SearchStrategy

    from cocoproof.testing.claims import Claims
    from cocoproof.testing.drawn import DrawnDataset

__all__ = ["DATASETS", "PROPERTIES"]


def _anything(claims: Claims) -> SearchStrategy[DrawnCase]:
    """Boxes and masks, with crowds and scores at times."""
    return _with(
        claims,
        datasets(
            masks=_maybe(claims.masks), crowd=_maybe(claims.crowds), track_ids=False, oriented=False, data=False, folders=claims.folders
        ),
    )


def _several_images(claims: Claims) -> SearchStrategy[DrawnCase]:
    """Two images and more with little on them, or whatever else."""
    plain = datasets(
        min_images=2,
        max_images=5,
        max_size=2,
        masks=_maybe(claims.masks),
        crowd=False,
        scores=False,
        track_ids=False,
        oriented=False,
        data=False,
        folders=claims.folders,
    )
    return st.one_of(_anything(claims), _with(claims, plain))


def _several_classes(claims: Claims) -> SearchStrategy[DrawnCase]:
    """Up to six classes with little of them, or whatever else."""
    plain = datasets(
        max_images=1,
        max_size=2,
        max_classes=6,
        masks=False,
        crowd=False,
        scores=False,
        track_ids=False,
        oriented=False,
        data=False,
        folders=False,
    )
    return st.one_of(_anything(claims), _with(claims, plain))


def _maybe(claimed: bool) -> bool | None:
    """A column that is drawn at times, or never."""
    return None if claimed else False


def _nothing(claims: Claims) -> SearchStrategy[DrawnCase]:
    return _with(claims, datasets(max_images=0))


def _empty_images(claims: Claims) -> SearchStrategy[DrawnCase]:
    return _with(claims, datasets(min_images=1, max_size=0, folders=claims.folders))


def _boxed(claims: Claims) -> SearchStrategy[DrawnCase]:
    """Boxes alone, from -1 to 2^24 + 1, and boxes that are not those of their masks."""
    alone = _of_boxes(masks=False)
    return _with(claims, st.one_of(alone, _of_boxes(masks=True)) if claims.masks else alone)


def _of_boxes(*, masks: bool) -> SearchStrategy[DrawnDataset]:
    return datasets(
        min_images=1,
        min_size=1,
        masks=masks,
        crowd=False,
        scores=False,
        track_ids=False,
        oriented=False,
        data=False,
        folders=False,
        allow_far=True,
        loose_boxes=True,
    )


def _masked(claims: Claims) -> SearchStrategy[DrawnCase]:
    """Masks on most images, often several, and crowds at times; often on two images."""
    if not claims.masks:
        return _with(claims, _of_masks(claims, masks=False))
    pairs = [_of_masks(claims, masks=masks, fewest=2) for masks in (True, True, None, None, None)]
    return _with(claims, st.one_of(_of_masks(claims, masks=None), _of_masks(claims, masks=True, most=6), *pairs))


def _of_masks(claims: Claims, *, masks: bool | None, most: int = 3, fewest: int = 1) -> SearchStrategy[DrawnDataset]:
    """At most two images, at least `fewest`, with at most `most` detections each."""
    return datasets(
        min_images=fewest,
        max_images=2,
        min_size=1,
        max_size=most,
        masks=masks,
        crowd=_maybe(claims.crowds),
        scores=False,
        track_ids=False,
        oriented=False,
        data=False,
        folders=False,
    )


def _several(claims: Claims) -> SearchStrategy[DrawnCase]:
    """Two detections and more on an image, up to nine, of up to five classes; or whatever else."""
    counts = ((2, 3, 2, 5), (1, 1, 6, 9))
    return st.one_of(_anything(claims), *(_with(claims, _of_several(claims, *count)) for count in counts))


def _of_several(claims: Claims, min_images: int, max_images: int, fewest: int, most: int) -> SearchStrategy[DrawnDataset]:
    """So many images with at least `fewest` detections each, and at most `most`."""
    return datasets(
        min_images=min_images,
        max_images=max_images,
        min_size=fewest,
        max_size=most,
        max_classes=5,
        masks=_maybe(claims.masks),
        crowd=_maybe(claims.crowds),
        scores=True,
        track_ids=False,
        oriented=False,
        data=False,
        folders=False,
    )


def _with_columns(claims: Claims) -> SearchStrategy[DrawnCase]:
    """Every column that there is."""
    plain = datasets(
        min_images=1,
        max_images=2,
        min_size=1,
        masks=_maybe(claims.masks),
        crowd=_maybe(claims.crowds),
        folders=False,
        scores=True,
        track_ids=True,
        oriented=True,
        data=True,
    )
    return _with(claims, plain)


def _with(claims: Claims, drawn: SearchStrategy[DrawnDataset]) -> SearchStrategy[DrawnCase]:
    first = claims.first_category_id
    return cases(dataset=drawn, identity=not claims.mapped, start=first, allow_gaps=first is None)


def _with_one_class_left_out(claims: Claims) -> SearchStrategy[DrawnCase]:
    return _one_left_out(claims)


@st.composite
def _one_left_out(draw: DrawFn, claims: Claims) -> DrawnCase:
    plain = datasets(
        min_images=1,
        min_size=1,
        max_size=2,
        masks=_maybe(claims.masks),
        crowd=_maybe(claims.crowds),
        track_ids=False,
        oriented=False,
        data=False,
        folders=False,
    )
    drawn = draw(plain)
    missing = drawn.classes[drawn.images[0].class_id[0]]
    # The name of the replacement category may be a class's, if it is not the missing one's.
    target = [name for name in drawn.classes if name != missing] or ["1" if missing == "0" else "0"]
    first = claims.first_category_id
    return DrawnCase(drawn, ClassMapping.from_names(drawn.classes, target, start=1 if first is None else first))


PROPERTIES: Mapping[str, Property] = {
    "schema_valid": Property(file.schema_valid, _anything),
    "verifier_clean": Property(file.verifier_clean, _anything),
    "annotation_ids": Property(file.annotation_ids, _several),
    "image_ids": Property(file.image_ids, _several_images),
    "self_evaluation": Property(file.self_evaluation, _anything),
    "whole_numbers": Property(fields.whole_numbers, _anything),
    "further_fields": Property(fields.further_fields, _anything),
    "categories_complete": Property(content.categories_complete, _several_classes),
    "categories_in_order": Property(content.categories_in_order, _several_classes),
    "category_ids": Property(content.category_ids, _several_classes),
    "supercategories": Property(content.supercategories, _several_classes, "keeps_supercategories"),
    "images_complete": Property(content.images_complete, _several_images),
    "images_in_order": Property(content.images_in_order, _several_images, "keeps_order"),
    "image_sizes": Property(content.image_sizes, _several_images),
    "file_names": Property(content.file_names, _several_images),
    "detections_complete": Property(content.detections_complete, _several),
    "detections_in_order": Property(content.detections_in_order, _several, "keeps_order"),
    "classes_through_mapping": Property(content.classes_through_mapping, _several),
    "boxes": Property(content.boxes, _boxed),
    "masks": Property(content.masks, _masked, "keeps_masks"),
    "segmentations_readable": Property(content.segmentations_readable, _masked),
    "areas": Property(content.areas, _masked),
    "crowd_flags": Property(content.crowd_flags, _masked),
    "scores": Property(content.scores, _with_columns, "keeps_scores"),
    "track_ids": Property(content.track_ids, _with_columns, "keeps_track_ids"),
    "oriented_boxes": Property(content.oriented_boxes, _with_columns, "keeps_oriented_boxes"),
    "data_columns": Property(content.data_columns, _with_columns, "keeps_data"),
    "empty_dataset": Property(content.empty_dataset, _nothing, directed="none"),
    "empty_image": Property(content.empty_image, _empty_images, directed="none"),
    **process_properties(_anything, _with_one_class_left_out),
}
"""The properties by name; `ExporterContract` has a test of each."""

DATASETS = Subject(PROPERTIES, DatasetWorlds(), Trial)
"""What `ExporterContract` is about."""
