"""Documents of COCO-WholeBody, CrowdPose and DensePose, and the defects of their fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from hypothesis import strategies as st

from cocoproof.model.findings import Kind
from cocoproof.testing.strategies.documents import coco_documents

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import DrawFn, SearchStrategy

    from cocoproof.testing.strategies.documents import Json

__all__ = ["PERSON_SEEDS", "person_documents"]

PersonDialect: TypeAlias = Literal["whole_body", "crowd_pose", "dense_pose"]

_DIALECTS: tuple[PersonDialect, ...] = ("whole_body", "crowd_pose", "dense_pose")
_PARTS = (("foot", 6), ("face", 68), ("lefthand", 21), ("righthand", 21))
_CHARTS = 24
"""Parts of the surface of a body, which `dp_I` counts from 1."""


def person_documents(*, dialect: PersonDialect | None = None, max_annotations: int = 3) -> SearchStrategy[Json]:
    """Valid documents of keypoints with the further fields of COCO-WholeBody, CrowdPose or DensePose: the verifier finds no error in them.

    Args:
        dialect: `whole_body`, `crowd_pose` or `dense_pose`; None draws it.
        max_annotations: The most annotations.
    """
    base = coco_documents(kind=Kind.KEYPOINTS, min_side=8, max_side=200, max_annotations=max_annotations)
    return st.tuples(base, st.sampled_from(_DIALECTS if dialect is None else (dialect,))).flatmap(lambda drawn: _with_fields(*drawn))


@st.composite
def _with_fields(draw: DrawFn, document: Json, dialect: PersonDialect) -> Json:
    if dialect == "crowd_pose":
        shares = st.one_of(st.sampled_from([0, 0.5, 1]), st.floats(0, 1))
        return document | {"images": [image | {"crowdIndex": draw(shares)} for image in document["images"]]}
    sizes = {image["id"]: (image["width"], image["height"]) for image in document["images"]}
    fields = _parts if dialect == "whole_body" else _surface
    rows = [row | draw(fields(*sizes[row["image_id"]])) for row in document["annotations"]]
    return document | {"annotations": rows}


@st.composite
def _parts(draw: DrawFn, width: int, height: int) -> dict[str, Any]:
    """The parts of one person: each is annotated, with visibilities as detectors write them, or is all zeros."""
    out: dict[str, Any] = {}
    for part, count in _PARTS:
        valid = draw(st.booleans())
        point = [draw(st.floats(0, width - 1)), draw(st.floats(0, height - 1)), draw(st.sampled_from([0.25, 1.0, 2]))]
        out |= {f"{part}_kpts": (point if valid else [0, 0, 0]) * count, f"{part}_valid": valid}
    return out


@st.composite
def _surface(draw: DrawFn, width: int, height: int) -> dict[str, Any]:
    """The points of one person's surface; their places are those of DensePose, in a box of 256 x 256."""
    del width, height
    n = draw(st.integers(1, 4))
    share = st.floats(0, 1)
    places = st.floats(0, 255)
    return {
        "dp_I": draw(st.lists(st.integers(1, _CHARTS).map(float), min_size=n, max_size=n)),
        "dp_U": draw(st.lists(share, min_size=n, max_size=n)),
        "dp_V": draw(st.lists(share, min_size=n, max_size=n)),
        "dp_x": draw(st.lists(places, min_size=n, max_size=n)),
        "dp_y": draw(st.lists(places, min_size=n, max_size=n)),
    }


def _wrong_parts(**values: Any) -> Callable[[DrawFn, Json], None]:
    """Give all persons parts, and one of them other values."""

    def spoil(draw: DrawFn, document: Json) -> None:
        sound = {f"{part}_kpts": [0, 0, 0] * count for part, count in _PARTS} | {f"{part}_valid": False for part, _ in _PARTS}
        for row in document["annotations"]:
            row.update(sound)
        draw(st.sampled_from(document["annotations"])).update(values)

    return spoil


def _crowded(draw: DrawFn, document: Json) -> None:
    for image in document["images"]:
        image["crowdIndex"] = 0.5
    draw(st.sampled_from(document["images"]))["crowdIndex"] = draw(st.sampled_from([1.5, -0.5, 33]))


def _off_the_surface(draw: DrawFn, document: Json) -> None:
    for row in document["annotations"]:
        row.update({"dp_I": [1.0], "dp_U": [0.5], "dp_V": [0.5], "dp_x": [9.0], "dp_y": [9.0]})
    draw(st.sampled_from(document["annotations"]))["dp_I"] = [draw(st.sampled_from([25.0, 99.0]))]


PERSON_SEEDS: dict[str, Callable[[DrawFn, Json], Json | None]] = {
    "COCO711": _wrong_parts(face_kpts=[0, 0, 0] * 10),
    "COCO712": _wrong_parts(foot_kpts=[1, 1, 2] * 6, foot_valid=False),
    "COCO713": _crowded,
    "COCO714": _off_the_surface,
}
"""What makes one defect of a sound document, as in `seeds`."""
