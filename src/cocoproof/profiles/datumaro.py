"""Datumaro: `CocoImporter` of the package, for `instances_*.json` and `person_keypoints_*.json`."""

from __future__ import annotations

from cocoproof.consumers.datumaro import CONSUMER
from cocoproof.model.findings import Severity
from cocoproof.profiles.profile import Claim, Profile, not_asked

__all__ = ["PROFILE"]

_TREE = "https://github.com/open-edge-platform/datumaro/blob/v1.13.12/src/datumaro"
_LOADER = f"{_TREE}/plugins/data_formats/coco/base.py"

_RENUMBERED = "`_load_label_categories` sorts the categories by id, and numbers them from 0: any ids but 0 will do."
_AREA = "`area` is not read."

PROFILE = Profile(
    name="datumaro",
    summary="The file can be imported with Datumaro, and every annotation arrives with its label.",
    consumer=CONSUMER,
    claims=(
        Claim(
            "COCO106",
            Severity.ERROR,
            "`area` is not read. A missing `iscrowd` raises an exception, and nothing is imported.",
            f"{_LOADER}#L467",
        ),
        Claim("COCO107", Severity.NOTE, "Neither is read.", f"{_LOADER}#L320"),
        Claim("COCO201", Severity.ERROR, "The first image of an id is kept, because the list is read from its end.", f"{_LOADER}#L332"),
        Claim(
            "COCO202",
            Severity.WARNING,
            "The id is taken for a group: annotations of one image that share it are a group of objects.",
            f"{_LOADER}#L462",
        ),
        Claim(
            "COCO204", Severity.ERROR, "The second category of a name raises `AssertionError`, and nothing is imported.", f"{_LOADER}#L267"
        ),
        Claim(
            "COCO205",
            Severity.ERROR,
            "Raises `RepeatedItemError`, also if the names differ in the ending alone.",
            f"{_TREE}/components/dataset_storage.py#L287",
        ),
        Claim(
            "COCO207",
            Severity.NOTE,
            "The id is taken for a group, and 0 means none, as for every annotation that is alone.",
            f"{_LOADER}#L462",
        ),
        Claim("COCO301", Severity.ERROR, "The annotation is dropped, with a line in the log.", f"{_LOADER}#L347"),
        Claim("COCO302", Severity.ERROR, "Raises `UndeclaredLabelError`, and nothing is imported.", f"{_LOADER}#L434"),
        Claim("COCO303", Severity.NOTE, "Licences are not read.", f"{_LOADER}#L364"),
        Claim("COCO404", Severity.NOTE, _RENUMBERED, f"{_LOADER}#L266"),
        Claim("COCO405", Severity.NOTE, _RENUMBERED, f"{_LOADER}#L266"),
        Claim("COCO406", Severity.NOTE, _RENUMBERED, f"{_LOADER}#L266"),
        Claim(
            "COCO410",
            Severity.ERROR,
            "`_get_label_id` reads 0 as no label: the annotations are imported without one. A line in the log says so.",
            f"{_LOADER}#L429",
        ),
        Claim("COCO506", Severity.NOTE, _AREA, f"{_LOADER}#L447"),
        Claim("COCO507", Severity.NOTE, _AREA, f"{_LOADER}#L447"),
        Claim("COCO601", Severity.ERROR, "Raises `InvalidAnnotationError`, and nothing is imported.", f"{_LOADER}#L511"),
        Claim("COCO602", Severity.ERROR, "Raises `InvalidAnnotationError`, and nothing is imported.", f"{_LOADER}#L516"),
        Claim("COCO606", Severity.NOTE, "`[]` counts as no mask, and the box is imported.", f"{_LOADER}#L501"),
        Claim(
            "COCO607",
            Severity.ERROR,
            "Raises `InvalidAnnotationError` for counts as a list, and nothing is imported. Counts as a text are imported as they are.",
            f"{_LOADER}#L547",
        ),
        Claim("COCO701", Severity.ERROR, "Raises `InvalidAnnotationError`, and nothing is imported.", f"{_LOADER}#L474"),
        Claim("COCO703", Severity.ERROR, "Raises `ValueError`, and nothing is imported.", f"{_LOADER}#L485"),
        Claim(
            "COCO805",
            Severity.ERROR,
            "A name that leads out of the folder raises `ValueError`, and nothing is imported.",
            f"{_LOADER}#L379",
        ),
        *not_asked("pycocotools.COCO", "COCO901", "COCO902", "COCO903"),
        *not_asked("supervision", "COCO904", "COCO905"),
    ),
)
