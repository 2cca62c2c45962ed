"""Requests and outcomes of a reload."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Literal, TypeAlias

from cocoproof.model.findings import Id, Kind
from cocoproof.sandbox.limits import Limits

__all__ = [
    "MAX_LOSSES",
    "Counts",
    "Ending",
    "IouType",
    "Limits",
    "Loader",
    "LossRows",
    "ReloadLoss",
    "ReloadOutcome",
    "ReloadRequest",
    "SelfEvaluation",
    "Stage",
]

MAX_LOSSES = 1000
"""The most losses of one sort, and the most causes of an imperfect score, that are listed; all are counted."""

IouType: TypeAlias = Literal["bbox", "segm", "keypoints"]
"""What pycocotools' evaluation compares, by its own names."""


class Loader(str, enum.Enum):
    """The reader that the file goes through."""

    PYCOCOTOOLS = "pycocotools"
    SUPERVISION = "supervision"
    LVIS = "lvis"


class Stage(str, enum.Enum):
    """The stages of a reload."""

    START = "starting"
    LOAD = "loading the file"
    COMPARE = "comparing what was loaded"
    MASKS = "reading the masks"
    EVALUATE = "evaluating the file against itself"


class Ending(str, enum.Enum):
    """How a reload ended. The first three depend on the file, the others on this machine."""

    COMPLETE = "complete"
    RAISED = "raised"
    """The reader raised an exception."""
    DIED = "died"
    """The reader crashed."""
    LIMIT = "limit"
    """The reader reached a limit on time or memory, or was killed from outside. The result of its last stage is unknown."""
    NOT_INSTALLED = "not installed"
    BROKEN = "broken"
    """The reload could not be started, or has a bug. Nothing is known about the file."""


@dataclass(frozen=True, slots=True)
class ReloadRequest:
    """One file to be reloaded.

    Attributes:
        path: A file of plain JSON, which the child opens itself.
        kind: What the file is.
        unsafe_annotations: Indices into the file's annotations (of a results file: into its list) whose masks must not reach
            pycocotools' C code. The child adds those that it finds unsafe itself.
        ground_truth: For a results file, the COCO file that it belongs to.
        evaluate: Whether to evaluate instances and keypoints against themselves.
    """

    path: str
    kind: Kind
    unsafe_annotations: tuple[int, ...] = ()
    ground_truth: str | None = None
    evaluate: bool = True

    def __post_init__(self) -> None:
        """Reject a results file without its ground truth, which readers cannot load.

        Raises:
            ValueError: If the ground truth is missing.
        """
        if self.kind is Kind.RESULTS and self.ground_truth is None:
            msg = "a results file can be reloaded only with its ground truth"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class ReloadLoss:
    """A difference between the file and the reader's content.

    Attributes:
        message: What is lost, in one line; it may hold characters from the file.
        pointer: RFC 6901 pointer into the file.
        image_id: Id of the image concerned.
        annotation_id: Id of the annotation concerned.
        category_id: Id of the category concerned.
        other: Pointer of the row that the reader has instead of this one.
        slight: Whether it is only a mask without a pixel: too thin for the pixel grid, or empty.
        sort: What is lost, in a word or two that are the same for each such loss.
    """

    message: str
    pointer: str
    image_id: Id = None
    annotation_id: Id = None
    category_id: Id = None
    other: str | None = None
    slight: bool = False
    sort: str = ""


@dataclass(frozen=True, slots=True)
class LossRows:
    """The rows of all losses of one sort, listed or not.

    Attributes:
        sort: The sort.
        table: The section of the rows: images, annotations or categories; "" for the document as a whole.
        rows: The row of each loss, in the order in which losses are listed; empty for the document as a whole.
        count: How many losses there are.
        slight: Whether they are slight.
    """

    sort: str
    table: str
    rows: tuple[int, ...]
    count: int
    slight: bool = False


@dataclass(frozen=True, slots=True)
class SelfEvaluation:
    """One evaluation of a file against itself.

    Attributes:
        iou_type: What was compared.
        ap: COCO's average precision, 0 to 1; None if there was nothing to evaluate or it did not run.
        ran: Whether pycocotools' evaluation ran to its end.
        reason: Why it did not run, why there is no score, or what was excluded; None otherwise.
        causes: The annotations that were not matched by themselves, with the cause if it is known.
        cause_count: The number of causes, exact even if `causes` is truncated.
        cause_rows: The rows of all causes, by their sort.
        over_budget: What was excluded because comparing it takes too many operations, or None.
    """

    iou_type: IouType
    ap: float | None
    ran: bool
    reason: str | None = None
    causes: tuple[ReloadLoss, ...] = ()
    cause_count: int = 0
    cause_rows: tuple[LossRows, ...] = ()
    over_budget: str | None = None

    @property
    def imperfect(self) -> bool:
        """Whether there is a score, and it is below 1 by more than rounding (1e-6)."""
        return self.ap is not None and self.ap < 1 - 1e-6


@dataclass(frozen=True, slots=True)
class Counts:
    """The size of the reader's content.

    Attributes:
        images: The number of images, by id.
        annotations: The number of annotations.
        categories: The number of categories.
        masks: Masks that were read back and compared.
        masks_left_out: Masks that were not: unsafe, of an unknown image, or beyond the budget of pixels.
    """

    images: int = 0
    annotations: int = 0
    categories: int = 0
    masks: int = 0
    masks_left_out: int = 0


@dataclass(frozen=True, slots=True)
class ReloadOutcome:
    """The outcome of a reload.

    Attributes:
        loaded: Whether the reader loaded the file.
        ending: How the reload ended.
        stage: The last stage.
        failure: What went wrong, as a message; None if it is complete.
        losses: What the reader lost, at most `MAX_LOSSES` entries of each sort.
        loss_count: The number of losses, exact up to the last stage.
        loss_rows: The rows of all losses, by their sort.
        evaluations: The requested evaluations of the file against itself.
        counts: The size of the reader's content.
    """

    loaded: bool
    ending: Ending
    stage: Stage
    failure: str | None = None
    losses: tuple[ReloadLoss, ...] = ()
    loss_count: int = 0
    evaluations: tuple[SelfEvaluation, ...] = ()
    counts: Counts = Counts()
    loss_rows: tuple[LossRows, ...] = ()
