"""Properties of the fields that a file has beside those of images, boxes and masks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cocoproof.testing.trial import PropertyBroken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cocoproof.testing.trial import Trial

__all__ = ["further_fields", "whole_numbers"]

_INTEGERS = {
    "images": ("id", "width", "height"),
    "annotations": ("id", "image_id", "category_id", "iscrowd"),
    "categories": ("id",),
}
"""Fields whose numbers JSON writes without a fraction: 1.0 is a float in Python, and pycocotools' indices need integers."""

_TEXTS = {
    "images": ("file_name", "date_captured", "coco_url", "flickr_url"),
    "categories": ("name", "supercategory"),
    "licenses": ("name", "url"),
}


def whole_numbers(trial: Trial) -> None:
    """Ids, sizes and `iscrowd` are integers as JSON writes them, and boxes and areas numbers: never text, bools or 1.0 for 1."""
    for section, names in _INTEGERS.items():
        for place, row in enumerate(trial.document[section]):
            for name in names:
                if name in row and type(row[name]) is not int:
                    msg = f"{section}[{place}].{name} is {row[name]!r}, which is not an integer"
                    raise PropertyBroken(msg)
    for place, row in enumerate(trial.document["annotations"]):
        box = row.get("bbox")
        for name, value in (("area", row.get("area", 0)), *(("bbox", value) for value in (box if isinstance(box, list) else ()))):
            if type(value) not in (int, float):
                msg = f"annotations[{place}].{name} has {value!r}, which is not a number"
                raise PropertyBroken(msg)


def further_fields(trial: Trial) -> None:
    """`info` is an object, `license` an id that `licenses` has, `num_keypoints` the count of labelled keypoints, and texts are texts."""
    for trouble in _troubles(trial.document):
        raise PropertyBroken(trouble)


def _troubles(document: Any) -> Iterator[str]:
    if "info" in document and not isinstance(document["info"], dict):
        yield f"info is {document['info']!r}, which is not an object"
    licenses = document.get("licenses", [])
    if not isinstance(licenses, list) or not all(isinstance(row, dict) for row in licenses):
        yield "licenses is not a list of objects"
        return
    ids = [row.get("id") for row in licenses]
    if any(type(number) is not int for number in ids) or len(set(ids)) < len(ids):
        yield f"licences have the ids {ids[:5]!r}, which are not different integers"
        return
    for place, row in enumerate(document["images"]):
        if "license" in row and (type(row["license"]) is not int or row["license"] not in ids):
            yield f"images[{place}].license is {row['license']!r}, and there are the licences {ids[:5]!r}"
    points = {row.get("id"): row.get("keypoints") for row in document["categories"]}
    for place, row in enumerate(document["annotations"]):
        yield from (f"annotations[{place}]{trouble}" for trouble in _of_keypoints(row, points.get(row.get("category_id"))))
    for section, names in _TEXTS.items():
        for place, row in enumerate(document.get(section, [])):
            yield from (f"{section}[{place}].{name} is {row[name]!r}, which is not text" for name in names if _is(row, name, _no_text))


def _of_keypoints(row: Any, names: object) -> Iterator[str]:
    points = row.get("keypoints", [])
    if not isinstance(points, list) or len(points) % 3:
        yield f".keypoints is {points!r}, which is not a list of x, y, v"
        return
    wanted = 3 * len(names) if isinstance(names, list) else 0
    if points and len(points) != wanted:
        yield f".keypoints has {len(points)} numbers, and its category wants {wanted}"
    labelled = sum(flag > 0 for flag in points[2::3] if isinstance(flag, (int, float)))
    if "num_keypoints" in row and row["num_keypoints"] != labelled:
        yield f".num_keypoints is {row['num_keypoints']!r}, and {labelled} keypoints are labelled"


def _is(row: Any, name: str, wrong: Callable[[object], bool]) -> bool:
    return name in row and wrong(row[name])


def _no_text(value: object) -> bool:
    return not isinstance(value, str)
