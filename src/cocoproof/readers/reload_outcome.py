"""What is asked of a reload, and what comes of it."""

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
    "ReloadLoss",
    "ReloadOutcome",
    "ReloadRequest",
    "SelfEvaluation",
    "Stage",
]

MAX_LOSSES = 1000
"""How many losses, and how many causes of an imperfect score, are listed; they are counted beyond it."""

IouType: TypeAlias = Literal["bbox", "segm", "keypoints"]
"""What pycocotools' evaluation compares, by its own names."""


class Loader(str, enum.Enum):
    """The reader that the file goes through."""

    PYCOCOTOOLS = "pycocotools"
    SUPERVISION = "supervision"


class Stage(str, enum.Enum):
    """How far a reload came."""

    START = "starting"
    LOAD = "loading the file"
    COMPARE = "comparing what was loaded"
    MASKS = "reading the masks"
    EVALUATE = "evaluating the file against itself"


class Ending(str, enum.Enum):
    """How a reload ended. The first three say something about the file, the others about this machine."""

    COMPLETE = "complete"
    RAISED = "raised"
    """The reader raised an exception."""
    DIED = "died"
    """The reader crashed."""
    LIMIT = "limit"
    """The reader met a limit on time or memory, or was killed from outside. Nothing is known about the stage that it was in."""
    NOT_INSTALLED = "not installed"
    BROKEN = "broken"
    """The reload failed of itself: it could not be started, or has a bug. Nothing is known about the file."""


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
        """Refuse a results file without its ground truth, which no reader can load.

        Raises:
            ValueError: If so.
        """
        if self.kind is Kind.RESULTS and self.ground_truth is None:
            msg = "a results file can be reloaded only with its ground truth"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class ReloadLoss:
    """Something that the file says and the reader does not hold, or the other way round.

    Attributes:
        message: What is lost, in one line; it may hold characters from the file.
        pointer: RFC 6901 pointer into the file.
        image_id: Id of the image concerned.
        annotation_id: Id of the annotation concerned.
        category_id: Id of the category concerned.
        other: Pointer of the row that the reader holds in the place of this one.
        slight: Whether it is no more than a mask without a pixel: too thin for the pixel grid, or drawn empty.
    """

    message: str
    pointer: str
    image_id: Id = None
    annotation_id: Id = None
    category_id: Id = None
    other: str | None = None
    slight: bool = False


@dataclass(frozen=True, slots=True)
class SelfEvaluation:
    """One evaluation of a file against itself.

    Attributes:
        iou_type: What was compared.
        ap: COCO's average precision, 0 to 1; None where there was nothing to evaluate or it did not run.
        ran: Whether pycocotools' evaluation ran to its end.
        reason: Why it did not run, why there is no score, or what was left out; None where there is nothing to say.
        causes: The annotations that were not matched by themselves, with the cause where it is known.
        cause_count: How many there are, exact even where `causes` is cut.
        over_budget: What was left out because comparing it takes too many operations; None where nothing was.
    """

    iou_type: IouType
    ap: float | None
    ran: bool
    reason: str | None = None
    causes: tuple[ReloadLoss, ...] = ()
    cause_count: int = 0
    over_budget: str | None = None

    @property
    def imperfect(self) -> bool:
        """Whether there is a score, and it is below 1 by more than rounding (1e-6)."""
        return self.ap is not None and self.ap < 1 - 1e-6


@dataclass(frozen=True, slots=True)
class Counts:
    """How much the reader holds.

    Attributes:
        images: Images that it holds, by id.
        annotations: Annotations that it holds.
        categories: Categories that it holds.
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
    """What came of a reload.

    Attributes:
        loaded: Whether the reader took the file.
        ending: How the reload ended.
        stage: How far it came.
        failure: What went wrong, for people; None if it is complete.
        losses: What the reader lost, at most `MAX_LOSSES` entries.
        loss_count: How many losses there are, exact as far as the reload came.
        evaluations: The evaluations against itself that were asked for.
        counts: How much the reader holds.
    """

    loaded: bool
    ending: Ending
    stage: Stage
    failure: str | None = None
    losses: tuple[ReloadLoss, ...] = ()
    loss_count: int = 0
    evaluations: tuple[SelfEvaluation, ...] = ()
    counts: Counts = Counts()
