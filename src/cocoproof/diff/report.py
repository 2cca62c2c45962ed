"""What differs between two COCO files in meaning."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cocoproof.model.findings import Id

__all__ = ["DiffKind", "DiffReport", "Difference", "Findings", "Renumbered"]


class DiffKind(str, enum.Enum):
    """What kind of change it is; text is grouped in this order."""

    CATEGORY_ADDED = "category-added"
    CATEGORY_REMOVED = "category-removed"
    CATEGORY_RENAMED = "category-renamed"
    CATEGORY_NAMES_SWAPPED = "category-names-swapped"
    """Names went to other ids while the annotations kept theirs."""
    CATEGORY_CHANGED = "category-changed"
    """Supercategory, keypoints, skeleton or another field."""
    IMAGE_ADDED = "image-added"
    IMAGE_REMOVED = "image-removed"
    IMAGE_RENAMED = "image-renamed"
    IMAGE_RESIZED = "image-resized"
    IMAGE_CHANGED = "image-changed"
    """Another field of an image."""
    ANNOTATION_ADDED = "annotation-added"
    ANNOTATION_REMOVED = "annotation-removed"
    RELABELLED = "relabelled"
    BOX_MOVED = "box-moved"
    AREA_CHANGED = "area-changed"
    SEGMENTATION_CHANGED = "segmentation-changed"
    CROWD_CHANGED = "crowd-changed"
    SCORE_CHANGED = "score-changed"
    KEYPOINTS_CHANGED = "keypoints-changed"
    ATTRIBUTE_CHANGED = "attribute-changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One change, from the first file to the second.

    Attributes:
        kind: What it is.
        message: The whole of it in one line; it may hold characters from the files: whoever prints it escapes it.
        image: File name of the image concerned.
        id_before: Id of the annotation, image or category in the first file; None where it is not there.
        id_after: The same in the second.
        before: The value in the first file.
        after: The value in the second.
        measure: Of a box and keypoints the greatest distance in pixels, of an area the difference, of a mask the IoU.
    """

    kind: DiffKind
    message: str
    image: str | None = None
    id_before: Id = None
    id_after: Id = None
    before: object = None
    after: object = None
    measure: float | None = None


@dataclass(frozen=True, slots=True)
class Renumbered:
    """How many rows have another id and are otherwise matched: no change in meaning."""

    images: int = 0
    annotations: int = 0
    categories: int = 0

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return bool(self.images or self.annotations or self.categories)


@dataclass(frozen=True, slots=True)
class DiffReport:
    """The outcome of one comparison.

    Attributes:
        before: The first file, as the caller gave it.
        after: The second.
        counts_before: Images, annotations and categories of the first.
        counts_after: The same of the second.
        counts: How many changes there are of each kind; exact.
        differences: The changes, by kind; a long list of one kind is cut.
        renumbered: Ids that changed without a change in meaning.
        notes: What else is different without a change in meaning: orders, ways to write the same.
    """

    before: str
    after: str
    counts_before: dict[str, int]
    counts_after: dict[str, int]
    counts: dict[DiffKind, int]
    differences: tuple[Difference, ...]
    renumbered: Renumbered
    notes: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether both files mean the same."""
        return not self.counts


@dataclass
class Findings:
    """Changes as they are found: all counted, some kept."""

    keep: int = 1000
    counts: dict[DiffKind, int] = field(default_factory=dict)
    kept: dict[DiffKind, list[Difference]] = field(default_factory=dict)

    def wanted(self, kind: DiffKind) -> bool:
        """Count one more; whether its message is worth making."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        return self.counts[kind] <= self.keep

    def add(self, difference: Difference) -> None:
        """Keep a change that was `wanted`."""
        self.kept.setdefault(difference.kind, []).append(difference)

    def note(self, difference: Difference) -> None:
        """Count and keep one."""
        if self.wanted(difference.kind):
            self.add(difference)
