"""The form of a COCO file: what the ids are, in which order the rows come, and how masks are written."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cocoproof.testing.directed.dimensions import Dimension

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FORM_DIMENSIONS", "FileForm", "Ids", "ids_at"]

Ids: TypeAlias = Literal["count", "zero", "gaps", "descending", "scattered", "2^31", "2^53"]
Rows: TypeAlias = Literal["by image", "interleaved", "reversed", "scattered"]
Masks: TypeAlias = Literal["polygons", "fractions", "counts", "text", "mixed"]
Points: TypeAlias = Literal["none", "three", "many", "some"]

_SPREAD, _PRIME = 7_919, 1_000_003
"""Number k becomes `_SPREAD * k` modulo a prime: an order unlike the first, without two that are equal."""


@dataclass(frozen=True)
class FileForm:
    """How the content of a dataset is written. The first of the words that a field may have is the plainest.

    Attributes:
        image_ids: Ids of images: counted from 1 or 0, with gaps, descending, scattered, or around 2^31 and 2^53.
        annotation_ids: Ids of annotations, likewise, without 0.
        rows: The order of annotations: image by image, one of each image in turn, backwards, or scattered.
        masks: Polygons at pixel corners, or a quarter of a pixel beside them; run lengths as numbers or as text; or each in turn. A mask with
            a hole and that of a crowd are never polygons, which have no holes in COCO.
        keypoints: Whether annotations have keypoints: none, three or seventeen, or three of which no one is labelled on every other annotation.
        sections: `images`, `annotations`, `categories` as usual, or backwards and without `info` and `licenses`.
        urls: Whether images have `license`, `coco_url` and `date_captured`.
    """

    image_ids: Ids = "count"
    annotation_ids: Ids = "count"
    rows: Rows = "by image"
    masks: Masks = "polygons"
    keypoints: Points = "none"
    sections: Literal["usual", "backwards"] = "usual"
    urls: bool = False

    def __repr__(self) -> str:
        plain = FileForm()
        names = [entry.name for entry in fields(self)]
        own = ", ".join(f"{name}={getattr(self, name)!r}" for name in names if getattr(self, name) != getattr(plain, name))
        return f"FileForm({own})"

    def plainer(self) -> Iterator[FileForm]:
        """Forms in which one field is as plain as it can be."""
        plain = FileForm()
        for entry in fields(self):
            if getattr(self, entry.name) != getattr(plain, entry.name):
                values: dict[str, Any] = {entry.name: getattr(plain, entry.name)}
                yield replace(self, **values)


FORM_DIMENSIONS: tuple[Dimension, ...] = (
    Dimension(
        "image ids",
        "ids of images",
        "0; gaps; an order other than that of the rows; 2^31, 2^53",
        (("count",), ("zero", "gaps"), ("descending", "scattered"), ("2^31", "2^53")),
    ),
    Dimension(
        "annotation ids",
        "ids of annotations",
        "gaps; an order other than that of the rows; 2^31, 2^53",
        (("count",), ("gaps",), ("descending", "scattered"), ("2^31", "2^53")),
    ),
    Dimension(
        "rows",
        "the order of annotations",
        "other than that of the images: in turns, backwards, scattered",
        (("by image",), ("interleaved",), ("reversed",), ("scattered",)),
    ),
    Dimension(
        "masks as",
        "how masks are written",
        "polygons beside pixel corners; run lengths as numbers and as text; each in turn",
        (("polygons",), ("fractions",), ("counts",), ("text",), ("mixed",)),
    ),
    Dimension(
        "keypoints",
        "keypoints of annotations",
        "3, 17; hidden ones; annotations of which none is labelled",
        (("none",), ("three", "many"), ("some",)),
    ),
    Dimension("sections", "the order of sections", "`categories` first, no `info`", (("usual",), ("backwards",))),
    Dimension("urls", "further fields of images", "`license`, `coco_url`, `date_captured`", (("no",), ("yes",))),
)
"""The dimensions of directed datasets that files for importers have beside those of exporters."""


def ids_at(level: Ids, count: int) -> list[int]:
    """So many different ids."""
    if level == "scattered":
        return [1 + (_SPREAD * (k + 1)) % _PRIME for k in range(count)]
    # From 2^53 on float64 has even numbers alone: ids that pass through it become others, and some the same.
    start, step = {"zero": (0, 1), "gaps": (5, 3), "descending": (count, -1), "2^31": (2**31 - 2, 1), "2^53": (2**53 - 1, 1)}.get(
        level, (1, 1)
    )
    return [start + step * k for k in range(count)]
