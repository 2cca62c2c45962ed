"""What shows that a file is of iNaturalist, Omni3D, COCO-Stuff or RefCOCO, whose further fields are not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from msgspec import Raw

__all__ = ["has_boxes_in_space", "has_references", "has_stuff", "has_taxonomy"]

_RANKS = frozenset({"kingdom", "phylum", "class", "order", "family", "genus"})
_SPATIAL = frozenset({"bbox3D_cam", "center_cam", "dimensions", "R_cam"})
_REFERENCE = frozenset({"ref_id", "ann_id", "image_id", "sentences"})
_STUFF_IDS = range(92, 184)
_STUFF_GROUPS = frozenset(
    [
        "textile",
        "plant",
        "building",
        "furniture-stuff",
        "structural",
        "solid",
        "floor",
        "ground",
        "ceiling",
        "wall",
        "raw-material",
        "window",
        "sky",
        "water",
        "food-stuff",
        "other",
    ]
)
_MEASURED = frozenset({"bbox", "segmentation", "area", "keypoints"})


def has_taxonomy(sample: Mapping[str, Sequence[Mapping[str, Raw]]]) -> bool:
    """Whether all categories have the ranks of their taxonomy, and annotations no place in the image.

    The ranks alone do not show it: the files of 2017 have boxes, which are checked as those of any file.

    Args:
        sample: Some rows of each section, with undecoded values.
    """
    categories, annotations = sample.get("categories", ()), sample.get("annotations", ())
    ranked = bool(categories) and all(row.keys() >= _RANKS for row in categories)
    return ranked and bool(annotations) and not any(_MEASURED & row.keys() for row in annotations)


def has_boxes_in_space(sample: Mapping[str, Sequence[Mapping[str, Raw]]]) -> bool:
    """Whether all annotations have the box in space of Omni3D.

    Args:
        sample: Some rows of each section, with undecoded values.
    """
    annotations = sample.get("annotations", ())
    return bool(annotations) and all(row.keys() >= _SPATIAL for row in annotations)


def has_references(sample: Mapping[str, Sequence[Mapping[str, Raw]]]) -> bool:
    """Whether all rows are references of RefCOCO, as the file `refs` of each of its splits has them (https://github.com/lichengunc/refer).

    Args:
        sample: Some rows of each section, with undecoded values.
    """
    rows = sample.get("annotations", ())
    return bool(rows) and all(row.keys() >= _REFERENCE and not _MEASURED & row.keys() for row in rows)


def has_stuff(sample: Mapping[str, Sequence[Mapping[str, Raw]]]) -> bool:
    """Whether all categories are those of COCO-Stuff: ids from 92, and supercategories of its hierarchy (https://github.com/nightrome/cocostuff).

    Args:
        sample: Some rows of each section, with undecoded values.
    """
    categories = sample.get("categories", ())
    return bool(categories) and all(
        _id_of(row.get("id")) in _STUFF_IDS and _text_of(row.get("supercategory")) in _STUFF_GROUPS for row in categories
    )


def _id_of(raw: Raw | None) -> int:
    text = b"" if raw is None else bytes(raw)
    return int(text) if text.isdigit() and len(text) < 4 else -1


def _text_of(raw: Raw | None) -> str:
    return "" if raw is None else bytes(raw).strip(b'"').decode("utf-8", "replace")
