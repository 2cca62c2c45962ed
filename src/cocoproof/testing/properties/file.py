"""Properties of the file: valid by the schema, the verifier, plain arithmetic on its ids, and pycocotools' evaluation."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any

from cocoproof.api import check
from cocoproof.model.findings import Severity
from cocoproof.readers.safe_masks import readable_masks
from cocoproof.readers.self_evaluation import evaluate
from cocoproof.testing.trial import ExportUnreadable, PropertyBroken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cocoproof.testing.trial import Trial

__all__ = ["annotation_ids", "image_ids", "schema_valid", "self_evaluation", "verifier_clean"]

_IGNORED = ("COCO306", "COCO307", "COCO503", "COCO504", "COCO505", "COCO511")
"""Rules that do not concern the exporter: what the source contains (no annotation, crowds alone, a box out of its image), and what is a
guess by all boxes, of a few pixels here (their format, exchanged sizes of images); other properties compare their values with the source."""


_MAX_ID = 2**31 - 1
"""The exporter chooses the ids of images and annotations: larger ones do not fit the 32-bit integers of many readers."""

_MOST_EVALUATED = 130
"""Detections of an image up to which self-evaluation is tried: its time grows with their square."""

_MOST_PAIRS = 20_000
"""Images times categories up to which it is."""


def schema_valid(trial: Trial) -> None:
    """The file is JSON of the published schema: every required field, of its type and within its domain (COCO0xx, COCO1xx)."""
    _no_errors(trial, select=("COCO0", "COCO1"))


def verifier_clean(trial: Trial) -> None:
    """The verifier finds no error in the file."""
    _no_errors(trial, select=())


def _no_errors(trial: Trial, select: Sequence[str]) -> None:
    report = check(
        trial.path, select=select, ignore=() if select else _IGNORED, kind=trial.case.KIND, reload="never", max_findings=5, images=False
    )
    errors = [f"{finding.code} {finding.message}" for finding in report.findings if finding.severity is Severity.ERROR]
    if errors or report.crashed:
        raise PropertyBroken("\n".join(errors) or "a rule crashed")


def annotation_ids(trial: Trial) -> None:
    """Annotation ids are integers from 1 to 2^31 - 1, unique in the file: pycocotools reads id 0 as no match."""
    _ids(trial.document["annotations"], "annotation", least=1)


def image_ids(trial: Trial) -> None:
    """Image ids are integers from 0 to 2^31 - 1, unique in the file."""
    _ids(trial.document["images"], "image", least=0)


def _ids(rows: Sequence[Any], what: str, least: int) -> None:
    ids = [row.get("id") for row in rows]
    wrong = [number for number in ids if type(number) is not int or not least <= number <= _MAX_ID]
    if wrong:
        msg = f"{what} id {wrong[0]!r} is not an integer from {least} to 2^31 - 1"
        raise PropertyBroken(msg)
    twice = [number for number, count in Counter(ids).items() if count > 1]
    if twice:
        msg = f"duplicate {what} id {twice[0]}: {ids.count(twice[0])} rows have it"
        raise PropertyBroken(msg)


def self_evaluation(trial: Trial) -> None:
    """Evaluated against itself by pycocotools, for boxes, for masks and for keypoints, the file scores AP 1."""
    from pycocotools.coco import COCO

    images = trial.case.dataset.images
    if max(map(len, images), default=0) > _MOST_EVALUATED or len(images) * len(trial.case.mapping.categories) > _MOST_PAIRS:
        return

    rows = trial.document["annotations"]
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # about pycocotools with new releases of numpy
        try:
            coco: Any = COCO(str(trial.path))
        except Exception as error:  # any exception of pycocotools
            msg = f"pycocotools cannot load the file: {type(error).__name__}: {error}"
            raise ExportUnreadable(msg) from error
        masks, _ = readable_masks(rows, coco.imgs, ())
        outcomes = list(evaluate(coco, rows, masks, keypoints=trial.case.KIND == "keypoints"))
    for outcome in outcomes:
        # Detections without a labelled point are ignored in the evaluation of keypoints.
        due = 0 if outcome.iou_type == "keypoints" else _to_be_found(trial, masked=outcome.iou_type == "segm")
        if not outcome.ran:
            msg = f"{outcome.iou_type}: {outcome.reason}"
            raise PropertyBroken(msg)
        if outcome.ap is None and due:
            msg = f"{outcome.iou_type}: {due} detections are to be found, but {outcome.reason}"
            raise PropertyBroken(msg)
        if outcome.imperfect:
            causes = "; ".join(loss.message for loss in outcome.causes) or "the cause is unknown"
            msg = f"{outcome.iou_type}: AP {outcome.ap:.3f} against itself: {causes}"
            raise PropertyBroken(msg)


def _to_be_found(trial: Trial, *, masked: bool) -> int:
    """How many detections of the source are neither crowds nor dropped; of those with masks, if only they take part."""
    kept = {row.id for row in trial.case.mapping.classes if row.category_id is not None}
    return sum(
        class_id in kept and not (image.crowd and image.crowd[place])
        for image in trial.case.dataset.images
        if image.masks is not None or not masked
        for place, class_id in enumerate(image.class_id)
    )
