"""What shows that a file is of iNaturalist or Omni3D, whose further fields are not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from msgspec import Raw

__all__ = ["has_boxes_in_space", "has_taxonomy"]

_RANKS = frozenset({"kingdom", "phylum", "class", "order", "family", "genus"})
_SPATIAL = frozenset({"bbox3D_cam", "center_cam", "dimensions", "R_cam"})
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
