"""All properties of importers: their checks, the claims that they need, and the files on which they are tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from cocoproof.testing.importing import import_properties as of
from cocoproof.testing.importing.file_case import FileCase
from cocoproof.testing.importing.file_form import FORM_DIMENSIONS, FileForm
from cocoproof.testing.importing.file_worlds import FileWorlds
from cocoproof.testing.importing.import_trial import ImportTrial
from cocoproof.testing.property_list import PROPERTIES as OF_EXPORTERS
from cocoproof.testing.subject import Property, Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from hypothesis.strategies import SearchStrategy

    from cocoproof.testing.claims import Claims
    from cocoproof.testing.drawn import DrawnCase

__all__ = ["FILES", "PROPERTIES"]


def _levels(name: str) -> SearchStrategy[Any]:
    """The levels of a dimension of forms, the ordinary one first and most often."""
    (dimension,) = (own for own in FORM_DIMENSIONS if own.name == name)
    levels = [level for band in dimension.bands for level in band]
    return st.one_of(st.just(levels[0]), st.sampled_from(levels))


_FORMS = st.builds(
    FileForm,
    image_ids=_levels("image ids"),
    annotation_ids=_levels("annotation ids"),
    rows=_levels("rows"),
    masks=_levels("masks as"),
    keypoints=_levels("keypoints"),
    sections=_levels("sections"),
    urls=st.booleans(),
)
"""Made once: Hypothesis takes longer to make a strategy than to draw from it."""


def _in_a_form(case: DrawnCase, form: FileForm) -> FileCase:
    return FileCase(case.dataset, case.mapping, form)


def _like(name: str) -> Callable[[Claims], SearchStrategy[DrawnCase]]:
    """The datasets on which a property of exporters is tried, in any form."""
    draw = OF_EXPORTERS[name].draw
    if draw is None:
        msg = f"{name} is not tried on drawn datasets"
        raise TypeError(msg)
    return lambda claims: st.builds(_in_a_form, draw(claims), _FORMS)


PROPERTIES: Mapping[str, Property] = {
    "images_complete": Property(of.images_complete, _like("images_complete")),
    "images_in_order": Property(of.images_in_order, _like("images_in_order"), "keeps_order"),
    "image_sizes": Property(of.image_sizes, _like("image_sizes"), "keeps_sizes"),
    "image_ids": Property(of.image_ids, _like("image_ids"), "keeps_ids"),
    "file_names": Property(of.file_names, _like("file_names")),
    "categories_complete": Property(of.categories_complete, _like("categories_complete")),
    "categories_in_order": Property(of.categories_in_order, _like("categories_in_order"), "keeps_order"),
    "category_ids": Property(of.category_ids, _like("category_ids"), "keeps_category_ids"),
    "supercategories": Property(of.supercategories, _like("supercategories"), "keeps_supercategories"),
    "keypoint_names": Property(of.keypoint_names, _like("category_ids"), "keeps_keypoints"),
    "annotations_complete": Property(of.annotations_complete, _like("detections_complete")),
    "annotations_in_order": Property(of.annotations_in_order, _like("detections_in_order"), "keeps_order"),
    "annotation_ids": Property(of.annotation_ids, _like("annotation_ids"), "keeps_ids"),
    "classes": Property(of.classes, _like("classes_through_mapping")),
    "boxes": Property(of.boxes, _like("boxes")),
    "masks": Property(of.masks, _like("masks"), "keeps_masks"),
    "areas": Property(of.areas, _like("areas"), "keeps_areas"),
    "crowd_flags": Property(of.crowd_flags, _like("crowd_flags"), "keeps_crowds"),
    "keypoints": Property(of.keypoints, _like("detections_complete"), "keeps_keypoints"),
    "scores": Property(of.scores, _like("scores"), "keeps_scores"),
    "further_fields": Property(of.further_fields, _like("data_columns"), "keeps_further_fields"),
    "empty_dataset": Property(of.empty_dataset, _like("empty_dataset"), directed="none"),
    "empty_image": Property(of.empty_image, _like("empty_image"), directed="none"),
    "reads_again": Property(of.reads_again, _like("schema_valid"), directed="busy"),
    "files_unchanged": Property(of.files_unchanged, _like("schema_valid"), directed="busy"),
    "no_side_effects": Property(of.no_side_effects, None, directed="busy"),
}
"""The properties by name; `ImporterContract` has a test of each."""

FILES = Subject(PROPERTIES, FileWorlds(), ImportTrial)
"""What `ImporterContract` is about."""
