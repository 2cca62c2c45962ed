"""Rules about what arrives in the programs that are to read the file (`--for`)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.consumers.detectron2 import CONSUMER as DETECTRON2
from cocoproof.consumers.ultralytics import CONSUMER as ULTRALYTICS
from cocoproof.model.arrivals import LossNotice
from cocoproof.model.dialects import OF_OWN_READERS
from cocoproof.model.findings import Severity
from cocoproof.model.wording import count_of, counted
from cocoproof.rules.examples import dataset
from cocoproof.rules.rule import DATASETS, RuleContext, RuleSkipped, quote, rule
from cocoproof.rules.violations import Consequence, Violation, Violations, ViolationScope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cocoproof.consumers.account import Account
    from cocoproof.consumers.loading import LostRows
    from cocoproof.model.json_types import JsonPath

__all__ = ["RULES"]

_LISTED = 5
"""Classes and ids in a message."""

_CROWD = {"iscrowd": 1}


@rule(
    "COCO111",
    severity=Severity.WARNING,
    kinds=DATASETS,
    requires=("consumers",),
    consumers=(DETECTRON2,),
    accept=[dataset(), dataset([{"iscrowd": 0}, {"segmentation": []}])],
    reject=[
        (dataset([_CROWD, _CROWD]), "/annotations/0"),
        (dataset([{}, _CROWD]), "/annotations/1"),
        (dataset([{}, {"category_id": 2, **_CROWD}]), "/annotations/1"),
        (dataset([{}, {"category_id": 7}]), "/annotations/1"),
    ],
    explains=("COCO307",),
)
def consumer_drops_annotations(context: RuleContext) -> Iterator[Violations]:
    """The loader of a consumer named with --for drops annotations.

    Loaders leave out what they cannot use, mostly silently: crowds, boxes without extent, annotations whose ids they do not find, all of an image with
    one bad label. The file is valid, training runs, and the objects are missing from it. The report begins with a line for each consumer: how many
    annotations arrive with the loader's default settings, and why the others do not. The JSON report has all figures, by class, in `files[].arrives`.

    One finding for each consumer and reason. An error where nothing of the file or of a class arrives, or the loader raises an exception; a note where the
    loader mentions the loss, or the format defines it, as for crowds in an evaluation. What another rule reports as a defect of the rows is counted in the account, and is not
    repeated here. Change the rows, or the settings of the loader; `--ignore COCO111` if the loss is meant.
    """
    modelled = _modelled(context)
    for account in modelled:
        for loss in account.losses:
            if loss.table == "annotations":
                yield from _of_loss(context, account, loss)
    takes = {one.name for one in context.consumers or () if context.coco.kind in one.kinds}
    for account in modelled if not context.coco.annotations.n else ():
        # An evaluation has nothing to do with images alone, which is not a defect of theirs.
        if account.arrival.error is not None and account.arrival.consumer in takes and account.arrival.verb != "evaluates":
            yield _of_images(context, account)


def _of_images(context: RuleContext, account: Account) -> Violations:
    """The loader raises an exception, where there is no annotation to say it of."""
    arrival = account.arrival
    message = f"{arrival.consumer} loads none of {count_of(context.coco.images.n, 'image')}: it raises {arrival.error}"
    place = Violation(message, scope=ViolationScope.FILE, about=f"{arrival.consumer}: {arrival.error}")
    return replace(Violations.of_document([place]), severity=Severity.ERROR)


def _of_loss(context: RuleContext, account: Account, loss: LostRows) -> Iterator[Violations]:
    """The violations of one loss: that of classes of which nothing arrives, and the rest."""
    gone = _of_lost_classes(context, account, loss.rows)
    if gone.any():
        yield _finding(context, account, loss, loss.rows[gone], Severity.ERROR)
    if not gone.all() and loss.cause is None:
        severity = Severity.WARNING if loss.notice is LossNotice.SILENT else Severity.NOTE
        yield _finding(context, account, loss, loss.rows[~gone], severity)


def _of_lost_classes(context: RuleContext, account: Account, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the rows are of a class of which nothing arrives, bool, shape (n,); all of them if nothing of the file arrives."""
    if not account.arrived.any():
        return np.ones(len(rows), bool)
    category = context.coco.annotations.category_row
    arrived = np.zeros(context.coco.categories.n, bool)
    arrived[category[account.arrived & (category >= 0)]] = True
    of_class = category[rows] >= 0
    out = np.zeros(len(rows), bool)
    out[of_class] = ~arrived[category[rows[of_class]]]
    return out


