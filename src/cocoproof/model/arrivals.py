"""What arrives of a file in a program that reads it: the account of one consumer, as reports show it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cocoproof.model.json_types import Id

__all__ = ["Arrival", "ArrivalLoss", "ClaimEvidence", "ClassArrival", "ClassChange", "InOut", "LossNotice"]


class ClaimEvidence(str, enum.Enum):
    """What a statement about a loader rests on."""

    TEST = "test"
    """A test of `tests/consumers` runs the real loader."""
    SOURCE = "source"
    """The loader's source was read; it was not run."""
    NONE = "none"
    """It is an opinion on what a dataset should have, not about a loader."""


class LossNotice(str, enum.Enum):
    """Whether the user of a loader learns of a loss."""

    SILENT = "silent"
    """The loader does not mention it."""
    LOGGED = "logged"
    """The loader mentions it: a line in its log, a warning."""
    DEFINED = "defined"
    """The COCO format says that it is so, such as crowds in an evaluation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InOut:
    """How many rows the file has, and how many of them arrive."""

    given: int
    arrived: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalLoss:
    """Rows that do not arrive, for one reason. A row is counted once, under the first reason.

    Attributes:
        what: `images`, `annotations` or `masks`.
        reason: Why, as a predicate of the rows in the plural: `have iscrowd 1`.
        notice: Whether the loader mentions it.
        count: How many rows.
        classes: The categories of the annotations that are lost, with counts, the most frequent first; at most ten.
        other_classes: How many categories more.
        examples: Ids of rows, at most five.
        cause: The code of the rule that reports these rows as defects; None if there is none.
    """

    what: str
    reason: str
    notice: LossNotice
    count: int
    classes: tuple[tuple[str, int], ...] = ()
    other_classes: int = 0
    examples: tuple[Id, ...] = ()
    cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassArrival:
    """What arrives of one category.

    Attributes:
        id: Its id in the file.
        name: Its name in the file.
        given: Its annotations in the file.
        arrived: How many of them arrive.
        label: The number that the consumer gives the class; None if it has none.
        changed: Whether this number means another class, or none.
    """

    id: Id
    name: str
    given: int
    arrived: int
    label: int | None = None
    changed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassChange:
    """Categories that are another class to the consumer.

    Attributes:
        reason: How and why, as a sentence without a full stop.
        count: How many categories.
        annotations: How many annotations of them arrive.
        examples: Names of such categories, at most five.
    """

    reason: str
    count: int
    annotations: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What the loader of one consumer makes of a file, with the loader's default settings.

    Image files are taken to be as the file says. `classes` counts categories with at least one annotation.

    Attributes:
        consumer: The consumer's name in `--for`.
        package: Its distribution.
        version: The release that is modelled.
        loader: The call that is modelled.
        verb: What it does with annotations: `trains on`.
        evidence: What the model rests on.
        not_modelled: Why there is no account; None if there is one. The counts that follow are then None or empty.
        error: The exception that the loader raises; None if it raises none.
        images: Images in and out.
        annotations: Annotations in and out.
        classes: Categories with annotations, in and out.
        masks: Masks in and out; None if that is not modelled.
        losses: What does not arrive, by reason, in the order of the loader's steps.
        changes: Categories that are another class to the consumer.
        by_class: One row per category, in the order of the file.
    """

    consumer: str
    package: str
    version: str
    loader: str
    verb: str
    evidence: ClaimEvidence
    not_modelled: str | None = None
    error: str | None = None
    images: InOut | None = None
    annotations: InOut | None = None
    classes: InOut | None = None
    masks: InOut | None = None
    losses: tuple[ArrivalLoss, ...] = ()
    changes: tuple[ClassChange, ...] = ()
    by_class: tuple[ClassArrival, ...] = ()
