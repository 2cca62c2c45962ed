"""What makes one defect of a sound document: one function a rule, which spoils the document in place, or gives another.

Rows are spoiled at a drawn place. The base has images of at least 8 pixels a side, and at least one annotation.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from cocoproof.model.findings import Kind
from cocoproof.testing.strategies.video_documents import on_images

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hypothesis.strategies import DrawFn

    from cocoproof.testing.strategies.documents import Json

__all__ = ["SEEDS", "base_kind"]

MIN_SIDE = 8
"""The least side of the base's images, in pixels: the shapes below fit within."""


def base_kind(code: str) -> Kind:
    """The kind of document that a defect is seeded in."""
    family = code[4:6]
    return {"70": Kind.KEYPOINTS, "71": Kind.KEYPOINTS, "91": Kind.RESULTS, "92": Kind.PANOPTIC, "94": Kind.VIDEO_INSTANCES}.get(
        family, Kind.INSTANCES
    )


def _row(draw: DrawFn, document: Json, section: str = "annotations") -> Any:
    return draw(st.sampled_from(document[section]))


def _set(section: str, **values: Any) -> Callable[[DrawFn, Json], None]:
    """Give one row of a section these values."""

    def spoil(draw: DrawFn, document: Json) -> None:
        _row(draw, document, section).update(copy.deepcopy(values))

    return spoil


def _shape(**values: Any) -> Callable[[DrawFn, Json], None]:
    """Give one annotation this shape: the fields of its mask are removed first."""

    def spoil(draw: DrawFn, document: Json) -> None:
        row = _row(draw, document)
        row.pop("segmentation", None)
        row.update(copy.deepcopy({"iscrowd": 0} | values))

    return spoil


def _every_box(box: list[float], area: float) -> Callable[[DrawFn, Json], None]:
    def spoil(_: DrawFn, document: Json) -> None:
        for row in document["annotations"]:
            row.pop("segmentation", None)
            row.update(bbox=list(box), area=area, iscrowd=0)

    return spoil


def _without(*choices: tuple[str, str]) -> Callable[[DrawFn, Json], None]:
    """Take one field of one row away."""

    def spoil(draw: DrawFn, document: Json) -> None:
        section, field = draw(st.sampled_from(choices))
        _row(draw, document, section).pop(field, None)

    return spoil


def _again(section: str, **changes: Any) -> Callable[[DrawFn, Json], None]:
    """Add a copy of a row under a fresh id, with changes; the value "same" keeps the original's id."""

    def spoil(draw: DrawFn, document: Json) -> None:
        rows = document[section]
        row = copy.deepcopy(_row(draw, document, section))
        fresh = max(other["id"] for other in rows) + 1
        rows.append(row | {"id": fresh, **({"file_name": "fresh.jpg"} if section == "images" else {})} | changes)
        if section == "categories" and "name" not in changes:
            rows[-1]["name"] = "~fresh~"
        if changes.get("id") == "same":
            rows[-1]["id"] = row["id"]
        if changes.get("name") == "same":
            rows[-1]["name"] = row["name"]
        if changes.get("file_name") == "same":
            rows[-1]["file_name"] = row["file_name"]

    return spoil


def _no_section(draw: DrawFn, document: Json) -> None:
    del document[draw(st.sampled_from(["images", "categories"]))]


def _unknown(_: DrawFn, document: Json) -> Json:
    return {"things": document["annotations"]}


def _case_twins(draw: DrawFn, document: Json) -> None:
    _again("categories", name="twin")(draw, document)
    _again("categories", name="TWIN")(draw, document)


def _gap(section: str) -> Callable[[DrawFn, Json], None]:
    def spoil(draw: DrawFn, document: Json) -> None:
        _again(section)(draw, document)
        document[section][-1]["id"] += draw(st.integers(1, 9))

    return spoil


def _descending(draw: DrawFn, document: Json) -> None:
    _again("categories")(draw, document)
    document["categories"].insert(0, document["categories"].pop())


def _late_start(draw: DrawFn, document: Json) -> None:
    shift = draw(st.integers(2, 90))
    for row in document["categories"]:
        row["id"] += shift
    for row in document["annotations"]:
        row["category_id"] += shift


def _rle(counts: Callable[[int, int], Any], size: tuple[int, int] = (0, 0)) -> Callable[[DrawFn, Json], None]:
    """Give one annotation a run-length encoding; `size` is added to that of its image."""

    def spoil(draw: DrawFn, document: Json) -> None:
        row = _row(draw, document)
        image = next(other for other in document["images"] if other["id"] == row["image_id"])
        height, width = image["height"], image["width"]
        row["iscrowd"] = 0
        row["segmentation"] = {"size": [height + size[0], width + size[1]], "counts": counts(height, width)}

    return spoil


