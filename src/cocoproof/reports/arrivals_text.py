"""What arrives in the consumers of a file, in sentences and as a table. Text from the file is not escaped here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cocoproof.model.wording import count_of, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cocoproof.model.arrivals import Arrival, ArrivalLoss, ClassArrival
    from cocoproof.model.json_types import Id

__all__ = ["ArrivalTable", "ArrivalTableRow", "arrival_table", "headline"]


def headline(arrival: Arrival) -> str:
    """What arrives, in one sentence: `detectron2 trains on 0 of 90 annotations: 90 have iscrowd 1`."""
    if arrival.not_modelled is not None or arrival.annotations is None:
        return f"{arrival.consumer}: what arrives is not known: {arrival.not_modelled}"
    lost = [counted(loss.count, loss.reason) for loss in arrival.losses if loss.what == "annotations" and not _is_raised(arrival, loss)]
    if arrival.error is not None:
        lost.append(f"the loader raises {arrival.error}")
    parts = [f"{arrival.consumer} {arrival.verb} {_share(arrival)}" + (f": {', '.join(lost)}" if lost else "")]
    parts += [
        f"{count_of(change.annotations, 'annotation')} of {count_of(change.count, 'class')} get another class" for change in arrival.changes
    ]
    return "; ".join(parts)


def _share(arrival: Arrival) -> str:
    counts = arrival.annotations
    if counts is None:
        return ""
    if counts.arrived == counts.given:
        return f"{'all ' if counts.given > 1 else ''}{count_of(counts.given, 'annotation')}"
    return f"{counts.arrived:,} of {count_of(counts.given, 'annotation')}"


def _is_raised(arrival: Arrival, loss: ArrivalLoss) -> bool:
    """Whether the loss is what is left when the loader raises its exception."""
    return arrival.error is not None and loss.reason.endswith(arrival.error)


@dataclass(frozen=True, slots=True)
class ArrivalTableRow:
    """A class of which something is lost, or that is another one to a consumer.

    Attributes:
        id: Its id in the file.
        name: Its name.
        given: Its annotations in the file.
        arrived: For each consumer, how many arrive, and as which class if it is another one.
    """

    id: Id
    name: str
    given: int
    arrived: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ArrivalTable:
    """Classes that do not arrive whole and as they are.

    Attributes:
        consumers: The consumers whose loader is modelled.
        rows: In the order of the file.
        hidden: How many more there are.
    """

    consumers: tuple[str, ...]
    rows: tuple[ArrivalTableRow, ...]
    hidden: int


def arrival_table(arrivals: Sequence[Arrival], most_rows: int) -> ArrivalTable | None:
    """The table of the classes of which something is lost or changed; None if there is none.

    Args:
        arrivals: What arrives in each consumer, of one file.
        most_rows: How many rows to show.
    """
    modelled = [arrival for arrival in arrivals if arrival.not_modelled is None]
    classes = [one for one in zip(*(arrival.by_class for arrival in modelled), strict=True) if any(map(_differs, one))]
    if not classes:
        return None
    rows = tuple(ArrivalTableRow(one[0].id, one[0].name, one[0].given, tuple(map(_arrived, one))) for one in classes[:most_rows])
    return ArrivalTable(tuple(arrival.consumer for arrival in modelled), rows, len(classes) - len(rows))


def _differs(row: ClassArrival) -> bool:
    return row.changed or row.arrived < row.given


def _arrived(row: ClassArrival) -> str:
    return f"{row.arrived:,}" + (f" as class {row.label}" if row.changed else "")
