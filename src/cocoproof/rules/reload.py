"""Rules about what pycocotools and supervision make of the file: they are really asked, in a child process."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.model.findings import Kind, Severity
from cocoproof.readers import Ending, Loader, LossRows, ReloadLoss, ReloadOutcome, Stage
from cocoproof.rules.examples import GONE, dataset
from cocoproof.rules.rule import DATASETS, OBJECTS, Consequence, RuleContext, RuleSkipped, Violation, Violations, ViolationScope, rule

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cocoproof.model.json_types import JsonPath

__all__ = ["RULES"]

_NAMED = re.compile(r"^(?:annotation|image|category|result) \S+: ")
_WITHOUT_PIXELS = frozenset({"thin polygon", "polygon without pixels"})
"""Sorts of losses."""


def _outcome(context: RuleContext, loader: Loader) -> ReloadOutcome:
    if context.reloads is None:
        raise RuleSkipped("the reload is switched off")
    outcome = context.reloads.outcome(loader)
    if outcome.ending is Ending.BROKEN:
        msg = f"the reload itself failed: {outcome.failure}"
        raise RuntimeError(msg)
    if outcome.ending is Ending.NOT_INSTALLED:
        raise RuleSkipped(outcome.failure or "not installed")
    return outcome


def _dataset_outcome(context: RuleContext) -> tuple[ReloadOutcome, Loader]:
    """The outcome of pycocotools, or of lvis where that is installed and the file is LVIS."""
    loader = Loader.PYCOCOTOOLS if context.reloads is None else context.reloads.dataset_loader
    return _outcome(context, loader), loader


def _remark(context: RuleContext) -> str | None:
    return None if context.reloads is None else context.reloads.remark


def _failed(outcome: ReloadOutcome, stages: Sequence[Stage], context: RuleContext) -> Violations:
    """One violation where the reader failed in one of these stages; none where it met a limit, which is a matter of the machine."""
    failed = outcome.failure is not None and outcome.stage in stages
    met_limit = outcome.ending is Ending.LIMIT
    return Violations(
        int(failed and not met_limit),
        lambda _: Violation(f"{outcome.failure}", scope=ViolationScope.OUTCOME),
        remark=_remark(context),
        unchecked=_met_limit(outcome) if failed and met_limit else None,
    )


def _met_limit(outcome: ReloadOutcome) -> str:
    return f"not checked: the reader exceeded its limit ({outcome.failure})"


def _losses(
    losses: Sequence[ReloadLoss],
    rows: Sequence[LossRows],
    context: RuleContext,
    describe: Callable[[ReloadLoss], Violation] | None = None,
    *,
    at_most: int | None = None,
) -> list[Violations]:
    """Losses as violations, by their sort; a mask that has no pixel is a warning, as it is to COCO611.

    Args:
        losses: Those that are listed.
        rows: The rows of all.
        context: The file.
        describe: A loss as a violation.
        at_most: How many of each sort a report lists.
    """
    sampled = _remark(context) is not None

    def located(loss: ReloadLoss) -> Violation:
        violation = (describe or _violation)(loss)
        # Which images are in the sample depends on the order.
        return replace(violation, scope=ViolationScope.OUTCOME) if sampled else violation

    def of_sort(sort: LossRows, listed: Sequence[ReloadLoss]) -> Violations:
        return Violations(
            sort.count,
            lambda k: located(listed[k]),
            severity=Severity.WARNING if sort.slight else None,
            listed=len(listed),
            rows=np.array(sort.rows, np.int64) if sort.table else None,
            table=sort.table or None,
            sort=sort.sort,
            at_most=at_most,
        )

    listed = [[loss for loss in losses if (loss.sort, loss.slight) == (sort.sort, sort.slight)] for sort in rows]
    found = [of_sort(sort, own) for sort, own in zip(rows, listed, strict=True)]
    return [Violations(0, lambda _: Violation(""), remark=_remark(context)), *found]


def _violation(loss: ReloadLoss) -> Violation:
    path, table, row = _place(loss.pointer)
    if row is None:
        return Violation(loss.message, path)
    other = None if loss.other is None else _place(loss.other)[2]
    # The reload names the row in its message; the engine puts the row's usual name before it instead.
    return Violation(_NAMED.sub("", loss.message), path, table, row, others=() if other is None else (other,))


def _place(pointer: str) -> tuple[JsonPath, str | None, int | None]:
    """The path of a pointer, and the table and row that it leads into."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    path: JsonPath = tuple(int(part) if part.isdigit() else part for part in parts)
    if path and isinstance(path[0], int):
        return path, "annotations", path[0]
    if len(path) > 1 and path[0] in ("images", "annotations", "categories") and isinstance(path[1], int):
        return path, str(path[0]), path[1]
    return path, None, None


