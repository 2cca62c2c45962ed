"""All properties of lists of results, with the predictions on which they are tried.

Oriented boxes in results (`obb`) would be a claim of `ResultsContract`, a property here, and a column of the predictions below.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from cocoproof.mapping import ClassMapping
from cocoproof.testing.directed.results_worlds import ResultsWorlds
from cocoproof.testing.drawn import DrawnCase
from cocoproof.testing.drawn_results import DrawnPredictions, DrawnTruth
from cocoproof.testing.process_list import process_properties
from cocoproof.testing.properties import results
from cocoproof.testing.results_trial import ResultsTrial
from cocoproof.testing.strategies.datasets import cases, datasets
from cocoproof.testing.strategies.poses import posed, poses
from cocoproof.testing.subject import Property, Subject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import SearchStrategy

    from cocoproof.testing.claims import Claims

__all__ = ["RESULTS"]

_IMAGE_IDS = ("ascending", "zero", "gaps", "shuffled", "descending", "stems", "2^31")
_CATEGORY_IDS = ("ascending", "zero", "gaps", "shuffled", "descending", "2^31")


def _anything(claims: Claims) -> SearchStrategy[DrawnCase]:
    """Up to three images."""
    return _predictions(claims, (1, 3), (0, 3))


def _several_images(claims: Claims) -> SearchStrategy[DrawnCase]:
    return _predictions(claims, (2, 5), (1, 2))


def _several(claims: Claims) -> SearchStrategy[DrawnCase]:
    """Two detections and more on an image, of up to five classes."""
    return st.one_of(_predictions(claims, (2, 3), (2, 5), classes=5), _predictions(claims, (1, 1), (6, 9), classes=5))


def _boxed(claims: Claims) -> SearchStrategy[DrawnCase]:
    """Boxes from -1 to 2^24 + 1."""
    return _predictions(claims, (1, 3), (1, 3), far=True)


def _masked(claims: Claims) -> SearchStrategy[DrawnCase]:
    return _predictions(claims, (1, 2), (1, 4), masks=claims.masks)


def _nothing(claims: Claims) -> SearchStrategy[DrawnCase]:
    return _predictions(claims, (0, 2), (0, 0))


def _unmapped(claims: Claims) -> SearchStrategy[DrawnCase]:
    """One class has no category."""

    def left_out(case: DrawnPredictions) -> DrawnPredictions:
        names = case.dataset.classes
        missing = case.dataset.images[0].class_id[0]
        first = 1 if claims.first_category_id is None else claims.first_category_id
        target = [name for k, name in enumerate(names) if k != missing] or ["1" if names[missing] == "0" else "0"]
        mapping = DrawnCase(case.dataset, ClassMapping.from_names(names, target, start=first))
        if claims.points:
            like = case.mapping.categories[0]
            mapping = posed(mapping, list(like.keypoints or ("a",)), ())
        return DrawnPredictions(case.dataset, mapping.mapping, DrawnTruth())

    return _predictions(claims, (1, 3), (1, 2)).map(left_out)


def _without_image(claims: Claims) -> SearchStrategy[DrawnCase]:
    return _lacking(claims, "image")


def _without_category(claims: Claims) -> SearchStrategy[DrawnCase]:
    return _lacking(claims, "category")


def _lacking(claims: Claims, what: str) -> SearchStrategy[DrawnCase]:
    """The ground truth lacks something that a detection needs."""

    def kept(case: DrawnPredictions) -> bool:
        mapped = {row.id for row in case.mapping.classes if row.category_id is not None}
        return any(own in mapped for image in case.dataset.images for own in image.class_id)

    # Without folders: the end of a path may be the name of another image, which is not an error.
    drawn = _predictions(replace(claims, folders=False), (1, 3), (1, 2)).filter(kept)
    return drawn.map(lambda case: DrawnPredictions(case.dataset, case.mapping, DrawnTruth(backwards=True, lacks=what)))  # type: ignore[arg-type]


def _predictions(
    claims: Claims, images: tuple[int, int], sizes: tuple[int, int], *, classes: int = 3, far: bool = False, masks: bool | None = None
) -> SearchStrategy[DrawnPredictions]:
    first = claims.first_category_id
    mapped = {"identity": not claims.mapped, "start": first, "allow_gaps": first is None}

    def plain(masked: bool) -> SearchStrategy[DrawnCase]:
        drawn = datasets(
            min_images=images[0],
            max_images=images[1],
            min_size=sizes[0],
            max_size=sizes[1],
            max_classes=classes,
            masks=masked,
            crowd=False,
            scores=True,
            track_ids=False,
            oriented=False,
            data=False,
            folders=claims.folders,
            allow_far=far and not masked,
        )
        if claims.points:
            ways = {"point_scores": claims.point_scores, "boxed": None if claims.boxed else False, "hidden": claims.hidden}
            return poses(dataset=drawn, scores=True, flag_column=claims.flag_column, **ways, **mapped)  # type: ignore[arg-type]
        return cases(dataset=drawn, **mapped)  # type: ignore[arg-type]

    masked = claims.masks and not claims.points
    drawn = st.one_of(plain(False), plain(True)) if masked and masks is None and not far else plain(masked and bool(masks))
    truths = st.builds(
        DrawnTruth,
        image_ids=st.sampled_from(_IMAGE_IDS),
        category_ids=st.sampled_from(_CATEGORY_IDS if claims.truth_by_name else ("mapping",)),
        backwards=st.booleans(),
        more=st.integers(0, 2),
        folders=st.just(claims.folders),
    )
    return st.tuples(drawn, truths).map(lambda both: DrawnPredictions(both[0].dataset, both[0].mapping, both[1]))


_PROPERTIES: Mapping[str, Property] = {
    "schema_valid": Property(results.schema_valid, _anything),
    "verifier_clean": Property(results.verifier_clean, _anything),
    "numbers": Property(results.numbers, _anything),
    "loaded_by_pycocotools": Property(results.loaded_by_pycocotools, _anything),
    "image_ids": Property(results.image_ids, _several_images),
    "category_ids": Property(results.category_ids, _several),
    "detections_complete": Property(results.detections_complete, _several),
    "detections_in_order": Property(results.detections_in_order, _several, "keeps_order"),
    "scores": Property(results.scores, _several),
    "boxes": Property(results.boxes, _boxed),
    "masks": Property(results.masks, _masked, "keeps_masks"),
    "segmentations_readable": Property(results.segmentations_readable, _masked, "keeps_masks"),
    "keypoints": Property(results.keypoints, _several, "keeps_keypoints"),
    "evaluation": Property(results.evaluation, _several),
    "empty_predictions": Property(results.empty_predictions, _nothing, directed="none"),
    "unknown_image_refused": Property(results.unknown_image_refused, _without_image, directed="none"),
    "unknown_category_refused": Property(results.unknown_category_refused, _without_category, directed="none"),
    **process_properties(_anything, _unmapped),
}

RESULTS = Subject(_PROPERTIES, ResultsWorlds(), ResultsTrial)
"""What `ResultsContract` is about."""