def _outside_polygon(draw: DrawFn, document: Json) -> None:
    far = max(image["width"] for image in document["images"]) + draw(st.integers(2, 9))
    _shape(segmentation=[[1, 1, far, 1, far, 3, 1, 3]], bbox=[1, 1, far - 1, 2], area=2 * (far - 1))(draw, document)


def _holed_crowd(draw: DrawFn, document: Json) -> None:
    """A ring of 3 x 3 pixels at the top left, alone, as a crowd."""
    row = _row(draw, document)
    image = next(other for other in document["images"] if other["id"] == row["image_id"])
    height, width = image["height"], image["width"]
    counts = [0, 3, height - 3, 1, 1, 1, height - 3, 3, height * (width - 2) - 3]
    row.update(iscrowd=1, bbox=[0, 0, 3, 3], area=8, segmentation={"size": [height, width], "counts": counts})
    document["annotations"] = [row]  # beside others within its box it would be a crowd indeed


def _long_box(draw: DrawFn, document: Json) -> None:
    _again("images", width=64)(draw, document)
    _again("annotations", image_id=document["images"][-1]["id"], bbox=[0, 0, draw(st.integers(32, 64)), 1], area=32)(draw, document)
    document["annotations"][-1].pop("segmentation", None)


def _points(values: list[float], count: int) -> Callable[[DrawFn, Json], None]:
    return _set("annotations", keypoints=values, num_keypoints=count)


def _segment(**values: Any) -> Callable[[DrawFn, Json], None]:
    def spoil(draw: DrawFn, document: Json) -> None:
        segments = _row(draw, document)["segments_info"]
        segments.append({**segments[0], **values})

    return spoil


def _stuff_crowd(draw: DrawFn, document: Json) -> None:
    segment = draw(st.sampled_from(_row(draw, document)["segments_info"]))
    segment["iscrowd"] = 1
    next(row for row in document["categories"] if row["id"] == segment["category_id"])["isthing"] = 0


def _bare_category(draw: DrawFn, document: Json) -> None:
    number = _row(draw, document)["category_id"]
    row = next(row for row in document["categories"] if row["id"] == number)
    del row["keypoints"], row["skeleton"]


def _mixed_results(_: DrawFn, document: Json) -> None:
    document[:] = [{"image_id": 1, "category_id": 1, "score": 0.5, **shape} for shape in _TWO_SHAPES]


def _bad_score(draw: DrawFn, document: Json) -> None:
    draw(st.sampled_from(document))["score"] = draw(st.sampled_from([1.5, -0.25, 80.0]))


_TWO_SHAPES = ({"bbox": [1, 1, 3, 3]}, {"segmentation": {"size": [2, 2], "counts": [1, 3]}})

_NOBODY = 987_654_321_987


def _list_cut_off(draw: DrawFn, document: Json) -> None:
    row = _row(draw, document)
    row[draw(st.sampled_from(["bboxes", "areas", "segmentations"]))].append(None)


def _track_twice(draw: DrawFn, document: Json) -> Json:
    tracked = on_images(document)
    row = _row(draw, tracked)
    tracked["annotations"].append(row | {"id": len(tracked["annotations"]) + 1})
    return tracked


def _other_category(draw: DrawFn, document: Json) -> Json:
    """A track with another category in one more frame."""
    tracked = on_images(document)
    row = _row(draw, tracked)
    image = next(one for one in tracked["images"] if one["id"] == row["image_id"])
    number, frame = len(tracked["images"]) + 1, len(tracked["images"])
    tracked["images"].append(image | {"id": number, "file_name": "fresh.jpg", "frame_id": frame})
    fresh = max(one["id"] for one in tracked["categories"]) + 1
    tracked["categories"].append({"id": fresh, "name": "~fresh~", "supercategory": "thing"})
    tracked["annotations"].append(row | {"id": len(tracked["annotations"]) + 1, "image_id": number, "category_id": fresh})
    return tracked


def _frame_again(draw: DrawFn, document: Json) -> Json:
    tracked = on_images(document)
    image = _row(draw, tracked, "images")
    tracked["images"].append(image | {"id": len(tracked["images"]) + 1, "file_name": "fresh.jpg"})
    return tracked


