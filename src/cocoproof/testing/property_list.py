"""All properties: their checks, the claims that they need, and the datasets on which they are tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from hypothesis import strategies as st

from cocoproof.mapping import ClassMapping
from cocoproof.testing.drawn import DrawnCase
from cocoproof.testing.properties import behaviour, content, fields, file, process, surroundings
from cocoproof.testing.strategies.datasets import cases, datasets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hypothesis.strategies import DrawFn, SearchStrategy

    from cocoproof.testing.claims import Claims
    from cocoproof.testing.drawn import DrawnDataset
    from cocoproof.testing.trial import Trial

__all__ = ["PROPERTIES", "Claim", "Property"]

Claim: TypeAlias = Literal[
    "keeps_masks",
    "keeps_order",
    "keeps_folders",
    "keeps_supercategories",
    "keeps_scores",
    "keeps_track_ids",
    "keeps_oriented_boxes",
    "keeps_data",
    "maps_classes",
    "reads_headers_only",
    "writes_one_file",
]


@dataclass(frozen=True)
class Property:
    """One property.

    Attributes:
        check: Raises `PropertyBroken` if the property fails.
        draw: Makes the small datasets that Hypothesis draws; None if it is not tried on those.
        claim: The class attribute without which it is not tried; None if it applies to every exporter.
        directed: On which directed datasets it is tried: all, a busy one, or none.
        tries: How many smaller datasets are tried to reduce a directed one that fails.
    """

    check: Callable[[Trial], None]
    draw: Callable[[Claims], SearchStrategy[DrawnCase]] | None
    claim: Claim | None = None
    directed: Literal["all", "busy", "none"] = "all"
    tries: int = 150


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
    "unmapped_class_refused": Property(behaviour.unmapped_class_refused, _with_one_class_left_out, "maps_classes", directed="none"),
    "deterministic": Property(behaviour.deterministic, _anything, directed="busy"),
    "no_clock": Property(behaviour.no_clock, _anything, directed="none"),
    "input_unchanged": Property(behaviour.input_unchanged, _anything),
    "atomic_overwrite": Property(behaviour.atomic_overwrite, _anything, directed="busy"),
    "replaced_at_once": Property(behaviour.replaced_at_once, _anything, directed="busy"),
    "nothing_left_behind": Property(surroundings.nothing_left_behind, None, "writes_one_file", directed="busy"),
    "no_side_effects": Property(surroundings.no_side_effects, None, directed="busy"),
    "images_not_decoded": Property(surroundings.images_not_decoded, None, "reads_headers_only", directed="busy"),
    "after_a_failure": Property(process.after_a_failure, None, directed="busy"),
    "at_the_same_time": Property(process.at_the_same_time, None, directed="busy", tries=40),
    "independent_of_process": Property(process.independent_of_process, None, directed="busy", tries=1),
}
"""The properties by name; `ExporterContract` has a test of each."""
