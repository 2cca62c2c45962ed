"""What differs between two COCO files."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cocoproof.diff.raw_rows import FieldChange

if TYPE_CHECKING:
    from cocoproof.model.findings import Id

__all__ = ["DiffKind", "DiffReport", "Difference", "DifferenceList", "Renumbered"]


class DiffKind(str, enum.Enum):
    """The kinds of changes; reports group them in this order."""

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
    """Another field of an annotation."""
    ID_CHANGED = "id-changed"
    """An id was removed or added, or is of another type: 1, "1" or 1.0. Another number is not a change: see `Renumbered`."""
    SECTION_CHANGED = "section-changed"
    """`info`, `licenses`, or any other section of the file."""
    ORDER_CHANGED = "order-changed"
    """The order of rows, where the caller asked for it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One change, from the first file to the second.

    Attributes:
        kind: What it is.
        message: The change in one line; it may hold characters from the files: whoever prints it escapes it.
        image: File name of the image concerned.
        id_before: Id of the annotation, image or category in the first file; None where it is not there.
        id_after: The same in the second.
        before: The value in the first file; of a mask its pixels, counted.
        after: The same in the second.
        measure: Of a box and keypoints the greatest distance in pixels, of an area and a score the difference, of a mask the IoU.
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
    """How many rows have another id, by section; not changes in meaning."""

    images: int = 0
    annotations: int = 0
    categories: int = 0
    licenses: int = 0
    videos: int = 0
    tracks: int = 0

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return any((self.images, self.annotations, self.categories, self.licenses, self.videos, self.tracks))


@dataclass(frozen=True, slots=True)
class DiffReport:
    """The outcome of one comparison.

    Attributes:
        before: The first file, as the caller gave it.
        after: The second.
        counts_before: Images, annotations and categories of the first.
        counts_after: The same of the second.
        counts: How many changes there are of each kind; exact.
        differences: The changes, by kind; the first 1,000 of each kind.
        renumbered: Rows that have another id, which is not a change in meaning.
        notes: Other differences that are not changes in meaning: orders, numbers and masks that are written differently.
        compared: The sections that were compared, with all their fields.
        not_compared: What was not compared.
    """

    before: str
    after: str
    counts_before: dict[str, int]
    counts_after: dict[str, int]
    counts: dict[DiffKind, int]
    differences: tuple[Difference, ...]
    renumbered: Renumbered
    notes: tuple[str, ...]
    compared: tuple[str, ...] = ()
    not_compared: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether nothing that was compared changed in meaning."""
        return not self.counts

    @property
    def identical(self) -> bool:
        """Whether nothing that was compared differs at all, ids, order and spelling of numbers included."""
        return self.same and not self.renumbered.any and not self.notes


@dataclass
class DifferenceList:
    """Changes as they are found: all counted, some kept.

    Attributes:
        keep: How many of each kind are kept.
        counts: Changes by kind.
        kept: Those that are kept.
        rewritten_numbers: Fields whose numbers are equal and written differently.
        equal_rows: References that lead to another of several rows that are equal but for their ids.
        rewritten_masks: Masks of the same pixels that are written differently.
        within_tolerance: Fields that differ by no more than the tolerance.
        reordered_segments: Annotations whose panoptic segments are in another order.
    """

    keep: int = 1000
    counts: dict[DiffKind, int] = field(default_factory=dict)
    kept: dict[DiffKind, list[Difference]] = field(default_factory=dict)
    rewritten_numbers: int = 0
    equal_rows: int = 0
    rewritten_masks: int = 0
    within_tolerance: int = 0
    reordered_segments: int = 0

    def is_change(self, change: FieldChange) -> bool:
        """Whether a comparison is a change; if not, count it."""
        self.rewritten_numbers += change is FieldChange.REWRITTEN
        self.equal_rows += change is FieldChange.EQUAL_ROW
        return change is FieldChange.CHANGED

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
