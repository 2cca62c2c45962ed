"""Runs the model of a consumer's loader on a file, and counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.as_written import as_written
from cocoproof.consumers.loading import ChangedClasses, LoaderRaised, Loading, LostRows, NotModelled
from cocoproof.model.arrivals import Arrival, ArrivalLoss, ClassArrival, ClassChange, InOut, LossNotice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from cocoproof.columns.tables import Dataset
    from cocoproof.consumers.consumer import Consumer

__all__ = ["Account", "account_of"]

_EXAMPLES = 5
_CLASSES = 10


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Account:
    """What arrives, with the rows.

    Attributes:
        arrival: The account as reports show it.
        losses: What was lost, with the rows; empty if the file is not modelled.
        changes: Categories that are another class to the consumer, with the rows.
        arrived: Annotations that arrive, bool, shape (n,).
        place: Table and number of the first row for which the loader raises an exception; None if it raises none, or for no row.
    """

    arrival: Arrival
    losses: tuple[LostRows, ...]
    changes: tuple[ChangedClasses, ...]
    arrived: NDArray[np.bool_]
    place: tuple[str, int] | None = None


def account_of(consumer: Consumer, coco: Dataset, classes: tuple[str, ...] | None = None) -> Account:
    """What the loader of a consumer makes of a file.

    Args:
        consumer: The consumer.
        coco: The file.
        classes: The user's list of classes, for loaders that are given one.
    """
    arrival = Arrival(
        consumer=consumer.name,
        package=consumer.package,
        version=consumer.version,
        loader=consumer.loader,
        verb=consumer.verb,
        evidence=consumer.evidence,
    )
    why = _not_covered(consumer, coco)
    loading = Loading(as_written(coco), classes)
    error, place = None, None
    if why is None and consumer.load is not None:
        try:
            with np.errstate(all="ignore"):  # a file may have 1e308
                consumer.load(loading)
        except NotModelled as reason:
            why = str(reason)
        except LoaderRaised as reason:
            error, place = str(reason), reason.place
            _lose_all(loading, error)
    if why is not None:
        return Account(arrival=replace(arrival, not_modelled=why), losses=(), changes=(), arrived=loading.annotations)
    return _counted(replace(arrival, error=error), loading, place)


def _not_covered(consumer: Consumer, coco: Dataset) -> str | None:
    if consumer.load is None:
        return "there is no model of this loader"
    if coco.kind not in consumer.modelled:
        return f"{coco.kind.value} files are not modelled"
    for section in ("images", "annotations", "categories"):
        if section in coco.broken_sections:
            return f"{section} is not a list"
    return None


def _lose_all(loading: Loading, error: str) -> None:
    """Nothing arrives after an exception. What was dropped before keeps its reason."""
    reason = f"are lost, because the loader raises {error}"
    loading.drop_images(loading.images.copy(), reason, LossNotice.LOGGED)
    loading.drop_annotations(loading.annotations.copy(), reason, LossNotice.LOGGED)
    loading.changes.clear()


def _counted(arrival: Arrival, loading: Loading, place: tuple[str, int] | None) -> Account:
    coco = loading.coco
    masks = coco.annotations.segmentation.is_mask
    given, arrived = _per_class(coco, np.ones(coco.annotations.n, bool)), _per_class(coco, loading.annotations)
    changes = [ChangedClasses(change.rows[arrived[change.rows] > 0], change.reason) for change in loading.changes]
    changes = [change for change in changes if len(change.rows)]
    changed = np.zeros(coco.categories.n, bool)
    for change in changes:
        changed[change.rows] = True
    arrival = replace(
        arrival,
        images=InOut(given=coco.images.n, arrived=int(loading.images.sum())),
        annotations=InOut(given=coco.annotations.n, arrived=int(loading.annotations.sum())),
        classes=InOut(given=int((given > 0).sum()), arrived=int((arrived > 0).sum())),
        masks=InOut(given=int(masks.sum()), arrived=int((loading.masks & loading.annotations).sum())) if loading.masks_modelled else None,
        losses=tuple(_loss(coco, loss) for loss in loading.losses),
        changes=tuple(_change(coco, change, arrived) for change in changes),
        by_class=tuple(_by_class(loading, given, arrived, changed)),
    )
    return Account(arrival=arrival, losses=tuple(loading.losses), changes=tuple(changes), arrived=loading.annotations, place=place)


def _per_class(coco: Dataset, annotations: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many of these annotations each category has, int64, shape (categories,)."""
    rows = coco.annotations.category_row[annotations]
    return np.bincount(rows[rows >= 0], minlength=coco.categories.n)


def _loss(coco: Dataset, loss: LostRows) -> ArrivalLoss:
    of_annotations = loss.table != "images"
    table = coco.annotations if of_annotations else coco.images
    lost = np.zeros(coco.annotations.n, bool)
    if of_annotations:
        lost[loss.rows] = True
    counts = _per_class(coco, lost)
    order = np.argsort(-counts, kind="stable")[: int((counts > 0).sum())]
    return ArrivalLoss(
        what=loss.table,
        reason=loss.reason,
        notice=loss.notice,
        count=len(loss.rows),
        classes=tuple((coco.categories.name.values[row], int(counts[row])) for row in order[:_CLASSES].tolist()),
        other_classes=max(len(order) - _CLASSES, 0),
        examples=tuple(table.id_of(row) for row in loss.rows[:_EXAMPLES].tolist()),
        cause=loss.cause,
    )


def _change(coco: Dataset, change: ChangedClasses, arrived: NDArray[np.int64]) -> ClassChange:
    return ClassChange(
        reason=change.reason,
        count=len(change.rows),
        annotations=int(arrived[change.rows].sum()),
        examples=tuple(coco.categories.name.values[row] for row in change.rows[:_EXAMPLES].tolist()),
    )


def _by_class(loading: Loading, given: NDArray[np.int64], arrived: NDArray[np.int64], changed: NDArray[np.bool_]) -> Iterable[ClassArrival]:
    categories = loading.coco.categories
    for row in range(categories.n):
        label = None if loading.labels is None or loading.labels[row] < 0 else int(loading.labels[row])
        yield ClassArrival(
            id=categories.id_of(row),
            name=categories.name.values[row],
            given=int(given[row]),
            arrived=int(arrived[row]),
            label=label,
            changed=bool(changed[row]),
        )
