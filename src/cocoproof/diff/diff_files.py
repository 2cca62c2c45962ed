"""`diff`: what changed between two COCO files in meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.diff.annotation_changes import Changes, annotation_name
from cocoproof.diff.field_changes import changed_fields
from cocoproof.diff.input import read_sides
from cocoproof.diff.matching import match
from cocoproof.diff.report import Difference, DiffKind, DiffReport, Findings, Renumbered
from cocoproof.readers.options import Tolerance
from cocoproof.reading.source import Source, read_source

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cocoproof.diff.input import DiffInput
    from cocoproof.diff.matching import Matched
    from cocoproof.model.findings import Id

__all__ = ["diff"]


def diff(
    before: str | os.PathLike[str] | Source, after: str | os.PathLike[str] | Source, *, tolerance: Tolerance | None = None
) -> DiffReport:
    """Compare two COCO files of one kind.

    Ids mean nothing by themselves: images are matched by file name (then by size and what is on them), categories by name
    (then by what is annotated with them, and by id), annotations by image and content, then by the greatest total IoU.
    Another way to write the same mask, another order and `info` are notes, no changes.

    Args:
        before: The first file, `-` for standard input, or its bytes.
        after: The second.
        tolerance: How far boxes, keypoints (`keypoint`), areas, scores and masks may be apart; None for not at all.

    Raises:
        Unreadable: If a file cannot be read.
        NotComparable: If one is no COCO data set, or they are of different kinds.
    """
    sources = [one if isinstance(one, Source) else read_source(one) for one in (before, after)]
    a, b = read_sides(*sources)
    findings = Findings()
    # A number may be so large that the difference of two is beyond what a double can hold.
    with np.errstate(over="ignore", invalid="ignore"):
        matched = match(a, b)
        for difference in (*_categories(a, b, matched), *_images(a, b, matched)):
            findings.note(difference)
        _lonely(a, b, matched, findings)
        changes = Changes(*matched.named, matched, tolerance or Tolerance(), findings)
        changes.find()
    renumbered = _renumbered(a, b, matched)
    return DiffReport(
        a.path,
        b.path,
        a.counts,
        b.counts,
        {kind: findings.counts[kind] for kind in DiffKind if kind in findings.counts},
        tuple(one for kind in DiffKind for one in findings.kept.get(kind, [])),
        renumbered,
        tuple(_notes(a, b, matched, changes.rewritten)),
    )


def _categories(a: DiffInput, b: DiffInput, matched: Matched) -> Iterator[Difference]:
    partner = matched.categories
    used = [np.bincount(side.category_row + 1, minlength=len(side.category_names) + 1)[1:] for side in (a, b)]
    renamed = [k for k in range(len(partner)) if partner[k] >= 0 and a.category_names[k] != b.category_names[partner[k]]]
    before = {a.category_names[k] for k in renamed}
    after = {b.category_names[int(partner[k])] for k in renamed}
    swapped = [k for k in renamed if a.category_names[k] in after and b.category_names[int(partner[k])] in before]
    for k in renamed:
        other = int(partner[k])
        names = a.category_names[k], b.category_names[other]
        count = int(used[1][other])
        if k in swapped:
            said = f"category {a.category_ids[k]}: the name {names[0]!r} -> {names[1]!r}, which was another category's; "
            said += f"{count:,} annotation{'s' * (count != 1)} with id {b.category_ids[other]} now mean{'s' * (count == 1)} {names[1]!r}"
            kind = DiffKind.CATEGORY_NAMES_SWAPPED
        else:
            said = f"category {a.category_ids[k]}: the name {names[0]!r} -> {names[1]!r} ({count:,} annotation{'s' * (count != 1)})"
            kind = DiffKind.CATEGORY_RENAMED
        yield Difference(kind, said, None, a.category_ids[k], b.category_ids[other], *names)
    for k in np.flatnonzero(partner < 0).tolist():
        said = f"category {a.category_ids[k]} {a.category_names[k]!r}, {_annotations(int(used[0][k]))}"
        yield Difference(DiffKind.CATEGORY_REMOVED, said, None, a.category_ids[k], None, a.category_names[k])
    for k in _left(partner, len(b.category_names)):
        said = f"category {b.category_ids[k]} {b.category_names[k]!r}, {_annotations(int(used[1][k]))}"
        yield Difference(DiffKind.CATEGORY_ADDED, said, None, None, b.category_ids[k], None, b.category_names[k])
    for k in np.flatnonzero(partner >= 0).tolist():
        other = int(partner[k])
        for field in changed_fields(a.category_rest[k], b.category_rest[other]):
            said = f"category {a.category_ids[k]} {a.category_names[k]!r}: {field.said}"
            yield Difference(DiffKind.CATEGORY_CHANGED, said, None, a.category_ids[k], b.category_ids[other], field.before, field.after)


def _images(a: DiffInput, b: DiffInput, matched: Matched) -> Iterator[Difference]:
    partner = matched.images
    on = [np.bincount(side.image_row + 1, minlength=len(side.image_names) + 1)[1:] for side in (a, b)]
    for k, other in enumerate(partner.tolist()):
        name, number = a.image_names[k], a.image_ids[k]
        if other < 0:
            said = f"image {number} {name!r} with {_annotations(int(on[0][k]))}"
            yield Difference(DiffKind.IMAGE_REMOVED, said, name, number, None, name)
            continue
        ids = number, b.image_ids[other]
        if name != b.image_names[other]:
            said = f"image {number}: file_name {name!r} -> {b.image_names[other]!r}"
            yield Difference(DiffKind.IMAGE_RENAMED, said, name, *ids, name, b.image_names[other])
        sizes = a.image_sizes[k], b.image_sizes[other]
        if not np.array_equal(*sizes, equal_nan=True):
            shown = ["unknown" if np.isnan(size).any() else f"{size[0]:.0f}x{size[1]:.0f} px" for size in sizes]
            yield Difference(DiffKind.IMAGE_RESIZED, f"image {number} {name!r}: {shown[0]} -> {shown[1]}", name, *ids, shown[0], shown[1])
        for field in changed_fields(a.image_rest[k], b.image_rest[other]):
            yield Difference(DiffKind.IMAGE_CHANGED, f"image {number} {name!r}: {field.said}", name, *ids, field.before, field.after)
    for k in _left(partner, len(b.image_names)):
        said = f"image {b.image_ids[k]} {b.image_names[k]!r} with {_annotations(int(on[1][k]))}"
        yield Difference(DiffKind.IMAGE_ADDED, said, b.image_names[k], None, b.image_ids[k], None, b.image_names[k])


def _lonely(a: DiffInput, b: DiffInput, matched: Matched, findings: Findings) -> None:
    for side, rows, kind in ((a, matched.removed, DiffKind.ANNOTATION_REMOVED), (b, matched.added, DiffKind.ANNOTATION_ADDED)):
        for row in rows.tolist():
            if findings.wanted(kind):
                box = side.boxes[row].tolist() if not np.isnan(side.boxes[row]).any() else None
                shown = "no box" if box is None else "box [" + ", ".join(f"{value:.10g}" for value in box) + "]"
                image = int(side.image_row[row])
                number = side.coco.annotations.id_of(row)
                ids: tuple[Id, Id] = (number, None) if side is a else (None, number)
                values = (box, None) if side is a else (None, box)
                name = side.image_names[image] if image >= 0 else None
                findings.add(Difference(kind, f"{annotation_name(side, row)}: {shown}", name, *ids, *values))


def _left(partner: NDArray[np.int64], count: int) -> list[int]:
    """Rows of the second file that are nobody's partner."""
    there = np.zeros(count, np.bool_)
    there[partner[partner >= 0]] = True
    return [int(row) for row in np.flatnonzero(~there)]


