"""Losses of a round trip, each with its place and its measure."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from cocoproof.readers.comparison_options import Reader

__all__ = ["Loss", "LossKind", "RoundTripReport"]


class LossKind(str, enum.Enum):
    """What was lost."""

    FILE = "file"
    """The reader cannot load the file at all."""
    IMAGE_MISSING = "image-missing"
    IMAGE_EXTRA = "image-extra"
    IMAGE_NAME = "image-name"
    """The image is there under another file name."""
    IMAGE_SIZE = "image-size"
    IMAGE_ORDER = "image-order"
    IMAGE_METADATA = "image-metadata"
    IMAGE_FIELDS = "image-fields"
    """A further field of an image's entry; `Loss.field` names it."""
    CATEGORY_MISSING = "category-missing"
    CATEGORY_EXTRA = "category-extra"
    CATEGORY_ID = "category-id"
    CATEGORY_ORDER = "category-order"
    CATEGORY_FIELDS = "category-fields"
    """Supercategory, keypoints, skeleton or a further field; `Loss.field` names it."""
    DETECTION_MISSING = "detection-missing"
    DETECTION_EXTRA = "detection-extra"
    """An annotation that no detection accounts for."""
    DETECTION_ORDER = "detection-order"
    CLASS = "class"
    """The annotation's category is not that of the mapping."""
    BOX = "box"
    MASK = "mask"
    """Other pixels, none where there were some, or a segmentation where there was none."""
    MASK_UNREADABLE = "mask-unreadable"
    """The segmentation cannot be decoded, or must not be given to pycocotools' C code."""
    AREA = "area"
    CROWD = "crowd"
    SCORE = "score"
    TRACK_ID = "track-id"
    ORIENTED_BOX = "oriented-box"
    KEYPOINTS = "keypoints"
    DATA = "data"
    """A `data` column; `Loss.field` names it."""
    SECTION = "section"
    """A top-level section such as `info` or `licenses`; `Loss.field` names it."""


@dataclass(frozen=True, slots=True)
class Loss:
    """One difference between the source and the file.

    Attributes:
        kind: What it is.
        detail: What went in and what came out, without the place.
        image: The image, as the source names it (one that the source has not: as the file does).
        detection: Which detection of the image, from 0, in the source's order; None if there is none.
        annotation: Which annotation of the image, from 0, in the file's order.
        field: The column or field, where there are several of the kind.
        expected: What went in, in plain Python; None where nothing did.
        found: What came out; None where nothing did.
        measure: How far apart the two are: the IoU of masks, for class losses of boxes; for boxes, points, areas and scores
            the greatest difference; for an order how many are out of place. None where there is no such number.
    """

    kind: LossKind
    detail: str
    image: str | None = None
    detection: int | None = None
    annotation: int | None = None
    field: str | None = None
    expected: object = None
    found: object = None
    measure: float | None = None

    def __str__(self) -> str:
        place = []
        if self.image is not None:
            place.append(f"image {self.image}")
        if self.detection is not None:
            place.append(f"detection {self.detection}")
        elif self.annotation is not None:
            place.append(f"annotation {self.annotation}")
        return f"{', '.join(place)}: {self.detail}" if place else self.detail


@dataclass(frozen=True, slots=True)
class RoundTripReport:
    """What came back of a source.

    Attributes:
        path: The file.
        via: The reader that brought it back.
        images: Images of the source.
        detections: Detections of the source that the mapping does not drop.
        losses: Every one, in the order of the source.
        notes: What was not compared, and why.
    """

    path: Path
    via: Reader
    images: int
    detections: int
    losses: tuple[Loss, ...]
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing that was compared was lost."""
        return not self.losses

    @property
    def counts(self) -> dict[LossKind, int]:
        """How many losses there are of each kind, in the order of the kinds."""
        counted = Counter(loss.kind for loss in self.losses)
        return {kind: counted[kind] for kind in LossKind if counted[kind]}

    def of(self, *kinds: LossKind) -> tuple[Loss, ...]:
        """The losses of these kinds."""
        return tuple(loss for loss in self.losses if loss.kind in kinds)

    def without(self, kinds: Collection[LossKind]) -> RoundTripReport:
        """The same report without the losses of these kinds: for a file that never claimed to keep them."""
        return replace(self, losses=tuple(loss for loss in self.losses if loss.kind not in kinds))

    def __str__(self) -> str:
        about = f"{self.path} through {self.via}: {self.images} images, {self.detections} detections"
        if self.ok:
            return f"{about}, nothing lost" + (f" of what was compared; not compared: {'; '.join(self.notes)}" if self.notes else "")
        return "\n".join([f"{about}, {len(self.losses)} losses", *(f"  {loss.kind.value}: {loss}" for loss in self.losses)])
