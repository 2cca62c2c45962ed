"""The subject of a contract: what its exporters write, with the properties of that and the datasets on which they are tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from hypothesis.strategies import SearchStrategy

    from cocoproof.testing.claims import Claims
    from cocoproof.testing.drawn import DrawnCase, World

__all__ = ["Claim", "Directed", "MakesTrial", "Property", "Subject"]

Claim: TypeAlias = Literal[
    "keeps_masks",
    "keeps_keypoint_scores",
    "keeps_keypoints",
    "keeps_skeletons",
    "keeps_order",
    "keeps_folders",
    "keeps_supercategories",
    "keeps_scores",
    "keeps_track_ids",
    "keeps_oriented_boxes",
    "keeps_data",
    "maps_classes",
    "reads_headers_only",
    "writes_one_file",
    "keeps_sizes",
    "keeps_ids",
    "keeps_category_ids",
    "keeps_areas",
    "keeps_crowds",
    "keeps_keypoints",
    "keeps_further_fields",
]


@dataclass(frozen=True)
class Property:
    """One property.

    Attributes:
        check: Raises `PropertyBroken` if the property fails.
        draw: Makes the small datasets that Hypothesis draws; None if it is not tried on those.
        claim: The class attribute without which it is not tried; None if it applies to every exporter.
        directed: On which directed datasets it is tried: all, a busy one, or none.
        tries: How many smaller datasets are tried to reduce a directed one that fails.
    """

    check: Callable[[Any], None]
    draw: Callable[[Any], SearchStrategy[DrawnCase]] | None
    claim: Claim | None = None
    directed: Literal["all", "busy", "none"] = "all"
    tries: int = 150


class Directed(Protocol):
    """The directed datasets of a subject; `claims` are what the exporter claims."""

    def worlds(self, claims: Claims, *, twins: bool, large: bool = False) -> Sequence[World]:
        """Every directed dataset, those that cost least first.

        Args:
            claims: What the exporter claims.
            twins: Whether the file system keeps names apart that are equal but for case or Unicode form.
            large: Whether the largest are among them.
        """

    def busy(self, claims: Claims, *, twins: bool) -> World:
        """One dataset with something of everything."""

    def least(self, claims: Claims) -> World:
        """One image with two detections."""


class MakesTrial(Protocol):
    """Makes the trial of an exporter with a dataset."""

    def __call__(self, case: Any, exporter: Any, folder: Path, /) -> Any:
        """A trial in a new folder."""


@dataclass(frozen=True)
class Subject:
    """The subject of a contract.

    Attributes:
        properties: By name; the contract has a test of each.
        directed: The directed datasets.
        trial: Makes the trial of a dataset.
    """

    properties: Mapping[str, Property]
    directed: Directed
    trial: MakesTrial