def _annotations(count: int) -> str:
    return f"{count:,} annotation{'s' * (count != 1)}"


def _renumbered(a: DiffInput, b: DiffInput, matched: Matched) -> Renumbered:
    images = sum(a.image_ids[k] != b.image_ids[other] for k, other in enumerate(matched.images.tolist()) if other >= 0)
    categories = sum(a.category_ids[k] != b.category_ids[other] for k, other in enumerate(matched.categories.tolist()) if other >= 0)
    before, after = (np.concatenate([pairs[side] for pairs in (matched.same, matched.changed)]) for side in (0, 1))
    ids = a.coco.annotations.id, b.coco.annotations.id
    differ = ids[0].values[before] != ids[1].values[after]
    return Renumbered(images, int((differ & ids[0].ok[before] & ids[1].ok[after]).sum()), categories)


def _notes(a: DiffInput, b: DiffInput, matched: Matched, rewritten: int) -> Iterator[str]:
    if rewritten:
        yield f"{rewritten:,} segmentation{'s are' if rewritten != 1 else ' is'} written otherwise, within the mask IoU allowed"
    pairs = matched.same, matched.changed
    before, after = (np.concatenate([each[side] for each in pairs]) for side in (0, 1))
    for what, partner in (
        ("images", matched.images[matched.images >= 0]),
        ("categories", matched.categories[matched.categories >= 0]),
        ("annotations", after[np.argsort(before)]),
    ):
        if (np.diff(partner) < 0).any():
            yield f"the order of {what} differs"
    for name in ("info", "licenses"):
        if a.head[name] != b.head[name]:
            yield f"{name} differs"
