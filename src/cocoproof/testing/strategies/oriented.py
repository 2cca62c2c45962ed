"""COCO documents with oriented boxes, and the defects of such boxes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from hypothesis import strategies as st

from cocoproof.model.findings import Kind
from cocoproof.testing.strategies.documents import coco_documents

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import DrawFn, SearchStrategy

    from cocoproof.testing.strategies.documents import Json

__all__ = ["ORIENTED_SEEDS", "oriented_documents"]

OrientedStyle: TypeAlias = Literal["corners", "pairs", "centre", "bbox"]

_STYLES: tuple[OrientedStyle, ...] = ("corners", "pairs", "centre", "bbox")
_KEYS = ("obb", "rotated_bbox", "xyxyxyxy", "rbbox", "rbox")
_DIAMOND = [0, 4, 4, 0, 8, 4, 4, 8]


def oriented_documents(*, style: OrientedStyle | None = None, max_annotations: int = 4) -> SearchStrategy[Json]:
    """Valid documents with oriented boxes: the verifier finds no error in them, and nothing wrong with the boxes.

    They shrink towards upright boxes.

    Args:
        style: `corners`: eight numbers; `pairs`: four points; `centre`: centre, size and angle in radians, clockwise; `bbox`: these five numbers in the place of `bbox`, in
            degrees, counter-clockwise. None draws it.
        max_annotations: The most annotations.
    """
    base = coco_documents(kind=Kind.INSTANCES, min_side=8, max_side=200, max_annotations=max_annotations)
    return st.tuples(base, st.sampled_from(_STYLES if style is None else (style,)), st.sampled_from(_KEYS)).flatmap(
        lambda drawn: _turned(*drawn)
    )


@st.composite
def _turned(draw: DrawFn, document: Json, style: OrientedStyle, key: str) -> Json:
    sizes = {image["id"]: (image["width"], image["height"]) for image in document["images"]}
    rows = []
    for row in document["annotations"]:
        width, height = sizes[row["image_id"]]
        numbers = (
            draw(st.floats(1, width - 1)),
            draw(st.floats(1, height - 1)),
            draw(st.floats(2, width)),
            draw(st.floats(2, height)),
            draw(st.one_of(st.sampled_from([0.0, 45.0, 90.0]), st.floats(-180, 180))),
        )
        kept = {name: value for name, value in row.items() if name not in ("segmentation", "bbox", "area", "iscrowd")}
        rows.append(kept | {"iscrowd": 0, "area": numbers[2] * numbers[3]} | _fields(numbers, style, key))
    return document | {"annotations": rows}


def _fields(numbers: tuple[float, ...], style: OrientedStyle, key: str) -> dict[str, Any]:
    """The fields of an annotation for centre, size and angle in degrees, clockwise."""
    x, y, width, height, degrees = numbers
    if style == "bbox":
        return {"bbox": [x, y, width, height, -degrees]}
    turn = math.radians(degrees)
    along = (width / 2 * math.cos(turn), width / 2 * math.sin(turn))
    across = (-height / 2 * math.sin(turn), height / 2 * math.cos(turn))
    corners = [[x + a * along[0] + b * across[0], y + a * along[1] + b * across[1]] for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    xs, ys = zip(*corners, strict=True)
    box = [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
    value: Any = corners
    if style == "corners":
        value = [number for corner in corners for number in corner]
    elif style == "centre":
        value = [x, y, width, height, turn]
    return {"bbox": box, key: value}


def _shaped(**values: Any) -> Callable[[DrawFn, Json], None]:
    """Give one annotation this shape, without a mask."""

    def spoil(draw: DrawFn, document: Json) -> None:
        row = draw(st.sampled_from(document["annotations"]))
        row.pop("segmentation", None)
        row.update({"iscrowd": 0} | values)

    return spoil


def _all_upright(draw: DrawFn, document: Json) -> None:
    """Ten annotations more, and none of them turned."""
    row = draw(st.sampled_from(document["annotations"]))
    fresh = max(other["id"] for other in document["annotations"]) + 1
    for k in range(10):
        left = k / 4
        corners = [left, 1, left + 4, 1, left + 4, 6, left, 6]
        own = {name: value for name, value in row.items() if name != "segmentation"}
        document["annotations"].append(own | {"id": fresh + k, "iscrowd": 0, "bbox": [left, 1, 4, 5], "area": 20, "obb": corners})


ORIENTED_SEEDS: dict[str, Callable[[DrawFn, Json], Json | None]] = {
    "COCO951": _shaped(bbox=[1, 1, 4, 5], area=20, obb=[1, 1, 5, 1, 5, 6]),
    "COCO952": _shaped(bbox=[1, 1, 6, 6], area=36, obb=[1, 1, 7, 1, 7, 7, 1, 30]),
    "COCO953": _shaped(bbox=[0, 0, 4, 4], area=16, obb=_DIAMOND),
    "COCO954": _all_upright,
    "COCO955": _shaped(bbox=[1, 1, 6, 6], area=12, obb=[4, 4, 6, 2, 45]),
    "COCO956": _shaped(bbox=[0, 3, 8, 2], area=16, attributes={"rotation": 45}),
}
"""What makes one defect of a sound document, as in `seeds`."""
