"""What an exporter claims, as far as it determines the datasets that it can be given."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Claims"]


@dataclass(frozen=True)
class Claims:
    """The claims of an exporter that determine the datasets that it can be given.

    Attributes:
        masks: Whether there may be masks.
        crowds: Whether there may be a column of crowd flags.
        folders: Whether images may be in folders.
        mapped: Whether the mapping may be any; else class k becomes the k-th category, of the same name.
        first_category_id: Where category ids start and then leave no gap; None where they may be any.
        points: Whether the exporter is given keypoints instead of boxes.
        boxed: Whether keypoints may have boxes of their own.
        hidden: Whether points may be hidden.
        flag_column: Whether flags of points may be in a column.
        point_scores: Whether points may have scores.
        truth_by_name: Whether the ground truth of results may have other category ids than the mapping.
        empty: Whether predictions may be without any detection.
    """

    masks: bool
    crowds: bool
    folders: bool
    mapped: bool
    first_category_id: int | None
    points: bool = False
    boxed: bool = True
    hidden: bool = True
    flag_column: bool = False
    point_scores: bool = False
    truth_by_name: bool = True
    empty: bool = True
