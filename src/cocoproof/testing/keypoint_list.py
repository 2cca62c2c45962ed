"""All properties of keypoint datasets, with the datasets on which they are tried."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from cocoproof.mapping import ClassMapping
from cocoproof.testing.directed.pose_worlds import PoseWorlds
from cocoproof.testing.drawn_keypoints import DrawnKeypoints
from cocoproof.testing.process_list import process_properties
from cocoproof.testing.properties import content, fields, file, keypoints
from cocoproof.testing.strategies.poses import posed, poses
from cocoproof.testing.subject import Property, Subject
from cocoproof.testing.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import SearchStrategy

    from cocoproof.testing.claims import Claims
    from cocoproof.testing.drawn import DrawnCase

__all__ = ["KEYPOINTS"]


def _anything(claims: Claims) -> SearchStrategy[DrawnCase]:
    """Up to three images."""
    return _drawn(claims, (0, 3), (0, 3))


def _several_images(claims: Claims) -> SearchStrategy[DrawnCase]:
    return _drawn(claims, (2, 5), (0, 2))


def _several_classes(claims: Claims) -> SearchStrategy[DrawnCase]:
    return _drawn(claims, (0, 1), (0, 2), classes=6)


def _several(claims: Claims) -> SearchStrategy[DrawnCase]:
    return st.one_of(_drawn(claims, (2, 3), (2, 5), classes=5), _drawn(claims, (1, 1), (6, 9), classes=5))


def _pointed(claims: Claims) -> SearchStrategy[DrawnCase]:
    """Detections on every image."""
    return _drawn(claims, (1, 2), (1, 3))


def _with_columns(claims: Claims) -> SearchStrategy[DrawnCase]:
    return _drawn(claims, (1, 2), (1, 3), columns=True)


def _nothing(claims: Claims) -> SearchStrategy[DrawnCase]:
    return _drawn(claims, (0, 0), (0, 0))


def _empty_images(claims: Claims) -> SearchStrategy[DrawnCase]:
    return _drawn(claims, (1, 3), (0, 0))


def _unmapped(claims: Claims) -> SearchStrategy[DrawnCase]:
    """One class has no category."""

    def left_out(case: DrawnCase) -> DrawnCase:
        names = case.dataset.classes
        missing = case.dataset.images[0].class_id[0]
        first = 1 if claims.first_category_id is None else claims.first_category_id
        target = [name for k, name in enumerate(names) if k != missing] or ["1" if names[missing] == "0" else "0"]
        mapping = ClassMapping.from_names(names, target, start=first)
        return posed(replace(case, mapping=mapping), list(case.mapping.categories[0].keypoints or ("a",)), ())

    return _drawn(claims, (1, 3), (1, 2)).map(left_out)


def _drawn(
    claims: Claims, images: tuple[int, int], sizes: tuple[int, int], *, classes: int = 3, columns: bool = False
) -> SearchStrategy[DrawnCase]:
    first = claims.first_category_id
    drawn = poses(
        min_images=images[0],
        max_images=images[1],
        min_size=sizes[0],
        max_size=sizes[1],
        max_classes=classes,
        crowd=None if claims.crowds else False,
        scores=True if columns else None,
        point_scores=columns and claims.point_scores,
        data=columns,
        folders=claims.folders,
        boxed=None if claims.boxed else False,
        hidden=claims.hidden,
        flag_column=claims.flag_column,
        identity=not claims.mapped,
        start=first,
        allow_gaps=first is None,
    )
    return drawn.map(lambda case: DrawnKeypoints(case.dataset, case.mapping))


_PROPERTIES: Mapping[str, Property] = {
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
    "category_keypoints": Property(keypoints.category_keypoints, _several_classes),
    "category_skeletons": Property(keypoints.category_skeletons, _several_classes, "keeps_skeletons"),
    "images_complete": Property(content.images_complete, _several_images),
    "images_in_order": Property(content.images_in_order, _several_images, "keeps_order"),
    "image_sizes": Property(content.image_sizes, _several_images),
    "file_names": Property(content.file_names, _several_images),
    "detections_complete": Property(content.detections_complete, _several),
    "detections_in_order": Property(content.detections_in_order, _several, "keeps_order"),
    "classes_through_mapping": Property(content.classes_through_mapping, _several),
    "keypoints": Property(keypoints.keypoints, _pointed),
    "visibility": Property(keypoints.visibility, _pointed),
    "unlabelled_points": Property(keypoints.unlabelled_points, _pointed),
    "points_beyond_the_image": Property(keypoints.points_beyond_the_image, _pointed),
    "num_keypoints": Property(keypoints.num_keypoints, _pointed),
    "keypoint_scores": Property(keypoints.keypoint_scores, _with_columns, "keeps_keypoint_scores"),
    "boxes": Property(content.boxes, _pointed),
    "areas": Property(content.areas, _pointed),
    "crowd_flags": Property(content.crowd_flags, _pointed),
    "scores": Property(content.scores, _with_columns, "keeps_scores"),
    "data_columns": Property(content.data_columns, _with_columns, "keeps_data"),
    "empty_dataset": Property(content.empty_dataset, _nothing, directed="none"),
    "empty_image": Property(content.empty_image, _empty_images, directed="none"),
    **process_properties(_anything, _unmapped),
}

KEYPOINTS = Subject(_PROPERTIES, PoseWorlds(), Trial)
"""What `KeypointContract` is about."""