SEEDS: Mapping[str, Callable[[DrawFn, Json], Json | None]] = {
    "COCO007": _again("annotations", id=2**53 + 1),
    "COCO101": _no_section,
    "COCO102": _without(("annotations", "id"), ("annotations", "category_id"), ("images", "file_name"), ("categories", "name")),
    "COCO103": _set("annotations", category_id="1"),
    "COCO104": _set("annotations", bbox=[1, 2, 3]),
    "COCO105": _set("annotations", iscrowd=2),
    "COCO106": _without(("annotations", "area"), ("annotations", "iscrowd")),
    "COCO107": lambda draw, document: document.pop(draw(st.sampled_from(["info", "licenses"]))) and None,
    "COCO108": lambda _, document: document.update({"extra": []}),
    "COCO109": _unknown,
    "COCO201": _again("images", id="same"),
    "COCO202": _again("annotations", id="same"),
    "COCO203": _again("categories", id="same"),
    "COCO204": _again("categories", name="same"),
    "COCO205": _again("images", file_name="same"),
    "COCO206": _again("annotations"),
    "COCO207": _again("annotations", id=0),
    "COCO208": _set("categories", name=" \t"),
    "COCO209": _case_twins,
    "COCO301": _set("annotations", image_id=_NOBODY),
    "COCO302": _set("annotations", category_id=_NOBODY),
    "COCO303": _set("images", license=_NOBODY),
    "COCO304": _again("categories"),
    "COCO305": _again("images"),
    "COCO404": _gap("categories"),
    "COCO405": _descending,
    "COCO406": _late_start,
    "COCO407": _gap("annotations"),
    "COCO408": _gap("images"),
    "COCO501": _shape(bbox=[1, 1, 0, 4], area=4),
    "COCO502": _shape(bbox=[-5, -5, 7, 7], area=49),
    "COCO503": _shape(bbox=[-9, -9, 3, 3], area=9),
    "COCO504": _every_box([1, 1, 3, 3], 4),
    "COCO505": _every_box([0.125, 0.25, 0.5, 0.5], 0.25),
    "COCO506": _shape(bbox=[1, 1, 3, 3], area=60),
    "COCO507": _shape(bbox=[1, 1, 3, 3], area=0),
    "COCO508": _shape(bbox=[0, 0, 8, 8], area=1, segmentation=[[1, 1, 2, 1, 2, 2, 1, 2]]),
    "COCO509": _long_box,
    "COCO510": _shape(bbox=[2, 2, 0.5, 0.5], area=0.25),
    "COCO601": _shape(bbox=[1, 1, 2, 2], area=4, segmentation=[[1, 1, 3, 1, 3, 3, 1]]),
    "COCO602": _shape(bbox=[1, 1, 2, 2], area=4, segmentation=[[1, 1, 3, 3]]),
    "COCO603": _outside_polygon,
    "COCO604": _shape(bbox=[1, 1, 3, 1], area=3, segmentation=[[1, 1, 4, 1, 2, 1]]),
    "COCO605": _shape(bbox=[1, 1, 4, 4], area=8, segmentation=[[1, 1, 5, 5, 5, 1, 1, 5]]),
    "COCO606": _shape(bbox=[1, 1, 3, 3], area=9, segmentation=[]),
    "COCO607": _rle(lambda height, width: [(height + 1) * width], (1, 0)),
    "COCO608": _rle(lambda height, width: [1, height * width]),
    "COCO609": _rle(lambda *_: "~"),
    "COCO610": _shape(bbox=[1, 1, 3, 3], area=9, segmentation=[[1, 1, 4, 1, 4, 4, 1, 4]], iscrowd=1),
    "COCO611": _rle(lambda height, width: [height * width]),
    "COCO612": _holed_crowd,
    "COCO701": _points([1, 1, 2, 2, 2, 2], 2),
    "COCO702": _points([1, 1, 2, 2, 2, 2, 0, 0, 0], 3),
    "COCO703": _points([1, 1, 2, 2, 2, 3, 0, 0, 0], 2),
    "COCO704": _points([1, 1, 2, -9, 2, 2, 0, 0, 0], 2),
    "COCO705": _set("categories", skeleton=[[0, 1]]),
    "COCO706": _points([1, 1, 2, 2, 2, 0, 0, 0, 0], 1),
    "COCO707": _bare_category,
    "COCO913": _bad_score,
    "COCO914": _mixed_results,
    "COCO921": _segment(),
    "COCO923": _stuff_crowd,
    "COCO941": _set("annotations", video_id=10**6),
    "COCO942": _list_cut_off,
    "COCO943": _track_twice,
    "COCO944": _other_category,
    "COCO945": _frame_again,
    "COCO946": _again("videos", id="same"),
}
"""What spoils a document for each rule."""
