"""Rules that compare the splits of one dataset. Each finding is reported for the later split."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.images.file_names import plain
from cocoproof.images.perceptual_hash import BITS, nearest
from cocoproof.images.shared_files import SharedFiles
from cocoproof.model.findings import Severity
from cocoproof.rules.earlier_splits import annotation_contents
from cocoproof.rules.examples import dataset
from cocoproof.rules.rule import DATASETS, OBJECTS, RuleContext, RuleSkipped, Violation, Violations, ViolationScope, quote, rule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from cocoproof.images.dataset_files import ImageFiles
    from cocoproof.images.perceptual_hash import PerceptualHashes
    from cocoproof.rules.earlier_splits import EarlierSplits, SplitRecord

__all__ = ["RULES"]

_EARLIER = dataset([{}, {}], images=[{}, {}])
"""The split before: images 1.jpg and 2.jpg, annotations 1 and 2 on the first, cat and dog."""


_LISTED = 8
"""Collisions of ids up to which a finding is about these and no others."""

_IMAGE = {"id": 3, "file_name": "3.jpg"}
_ROW = {"id": 3, "image_id": 3}


def _earlier(context: RuleContext) -> EarlierSplits:
    """The splits before this one.

    Raises:
        NotJudged: If there is none that could be read.
    """
    splits = context.splits
    if splits is None or not (splits.sides or splits.unread):
        msg = "the first split: what it shares with another is reported there"
        raise RuleSkipped(msg)
    if not splits.sides:
        raise RuleSkipped(_unread(splits))
    return splits


def _unread(splits: EarlierSplits) -> str:
    return f"{', '.join(splits.unread)} could not be read as a dataset, and was not compared"


def _with_remark(violations: Violations, splits: EarlierSplits) -> Violations:
    return replace(violations, remark=_unread(splits)) if splits.unread else violations


@rule(
    "COCO851",
    severity=Severity.ERROR,
    kinds=DATASETS,
    needs=("images.file_name",),
    requires=("splits",),
    earlier=_EARLIER,
    accept=[
        dataset([_ROW], images=[_IMAGE]),
        dataset([_ROW], images=[_IMAGE | {"file_name": "val/1.jpg"}]),
    ],
    reject=[
        (dataset([_ROW], images=[_IMAGE, _IMAGE | {"id": 4, "file_name": "1.jpg"}]), "/images/1/file_name"),
        (dataset([_ROW], images=[_IMAGE | {"file_name": "2.jpg"}]), "/images/0/file_name"),
        (dataset([_ROW], images=[_IMAGE | {"file_name": ".//2.jpg"}]), "/images/0/file_name"),
    ],
)
def split_image_leak(context: RuleContext) -> Iterator[Violations]:
    """An image is in two splits.

    A score on images that the model was trained on does not measure generalisation: the score on such a validation
    set is too high. It comes from splits that were drawn by annotation instead of by image, and from
    sets that were merged. Take the image out of one of the two.

    Where the image files are at hand (`--images`), images are the same whose files have the same bytes, whatever they are called. Where they
    are not, those with the same `file_name` are; splits that keep their pictures in folders of their own, and number them from 1 in
    each, should then say the folder in the name.

    With `--similar` every picture is decoded, and those that look like one of an earlier split are warnings: copies that were scaled,
    compressed anew or slightly changed, and frames of a film that follow each other. Look at the two before you
    believe it. How alike they must be is an option (`look-distance`).
    """
    # Looked at in the first split, too: the next ones need it.
    pictures = None if context.files is None else context.files.pictures
    looks = context.files.looks if context.files is not None and context.splits is not None and context.splits.similar else None
    splits = _earlier(context)
    found: dict[int, list[tuple[SplitRecord, int, str]]] = {}
    for side in splits.sides:
        shared = (
            _by_name(context, side)
            if pictures is None or side.pictures is None or context.files is None
            else _by_content(context.files, side)
        )
        for row, there, how in shared:
            found.setdefault(row, []).append((side, there, how))

    def say(row: int) -> str:
        return "is in two splits: " + "; ".join(f"it is {side.image(there)}, too, by {how}" for side, there, how in found[row])

    def elsewhere(row: int) -> tuple[tuple[str, int], ...]:
        return tuple((side.path, there) for side, there, _ in found[row])

    def names(row: int) -> str:
        return ", ".join(sorted(side.file_names.values[there] for side, there, _ in found[row]))

    rows = np.array(sorted(found), np.int64)
    violations = Violations.of_rows("images", rows, say, field="file_name", elsewhere=elsewhere, about=names)
    yield _with_remark(violations, splits)
    if splits.similar:
        yield _similar(context, splits, looks, found.keys())


def _by_name(context: RuleContext, side: SplitRecord) -> Iterator[tuple[int, int, str]]:
    """Rows, those of the other split, and how they were found to be the same."""
    known = side.image_by_name
    for row, name in enumerate(context.coco.images.file_name.values):
        there = known.get(plain(name))
        if there is not None:
            yield row, there, "file_name"


def _by_content(files: ImageFiles, side: SplitRecord) -> Iterator[tuple[int, int, str]]:
    """The same, where the files of both are at hand: then it is they who say so, and a name that both use is a coincidence."""
    pictures = files.pictures
    if side.pictures is None:
        return
    with SharedFiles(files.root, pictures, side.pictures) as shared:
        for row, name in enumerate(pictures.names):
            there = side.image_by_name.get(plain(name)) if name else None
            if there is not None and not shared.differ(row, there):
                yield row, there, "file_name"
            elif (copy := shared.copy_of(row)) is not None:
                yield row, copy, f"the content of its file {quote(side.file_names.values[copy])}"


def _similar(context: RuleContext, splits: EarlierSplits, looks: PerceptualHashes | None, reported: Collection[int]) -> Violations:
    """Images that look like one of an earlier split, those left out that are the same."""
    best: dict[int, tuple[int, SplitRecord, int]] = {}
    unseen = [side.path for side in splits.sides if side.looks is None]
    for side in splits.sides:
        for row, there, distance in _alike(looks, side.looks, context.thresholds.look_distance):
            if row not in reported and (row not in best or distance < best[row][0]):
                best[row] = distance, side, there

    def say(row: int) -> str:
        distance, side, there = best[row]
        name = quote(side.file_names.values[there])[1:-1]
        return f"looks like {side.image(there)} ({name}): perceptual hashes differ in {distance} of {BITS} bits"

    def elsewhere(row: int) -> tuple[tuple[str, int], ...]:
        _, side, there = best[row]
        return ((side.path, there),)

    def other(row: int) -> str:
        _, side, there = best[row]
        return f"looks like {side.file_names.values[there]}"

    rows = np.array(sorted(best), np.int64)
    violations = Violations.of_rows("images", rows, say, field="file_name", severity=Severity.WARNING, elsewhere=elsewhere, about=other)
    if looks is None or unseen:
        return violations.with_remark(
            f"not compared by how images look: the image files of {', '.join(unseen) or 'this file'} are not at hand"
        )
    plain = int((~looks.known).sum())
    told_plain = (
        f"{plain:,} of {len(looks.known):,} images could not be decoded or show one colour alone, and were not compared by how they look"
    )
    return violations.with_remark(told_plain) if plain else violations


def _alike(ours: PerceptualHashes | None, theirs: PerceptualHashes | None, limit: float) -> Iterator[tuple[int, int, int]]:
    """Rows, the most similar row of the other split, and how many bits apart: those within the limit."""
    if ours is None or theirs is None or not theirs.known.any():
        return
    rows, others = np.flatnonzero(ours.known), np.flatnonzero(theirs.known)
    best, distances = nearest(ours.bits[rows], theirs.bits[others])
    for k in np.flatnonzero(distances <= limit).tolist():
        yield int(rows[k]), int(others[best[k]]), int(distances[k])


@rule(
    "COCO852",
    severity=Severity.ERROR,
    kinds=OBJECTS,
    needs=("categories.id", "categories.name"),
    requires=("splits",),
    earlier=_EARLIER,
    accept=[
        dataset([_ROW], images=[_IMAGE]),
        # An unused category is a category all the same.
        dataset([_ROW | {"category_id": 2}], images=[_IMAGE]),
    ],
    reject=[
        (dataset([_ROW], images=[_IMAGE], categories=[{"name": "dog"}, {"name": "cat"}]), "/categories/0"),
        (dataset([_ROW], images=[_IMAGE], categories=[{}, {"name": "hound"}]), "/categories/1"),
        (dataset([_ROW], images=[_IMAGE], categories=[{}]), "/categories"),
        (dataset([_ROW], images=[_IMAGE], categories=[{"id": 2, "name": "dog"}, {"id": 1, "name": "cat"}]), "/categories"),
    ],
)
def split_category_mismatch(context: RuleContext) -> Iterator[Violations]:
    """Two splits disagree on a category's id, its name or the order of the list.

    A model learns ids, or places in the list. Where the validation set means something else by them, every prediction of that class
    counts as wrong, or worse, as right for another class. It comes from exporters that list the categories that occur, so that a split without dogs
    numbers the rest anew. Each split is compared with the first one. Write all splits with one class list (`cocoproof lock`, `--categories`).
    """
    splits = _earlier(context)
    side = next((one for one in splits.sides if len(one.category_ids.state)), None)
    categories = context.coco.categories
    if side is None or not context.coco.has("categories"):
        msg = "one of the two splits has no categories"
        raise RuleSkipped(msg)
    found = {row: texts for row in range(categories.n) if (texts := _disagreement(context, row, side))}
    violations = Violations.of_rows(
        "categories", np.array(sorted(found), np.int64), lambda row: found[row][0], about=lambda row: found[row][1]
    )
    yield _with_remark(violations, splits)
    yield Violations.of_document([Violation(text, ("categories",), about=about) for text, about in _of_the_list(context, side)])


def _disagreement(context: RuleContext, row: int, side: SplitRecord) -> tuple[str, str] | None:
    """In what a category differs from the other split's, with and without that split's path; None where it does not, or is not usable."""
    categories = context.coco.categories
    if not (categories.id.ok[row] and categories.name.ok[row]):
        return None
    own, name = int(categories.id.values[row]), categories.name.values[row]
    if name in side.category_by_name:
        there = side.category_by_name[name]
        if not side.category_ids.ok[there] or side.category_ids.values[there] == own:
            return None
        theirs = side.category_ids.values[there]
        return f"has id {own} here, but {theirs} in {side.path}", f"{own} for {theirs}"
    if own in side.category_by_id:
        other = side.category_names.values[side.category_by_id[own]]
        return f"id {own} is {quote(other)} in {side.path}", f"{own} is {other}"
    return f"is not a category of {side.path}", "unknown"


def _of_the_list(context: RuleContext, side: SplitRecord) -> Iterator[tuple[str, str]]:
    """Categories that this split lacks, and another order: what to say, and what it is about."""
    categories = context.coco.categories
    ids = categories.id.values[categories.id.ok].tolist()
    theirs = side.category_ids.values[side.category_ids.ok].tolist()
    names, known = set(categories.name.values), set(ids)
    for row in np.flatnonzero(side.category_ids.ok & side.category_names.ok).tolist():
        name, own = side.category_names.values[row], side.category_ids.values[row]
        if name not in names and own not in known:
            yield f"there is no category {own} ({quote(name)[1:-1]}), which {side.path} has", name
    if ids != theirs and sorted(ids) == sorted(theirs):
        at = next(k for k, (one, other) in enumerate(zip(ids, theirs, strict=True)) if one != other)
        yield (
            f"categories are in another order than in {side.path}: number {at + 1} has id {ids[at]}, there {theirs[at]}",
            f"order {ids} for {theirs}",
        )


@rule(
    "COCO853",
    severity=Severity.WARNING,
    kinds=DATASETS,
    needs=("images.id", "images.file_name", "annotations.id"),
    requires=("splits",),
    earlier=_EARLIER,
    accept=[
        dataset([_ROW], images=[_IMAGE]),
        # Ids of images and of annotations are counted apart.
        dataset([_ROW | {"image_id": 4}], images=[_IMAGE | {"id": 4}]),
    ],
    reject=[
        (dataset([_ROW | {"image_id": 1}], images=[_IMAGE | {"id": 1}]), "/images/0/id"),
        (dataset([_ROW, _ROW | {"id": 2}], images=[_IMAGE]), "/annotations/1/id"),
    ],
)
def split_id_collision(context: RuleContext) -> Violations:
    """Two splits use the same image or annotation ids for different things.

    Each split is sound by itself. As soon as they are merged, or their results are kept in one table, one image or annotation takes the place of
    the other. Official COCO files number across their splits. There is one finding for each other split and kind of
    id, however many ids collide: exporters that begin at 1 in each split make all of them collide. Number across the splits, or never merge without renumbering.
    """
    splits = _earlier(context)
    contents = annotation_contents(context.coco)
    violations = [
        violation
        for side in splits.sides
        for violation in (_image_collisions(context, side), _annotation_collisions(context, side, contents))
        if violation is not None
    ]
    return _with_remark(Violations(len(violations), lambda k: violations[k]), splits)


def _image_collisions(context: RuleContext, side: SplitRecord) -> Violation | None:
    images = context.coco.images
    rows = [
        row
        for row in np.flatnonzero(images.id.ok & images.file_name.ok).tolist()
        if (there := side.image_by_id.get(int(images.id.values[row]))) is not None
        and side.file_names.ok[there]
        and plain(side.file_names.values[there]) != plain(images.file_name.values[row])
    ]
    if not rows:
        return None
    row = rows[0]
    other = side.file_names.values[side.image_by_id[int(images.id.values[row])]]
    message = f"id {images.id.values[row]} is {quote(other)} in {side.path}{_more(len(rows), 'image')}"
    pairs = [
        f"{images.file_name.values[one]} and {side.file_names.values[side.image_by_id[int(images.id.values[one])]]}"
        for one in rows[:_LISTED]
    ]
    return Violation(message, ("id",), "images", row, from_row=True, scope=ViolationScope.FILE, about=_few(pairs, len(rows)))


def _annotation_collisions(
    context: RuleContext, side: SplitRecord, contents: np.ndarray[tuple[int, ...], np.dtype[np.uint64]]
) -> Violation | None:
    ids, rows = context.coco.annotations.id_index
    if not len(ids) or not len(side.annotation_ids):
        return None
    at = np.searchsorted(side.annotation_ids, ids).clip(max=len(side.annotation_ids) - 1)
    collide = rows[(side.annotation_ids[at] == ids) & (side.contents[at] != contents[rows])]
    if not len(collide):
        return None
    row = int(collide.min())
    message = f"the id is another annotation's in {side.path}{_more(len(collide), 'annotation')}"
    digests = [f"{contents[one]:016x}" for one in collide[:_LISTED].tolist()]
    return Violation(message, ("id",), "annotations", row, from_row=True, scope=ViolationScope.FILE, about=_few(digests, len(collide)))


def _few(shared: Sequence[str], count: int) -> str:
    """What shares an id, for `Violation.about`: where it is more than a few, the numbering is at fault, and which rows does not matter."""
    return ", ".join(sorted(shared)) if count <= _LISTED else "many"


def _more(count: int, what: str) -> str:
    return "" if count == 1 else f"; so it is with {count:,} {what} ids in all"


RULES = (split_image_leak, split_category_mismatch, split_id_collision)
