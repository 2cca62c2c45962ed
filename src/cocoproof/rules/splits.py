"""Images that are in two splits. Each finding is reported for the later split."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.images.file_names import plain
from cocoproof.images.perceptual_hash import BITS, nearest
from cocoproof.images.shared_files import SharedFiles
from cocoproof.model.findings import Severity
from cocoproof.rules.examples import dataset
from cocoproof.rules.rule import DATASETS, RuleContext, Violation, Violations, ViolationScope, quote, rule
from cocoproof.rules.split_context import earlier_splits, with_unread
from cocoproof.rules.split_examples import EARLIER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from numpy.typing import NDArray

    from cocoproof.images.dataset_files import ImageFiles
    from cocoproof.images.perceptual_hash import PerceptualHashes
    from cocoproof.rules.earlier_splits import EarlierSplits, OwnSplit, SplitRecord

__all__ = ["RULES"]

_COUNTER = re.compile(r"[^0-9]*[0-9]+[^0-9]*(?:\.[A-Za-z0-9]+)?")
"""A file name that is a number with the same text in all, and no more."""
_LISTED = 8
_NEARLY_ALL = 0.9
"""With more images of a file than these, and this share of them, it is the file that is in another split."""

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
    are not, those with the same `file_name` are, unless their sizes differ. It is a warning where names are numbers that begin at 0 or 1 in both splits and no
    annotation is the same: each split may number images of its own, in a folder of its own. The folder in the name settles it.

    If nine of ten images or more are in other splits, this is one finding.

    With `--similar` every picture is decoded, and those that look like one of an earlier split are warnings: copies that were scaled,
    compressed anew or slightly changed, and frames of a film that follow each other. Look at the two before you
    believe it. How alike they must be is an option (`look-distance`).
    """
    # Looked at in the first split, too: the next ones need it.
    pictures = None if context.files is None else context.files.pictures
    looks = context.files.looks if context.files is not None and context.splits is not None and context.splits.similar else None
    splits, own = earlier_splits(context)
    found, doubtful = _Shared(), _Shared()
    renamed = 0
    for side in splits.sides:
        if pictures is None or side.pictures is None or context.files is None:
            names = _by_name(own, side)
            renamed += names.other_size
            (doubtful if names.doubtful else found).add(side, names.pairs)
        else:
            found.add(side, _by_content(context.files, side))
    violations = found.violations(context)
    if renamed:
        violations = violations.with_remark(
            f"{renamed:,} images with a name of another split have another size, and were taken for other images"
        )
    yield with_unread(violations, splits)
    for row in found.by_row:
        doubtful.by_row.pop(row, None)
    more = "; or each split numbers its images anew: no annotation is the same"
    yield replace(doubtful.violations(context, more), severity=Severity.WARNING)
    if splits.similar:
        yield _similar(context, splits, looks, {*found.by_row, *doubtful.by_row})


@dataclass(frozen=True, eq=False)
class _Shared:
    """Images that are in earlier splits, too: for each row the split, the row there, and how it was found to be the same."""

    by_row: dict[int, list[tuple[SplitRecord, int, str]]] = field(default_factory=dict)

    def add(self, side: SplitRecord, pairs: Iterable[tuple[int, int, str]]) -> None:
        for row, there, how in pairs:
            self.by_row.setdefault(row, []).append((side, there, how))

    def violations(self, context: RuleContext, more: str = "") -> Violations:
        """One of each image, or one of the file where nearly all images are meant."""
        found = self.by_row
        rows = np.array(sorted(found), np.int64)

        def say(row: int) -> str:
            return "is in two splits: " + "; ".join(f"it is {side.image(there)}, too, by {how}" for side, there, how in found[row]) + more

        def elsewhere(row: int) -> tuple[tuple[str, int], ...]:
            return tuple((side.path, there) for side, there, _ in found[row])

        def names(row: int) -> str:
            return ", ".join(sorted(side.file_names.values[there] for side, there, _ in found[row]))

        if len(rows) <= _LISTED or len(rows) < _NEARLY_ALL * context.coco.images.n:
            return Violations.of_rows("images", rows, say, field="file_name", elsewhere=elsewhere, about=names)
        first, paths = int(rows[0]), sorted({side.path for sides in found.values() for side, _, _ in sides})
        violation = Violation(
            f"{say(first)}; so it is with {len(rows):,} of {context.coco.images.n:,} images here",
            ("file_name",),
            "images",
            first,
            from_row=True,
            elsewhere=elsewhere(first),
            scope=ViolationScope.FILE,
            about=f"nearly all images in {', '.join(paths)}",
        )
        return replace(Violations.of_document([violation]), table="images", covers=rows)


@dataclass(frozen=True, eq=False)
class _SameNames:
    """The images of two splits that have the same name.

    Attributes:
        pairs: Rows, those of the other split, and that it was the name.
        other_size: How many further ones have another size.
        doubtful: Whether these may be other images, because each split numbers its own.
    """

    pairs: list[tuple[int, int, str]]
    other_size: int
    doubtful: bool


def _by_name(own: OwnSplit, side: SplitRecord) -> _SameNames:
    known = side.image_by_name
    named = [(row, there) for row, name in enumerate(own.coco.images.file_name.values) if (there := known.get(plain(name))) is not None]
    rows, others = np.array(named, np.int64).reshape(-1, 2).T
    mine, theirs = own.sizes[rows], side.sizes[others]
    differ = (mine > 0).all(axis=1) & (theirs > 0).all(axis=1) & (mine != theirs).any(axis=1)
    rows, others = rows[~differ], others[~differ]
    pairs = [(row, there, "file_name") for row, there in zip(rows.tolist(), others.tolist(), strict=True)]
    return _SameNames(pairs, int(differ.sum()), bool(len(rows)) and _numbered_anew(own, side, rows, others))


def _numbered_anew(own: OwnSplit, side: SplitRecord, rows: NDArray[np.int64], others: NDArray[np.int64]) -> bool:
    """Whether the same names may be those of other images: numbers from 0 or 1 on in both splits, and no annotation that is the same."""
    if any(
        _COUNTER.fullmatch(name.rpartition("/")[2]) is None for name in map(own.coco.images.file_name.values.__getitem__, rows.tolist())
    ):
        return False
    annotations = own.coco.annotations
    on_shared = np.isin(annotations.image_row, rows)
    if np.isin(own.digests[on_shared], side.digests).any():
        return False
    for frames, places in ((own.frames, rows), (side.frames, others)):
        codes = frames.codes[places]
        if (codes < 0).any():
            return False
        for code in np.unique(codes).tolist():
            if frames.numbers[frames.codes == code].min() > 1:
                return False
    sequences = np.unique(own.frames.codes[rows])
    whole = min(
        int(np.isin(own.frames.codes, sequences).sum()), int(np.isin(side.frames.codes, np.unique(side.frames.codes[others])).sum())
    )
    return len(rows) >= _NEARLY_ALL * whole


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