def _require_loaded(outcome: ReloadOutcome, loader: Loader, code: str) -> None:
    if not outcome.loaded:
        raise RuleSkipped(_met_limit(outcome) if outcome.ending is Ending.LIMIT else f"{loader.value} cannot load the file ({code})")


@rule(
    "COCO901",
    severity=Severity.ERROR,
    kinds=DATASETS | {Kind.RESULTS},
    requires=("pycocotools",),
    accept=[dataset(), dataset([{}, {}])],
    reject=[(dataset([{"id": GONE}]), ""), (dataset([{"image_id": GONE}]), "")],
)
def pycocotools_load_failed(context: RuleContext) -> Violations:
    """pycocotools cannot load the file.

    `pycocotools.coco.COCO(file)` raised an exception or crashed; for a results list, `COCO(ground_truth).loadRes(file)` did. Every tool
    that is built on pycocotools (detectron2, MMDetection, torchvision's references, most notebooks) fails in the same way. The load runs
    in a child process, so that even a crash of its C code ends here as a finding. The other findings of the file usually name the cause.
    Where the child meets its limit on time or memory, the file is not checked: that is not an error of the file.

    LVIS files are loaded with the package `lvis` instead, where it is installed (`pip install 'cocoproof[lvis]'`): `lvis.LVIS(file)`.
    """
    outcome, _ = _dataset_outcome(context)
    return _failed(outcome, (Stage.START, Stage.LOAD), context)


@rule(
    "COCO902",
    severity=Severity.ERROR,
    kinds=DATASETS | {Kind.RESULTS},
    requires=("pycocotools",),
    accept=[dataset(), dataset([{}, {}])],
    reject=[(dataset([{}, {"id": 1}]), "/annotations/0/id"), (dataset(images=[{}, {"id": 1}]), "/images/0/id")],
    explains=("COCO903",),
)
def pycocotools_load_lossy(context: RuleContext) -> list[Violations]:
    """What pycocotools holds after loading is not what the file says.

    Rows were lost (of two annotations with one id only the last is kept), or a mask reads back otherwise than its
    runs say, or to nothing. Nothing warns about it: evaluation and training simply see less than there is. Masks are
    decoded with `annToMask` and compared with plain arithmetic on the file's own numbers; masks that could harm
    pycocotools' C code are left out and are findings of COCO601 to COCO609. Of LVIS files this is what `lvis` holds, where it is installed.
    """
    outcome, loader = _dataset_outcome(context)
    _require_loaded(outcome, loader, "COCO901")
    losses = _losses(outcome.losses, outcome.loss_rows, context)
    # A mask without a pixel is not matched by itself either.
    losses = [_with_score(found) if found.sort in _WITHOUT_PIXELS else found for found in losses]
    return [*losses, _failed(outcome, (Stage.COMPARE, Stage.MASKS), context)]


def _with_score(found: Violations) -> Violations:
    return found.explaining(Consequence(code="COCO903", rows=found.rows, sort="no pixel"))


