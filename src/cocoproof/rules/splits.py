"""Images that are in two splits. Each finding is reported for the later split."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.images.file_names import plain
from cocoproof.images.perceptual_hash import BITS, nearest
from cocoproof.images.shared_files import SharedFiles
from cocoproof.model.findings import Severity
from cocoproof.rules.examples import dataset
from cocoproof.rules.rule import DATASETS, RuleContext, Violations, quote, rule
from cocoproof.rules.split_context import earlier_splits, with_unread
from cocoproof.rules.split_examples import EARLIER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from cocoproof.images.dataset_files import ImageFiles
    from cocoproof.images.perceptual_hash import PerceptualHashes
    from cocoproof.rules.earlier_splits import EarlierSplits, SplitRecord

__all__ = ["RULES"]

_IMAGE = {"id": 3, "file_name": "3.jpg"}
_ROW = {"id": 3, "image_id": 3}


@rule(
    "COCO851",
    severity=Severity.ERROR,
    kinds=DATASETS,
    needs=("images.file_name",),
    requires=("splits",),
    earlier=EARLIER,
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
    splits, _ = earlier_splits(context)
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
    yield with_unread(violations, splits)
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


RULES = (split_image_leak,)