def _finding(context: RuleContext, account: Account, loss: LostRows, rows: NDArray[np.int64], severity: Severity) -> Violations:
    arrival, total = account.arrival, context.coco.annotations.n
    counts = _classes(context, rows)
    raised = arrival.error is not None and loss.reason.endswith(arrival.error)
    place: JsonPath = account.place if raised and account.place is not None else ("annotations", int(rows[0]))
    about = f"{arrival.consumer}: {loss.reason}: {counts}"

    def violation(_: int) -> Violation:
        if not account.arrived.any():
            what = f"{arrival.consumer} {arrival.verb} none of {count_of(total, 'annotation')}"
        elif severity is Severity.ERROR:
            classes = len(np.unique(context.coco.annotations.category_row[rows]))
            what = f"{arrival.consumer} {arrival.verb} no annotation of {count_of(classes, 'class')}"
        else:
            what = f"{arrival.consumer} drops {len(rows):,} of {count_of(total, 'annotation')}"
        if raised:
            return Violation(f"{what}: it raises {arrival.error}", place, scope=ViolationScope.FILE, about=about)
        who = f"all {loss.reason}" if len(rows) == total > 1 else counted(len(rows), loss.reason)
        message = f"{what}: {who} ({_shown_classes(counts)}ids {_shown_ids(context, rows)})"
        return Violation(message, place, scope=ViolationScope.FILE, about=about)

    return Violations(1, violation, severity, explains=_explained(context, account, rows) if severity is Severity.ERROR else ())


def _explained(context: RuleContext, account: Account, rows: NDArray[np.int64]) -> tuple[Consequence, ...]:
    """What COCO307 says of the crowds among the annotations that are lost: of the file if nothing arrives, else of their classes."""
    crowds = rows[context.coco.annotations.crowd[rows]]
    if not len(crowds):
        return ()
    if not account.arrived.any():
        return (Consequence(code="COCO307"),)
    return (Consequence(code="COCO307", rows=np.unique(context.coco.annotations.category_row[crowds]), table="categories"),)


def _classes(context: RuleContext, rows: NDArray[np.int64]) -> list[tuple[str, int]]:
    """Names of the categories of these annotations with counts, the most frequent first."""
    category = context.coco.annotations.category_row[rows]
    found, counts = np.unique(category[category >= 0], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    names = context.coco.categories.name.values
    return [(names[row], count) for row, count in zip(found[order].tolist(), counts[order].tolist(), strict=True)]


def _shown_classes(counts: list[tuple[str, int]]) -> str:
    listed = [f"{quote(name, 40)} {count:,}" for name, count in counts[:_LISTED]]
    more = [count_of(len(counts) - _LISTED, "more class")] if len(counts) > _LISTED else []
    return f"{', '.join([*listed, *more])}; " if listed else ""


def _shown_ids(context: RuleContext, rows: NDArray[np.int64]) -> str:
    ids = [context.coco.annotations.id_of(row) for row in rows[:_LISTED].tolist()]
    shown = ", ".join("none" if one is None else str(one) if isinstance(one, int) else quote(one, 40) for one in ids)
    return shown + (", ..." if len(rows) > _LISTED else "")


@rule(
    "COCO112",
    severity=Severity.ERROR,
    kinds=DATASETS,
    requires=("consumers",),
    consumers=(ULTRALYTICS,),
    accept=[dataset(), dataset([{}, {"category_id": 2}])],
    reject=[
        (dataset([{"category_id": 3}], categories=[{"id": 2}, {"id": 3}, {"id": 4}, {"id": 5}]), "/categories/1"),
        (dataset([{"category_id": 2}], categories=[{"id": 2}, {"id": 3}, {"id": 4}]), "/categories/0"),
    ],
)
def consumer_changes_classes(context: RuleContext) -> Iterator[Violations]:
    """The loader of a consumer named with --for gives annotations another class than their category's.

    No exception is raised, and the model learns to call dogs cats. It happens where a loader derives the number of a class from the category's id in a way
    that fits COCO's own ids: ultralytics' `convert_coco` maps COCO's 91 ids to 80 classes unless `cls91to80=False` is given. The loader's default
    settings count. Set the option that the message names, or renumber the categories.
    """
    for account in _modelled(context):
        for change, shown in zip(account.changes, account.arrival.changes, strict=True):
            names = ", ".join(quote(name, 40) for name in shown.examples)
            more = ", ..." if shown.count > len(shown.examples) else ""
            message = (
                f"{account.arrival.consumer} gives {count_of(shown.annotations, 'annotation')} of {count_of(shown.count, 'class')} "
                f"another class: {shown.reason} ({names}{more})"
            )
            about = f"{account.arrival.consumer}: {names}{more}: {shown.count}"
            place = Violation(message, ("categories", int(change.rows[0])), scope=ViolationScope.FILE, about=about)
            yield replace(Violations.of_document([place]), severity=Severity.ERROR)


def _modelled(context: RuleContext) -> list[Account]:
    """The accounts of the consumers whose loader is modelled.

    Raises:
        RuleSkipped: If there is none.
    """
    foreign = [dialect.label for dialect in context.coco.dialects if dialect in OF_OWN_READERS]
    if foreign:
        raise RuleSkipped(f"{' and '.join(foreign)} files have readers of their own")
    reasons = {account.arrival.consumer: account.arrival.not_modelled for account in context.accounts}
    modelled = [account for account in context.accounts if account.arrival.not_modelled is None]
    if not modelled:
        why = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
        raise RuleSkipped(f"what arrives is not modelled ({why})")
    return modelled


RULES = (consumer_drops_annotations, consumer_changes_classes)