@rule(
    "COCO903",
    severity=Severity.ERROR,
    kinds=OBJECTS,
    requires=("pycocotools",),
    accept=[dataset(), dataset([{}, {"category_id": 2}])],
    reject=[(dataset([{"id": 0}, {}]), "/annotations/0/id"), (dataset([{"bbox": [4, 5, 20, -16]}, {}]), "/annotations/0/bbox")],
)
def self_evaluation_imperfect(context: RuleContext) -> list[Violations]:
    """Evaluated against itself, the file does not score an average precision of 1.

    Every annotation is handed to pycocotools' COCOeval as a detection with score 1. Whatever is not found then can
    never be found by any model: an annotation with id 0 counts as a miss, duplicate ids and boxes without area too.
    Effects that are not the file's fault are accounted for: more than 100 boxes on an image, keypoints that are not COCO's 17,
    people without visible keypoints, crowds. Images on which the comparison of all pairs would take too many operations are not checked (`EVALUATION_STEPS`).
    Of a file above 4 MiB a sample of whole images is evaluated, unless `--reload always` is set; the verdict says so.

    LVIS files are evaluated by `LVISEval` of the package `lvis`, and are not evaluated where it is not installed (`pip install 'cocoproof[lvis]'`): COCOeval
    needs fields that they do not have. lvis 0.5.3 uses a name that numpy 1.24 removed (`np.float`); the check adds the name in its own process,
    elsewhere `LVISEval` raises AttributeError with a newer numpy.
    """
    outcome, loader = _dataset_outcome(context)
    _require_loaded(outcome, loader, "COCO901")
    if context.coco.kind is Kind.LVIS and loader is not Loader.LVIS:
        raise RuleSkipped("LVIS files are evaluated by lvis, which is not installed (pip install 'cocoproof[lvis]')")
    if outcome.ending is Ending.LIMIT and outcome.stage is not Stage.EVALUATE:
        raise RuleSkipped(_met_limit(outcome))
    found = [_failed(outcome, (Stage.EVALUATE,), context)]
    crowded = [f"{one.iou_type}: {one.over_budget}" for one in outcome.evaluations if one.over_budget]
    if crowded:
        found.append(Violations(0, lambda _: Violation(""), unchecked=f"not checked, over the budget of operations: {'; '.join(crowded)}"))
    for evaluation in outcome.evaluations:
        if not evaluation.imperfect:
            continue
        score = f"{evaluation.iou_type} AP is {evaluation.ap:.4f}, not 1"
        if evaluation.causes:
            found += _losses(evaluation.causes, evaluation.cause_rows, context, partial(_scored, score))
        else:
            found.append(Violations.of_document([Violation(f"evaluated against itself, {score}", scope=ViolationScope.OUTCOME)]))
    silent = not any(violations.count or violations.unchecked for violations in found)
    if silent and not any(one.ap is not None for one in outcome.evaluations):
        reasons = dict.fromkeys(one.reason for one in outcome.evaluations if one.reason)
        raise RuleSkipped("; ".join(reasons) or "there is nothing to evaluate")
    return found


def _scored(score: str, cause: ReloadLoss) -> Violation:
    violation = _violation(cause)
    return replace(violation, message=f"{violation.message} ({score})", scope=ViolationScope.OUTCOME)


@rule(
    "COCO904",
    severity=Severity.ERROR,
    kinds=OBJECTS,
    requires=("supervision",),
    accept=[dataset(), dataset([{}, {"category_id": 2}])],
    reject=[(dataset([{"image_id": GONE}]), ""), (dataset([{"bbox": GONE}]), "")],
)
def supervision_load_failed(context: RuleContext) -> Violations:
    """supervision cannot load the file.

    `supervision.DetectionDataset.from_coco` raised an exception or crashed. Checked where supervision is installed; not checked where it
    meets a limit on time or memory, which is not an error of the file. Skipped where the model of its loader says that all of the file arrives,
    unless `--for supervision` or `--reload always` is set: importing supervision takes longer than all other rules.
    """
    return _failed(_outcome(context, Loader.SUPERVISION), (Stage.START, Stage.LOAD), context)


@rule(
    "COCO905",
    severity=Severity.WARNING,
    kinds=OBJECTS,
    requires=("supervision",),
    accept=[dataset(), dataset([{}, {"category_id": 2}])],
    reject=[(dataset([{"image_id": 9}, {}]), "/annotations/0/image_id"), (dataset([{"segmentation": []}, {}]), "/annotations/0")],
)
def supervision_load_lossy(context: RuleContext) -> list[Violations]:
    """What supervision holds after loading is not what the file says.

    Images that share a file name become one, annotations of unknown images vanish, classes that share a name merge.
    supervision renumbers categories and images in every case; that is not reported. Skipped where COCO904 is.
    """
    outcome = _outcome(context, Loader.SUPERVISION)
    _require_loaded(outcome, Loader.SUPERVISION, "COCO904")

    def first_of_its_sort(loss: ReloadLoss) -> Violation:
        return replace(_violation(loss), scope=ViolationScope.OUTCOME)

    losses = _losses(outcome.losses, outcome.loss_rows, context, first_of_its_sort, at_most=1)
    return [*losses, _failed(outcome, (Stage.COMPARE, Stage.MASKS), context)]


RULES = (
    pycocotools_load_failed,
    pycocotools_load_lossy,
    self_evaluation_imperfect,
    supervision_load_failed,
    supervision_load_lossy,
)
