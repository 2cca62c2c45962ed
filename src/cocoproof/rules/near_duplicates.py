"""Images of one split that look alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.images.near_hashes import alike_before
from cocoproof.images.perceptual_hash import BITS
from cocoproof.images.png_writer import pattern_png
from cocoproof.model.budgets import HASH_PAIRS
from cocoproof.model.findings import Severity
from cocoproof.rules.examples import dataset
from cocoproof.rules.rule import DATASETS, ExampleWithFiles, RuleContext, RuleSkipped, Violations, quote, rule
from cocoproof.rules.split_examples import EARLIER

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["RULES"]

_IMAGES = [{"id": 3, "file_name": "3.png"}, {"id": 4, "file_name": "4.png"}]
_ROWS = [{"id": 3, "image_id": 3}, {"id": 4, "image_id": 4}]
_CELLS = bytes((37 * k * k + 11 * k) % 251 for k in range(48))
_OTHER = bytes((91 * k * k + 53 * k) % 241 for k in range(48))
_BRIGHTER = bytes(min(grey + 3, 255) for grey in _CELLS)


def _two(first: bytes, second: bytes) -> ExampleWithFiles:
    return ExampleWithFiles(dataset(_ROWS, images=_IMAGES), {"3.png": pattern_png(first), "4.png": pattern_png(second)})


@rule(
    "COCO858",
    severity=Severity.NOTE,
    kinds=DATASETS,
    needs=("images.picture",),
    requires=("splits", "images"),
    earlier=EARLIER,
    accept=[
        _two(_CELLS, _OTHER),
        # Two images of one colour cannot be distinguished, and are not compared.
        _two(bytes(48), bytes([9]) * 48),
    ],
    reject=[
        (_two(_CELLS, _BRIGHTER), "/images/1/file_name"),
        (_two(_OTHER, _OTHER[:47] + b"\x07"), "/images/1/file_name"),
    ],
)
def image_near_duplicate(context: RuleContext) -> Violations:
    """Two images of one split look alike.

    Copies that were scaled, compressed anew or slightly changed, and frames of a video that follow each other, count several times in training, and several times
    in an evaluation. Whether that is a fault depends on the dataset: look at the two. Files with the same bytes are COCO807, images of two splits COCO851.

    With `--similar` every image is decoded. Two look alike if their perceptual hashes differ in no more than `look-distance` of 128 bits. Images that are alike one by one
    are one finding, at the first that is like an earlier one.
    """
    if context.splits is None or not context.splits.similar or context.files is None:
        msg = "how images look is compared with --similar"
        raise RuleSkipped(msg)
    looks = context.files.looks
    usable = looks.known.copy()
    usable[[row for group in context.files.copies for row in group[1:]]] = False
    rows = np.flatnonzero(usable)
    alike = alike_before(looks.bits[rows], context.thresholds.look_distance, HASH_PAIRS)
    root = _roots(len(rows), alike.rows, alike.before)
    heads, first, counts = np.unique(root[alike.rows], return_index=True, return_counts=True)
    members = alike.rows[first]  # the first of each group that is like an earlier one
    place = {int(rows[row]): k for k, row in enumerate(members.tolist())}
    images, names = context.coco.images, context.coco.images.file_name.values

    def other(row: int) -> int:
        return int(rows[alike.before[first[place[row]]]])

    def say(row: int) -> str:
        k, there = place[row], other(row)
        shown = f"image {images.id.values[there]}" if images.id.ok[there] else f"image at index {there}"
        more = "" if counts[k] == 1 else f"; {int(counts[k]) + 1:,} images of this split are alike in this way"
        return f"looks like {shown} ({quote(names[there])[1:-1]}): perceptual hashes differ in {int(alike.distances[first[k]])} of {BITS} bits{more}"

    def about(row: int) -> str:
        head = int(heads[place[row]])
        return ", ".join(sorted(names[one] for one in rows[root == head].tolist())) if counts[place[row]] < 8 else "many"

    violations = Violations.of_rows("images", np.sort(rows[members]), say, field="file_name", other=other, about=about)
    unseen = int((~looks.known).sum())
    remarks = [
        f"{unseen:,} of {len(looks.known):,} images could not be decoded or are of one colour, and were not compared" if unseen else None,
        None
        if alike.is_complete
        else f"{len(rows) - len(alike.rows):,} images were compared with some of the others only: over the budget of operations",
    ]
    said = "; ".join(remark for remark in remarks if remark)
    return violations.with_remark(said) if said else violations


def _roots(count: int, rows: NDArray[np.int64], before: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first image of the chain that each is in, int64, shape (count,)."""
    root = np.arange(count)
    root[rows] = before
    while not np.array_equal(root[root], root):
        root = root[root]
    return root


RULES = (image_near_duplicate,)
