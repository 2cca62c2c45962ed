"""Rules about segmentations that are run-length masks, and about crowds."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.tables import Shape
from cocoproof.geometry.rle import RleFault, malformed
from cocoproof.geometry.topology import euler_numbers_of
from cocoproof.model.budgets import MASK_RUNS
from cocoproof.model.findings import Kind, Severity
from cocoproof.rules.detected_formats import image_sizes, size_of_image
from cocoproof.rules.examples import dataset
from cocoproof.rules.rule import OBJECTS, Consequence, Fix, RuleContext, Violations, over_budget, rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

__all__ = ["RULES"]

_MASKED = OBJECTS | {Kind.RESULTS}
_COLUMNS = [value for _ in range(19) for value in (16, 32)]
_RECTANGLE = {"size": [48, 64], "counts": [197, *_COLUMNS, 16, 1947]}
"""The mask of the box [4, 5, 20, 16]."""
_COMPRESSED = "U6`0P10000000000000000000000000000000000000kk1"
"""The same counts as pycocotools writes them."""
_RING = [value for _ in range(16) for value in (6, 4, 6, 32)]
_HOLED = {"size": [48, 64], "counts": [197, 16, 32, 16, 32, *_RING, 16, 32, 16, 1947]}
"""The same mask with a hole of 16 x 4 pixels."""
_FEW = 2
"""Holes or further parts that one object may well have."""
_FLAWED = {
    RleFault.EMPTY: "counts is empty",
    RleFault.BAD_CHARACTER: "counts holds a character that no compressed RLE has",
    RleFault.TRUNCATED: "counts is cut off: its last character says that another follows",
    RleFault.OVERLONG: "counts holds a number that is spelt too long",
    RleFault.SIZE: "size is not a height and width of at least 1",
    RleFault.NEGATIVE: "counts holds a negative run",
    RleFault.ZERO_RUN: "counts holds a run of 0 that is not the first",
    RleFault.TOO_LARGE: "counts holds a run longer than the mask has pixels",
}


def _of_rles(
    context: RuleContext,
    bad: NDArray[np.bool_],
    say: Callable[[int], str],
    field: str | None = None,
    about: Callable[[int], str] | None = None,
) -> Violations:
    """Violations by RLEs: a mask over them, and what to say of one. The pointer names the field of the RLE, if any; `about` takes the row."""
    found = np.flatnonzero(bad)
    rows = context.coco.annotations.segmentation.rle_rows[found]
    path: tuple[str | int, ...] = ("segmentation",) if field is None else ("segmentation", field)
    what = None if about is None else lambda k: about(int(rows[k]))
    return Violations.of_rows("annotations", rows, lambda k: say(int(found[k])), inside=lambda _: path, about=what)


@rule(
    "COCO607",
    severity=Severity.ERROR,
    frames=True,
    kinds=_MASKED,
    needs=("annotations.segmentation", "annotations.image_size"),
    accept=[dataset([{"segmentation": _RECTANGLE}]), dataset()],
    reject=[
        (dataset([{"segmentation": {"size": [64, 48], "counts": [3072]}}]), "/annotations/0/segmentation/size"),
        (
            dataset([{}, {"segmentation": {"size": [47, 64], "counts": [197, 16, 2795]}}]),
            "/annotations/1/segmentation/size",
        ),
    ],
    explains=("COCO902",),
)
def rle_size_mismatch(context: RuleContext) -> Violations:
    """An RLE's size is not [height, width] of its image.

    Runs are counted down the columns, so a mask of another height has all its pixels elsewhere. To
    pycocotools its IoU with a mask of the image's own size is -1: no detection ever matches it. Where the two are merely swapped, the mask was written row by row or its size as [width, height].
    """
    segmentation = context.coco.annotations.segmentation
    image = image_sizes(context)[segmentation.rle_rows][:, ::-1]
    own = segmentation.rle_sizes
    known = np.isfinite(image).all(axis=1) & (segmentation.rle_faults != RleFault.SIZE)
    bad = (own != image).any(axis=1) & known

    def say(k: int) -> str:
        swapped = "; the two are swapped" if (own[k] == image[k, ::-1]).all() else ""
        height, width = image[k]
        return f"the RLE's size is [{own[k, 0]}, {own[k, 1]}], its image's [height, width] is [{height:g}, {width:g}]{swapped}"

    found = _of_rles(context, bad, say, "size", partial(size_of_image, context))
    return found.explaining(Consequence(code="COCO902", rows=found.rows, sort="mask size"))


@rule(
    "COCO608",
    severity=Severity.ERROR,
    frames=True,
    kinds=_MASKED,
    needs=("annotations.segmentation",),
    accept=[dataset([{"segmentation": _RECTANGLE}]), dataset([{"segmentation": {"size": [48, 64], "counts": [0, 3072]}}])],
    reject=[
        (
            dataset([{"segmentation": {"size": [48, 64], "counts": [197, 16, 2858]}}]),
            "/annotations/0/segmentation/counts",
        ),
        (
            dataset([{}, {"segmentation": {"size": [48, 64], "counts": [3072, 1]}}]),
            "/annotations/1/segmentation/counts",
        ),
    ],
)
def rle_counts_sum(context: RuleContext) -> Violations:
    """An RLE's counts do not sum to height times width.

    Runs are missing, or too many, or the size is another mask's. Decoded alone, the mask lacks its tail or is
    refused; beside another mask pycocotools' C code waits for an end that never comes, and evaluation hangs. Encode
    the mask again.
    """
    segmentation = context.coco.annotations.segmentation
    runs, sizes = segmentation.rle_runs, segmentation.rle_sizes

    def say(k: int) -> str:
        height, width = (int(side) for side in sizes[k])
        return f"the RLE's counts sum to {int(runs[k].sum())}, its size [{height}, {width}] has {height * width} pixels"

    return _of_rles(context, segmentation.rle_faults == RleFault.SUM, say, "counts")


@rule(
    "COCO609",
    severity=Severity.ERROR,
    frames=True,
    kinds=_MASKED,
    needs=("annotations.segmentation",),
    accept=[
        dataset([{"segmentation": _RECTANGLE}]),
        dataset([{"segmentation": {"size": [48, 64], "counts": _COMPRESSED}}]),
    ],
    reject=[
        (
            dataset([{"segmentation": {"size": [48, 64], "counts": [197, -16, 2891]}}]),
            "/annotations/0/segmentation/counts",
        ),
        (dataset([{}, {"segmentation": {"size": [48, 64], "counts": "PP"}}]), "/annotations/1/segmentation/counts"),
        (dataset([{"segmentation": {"size": [0, 64], "counts": [197]}}]), "/annotations/0/segmentation/size"),
    ],
)
def rle_malformed(context: RuleContext) -> Iterable[Violations]:
    """An RLE that must not reach pycocotools' C code: negative, truncated or overlong runs, bad characters.

    That code trusts its input: such masks made it crash (SIGSEGV, SIGABRT, or SIGFPE for a size of 0), hang, or write
    past its buffers in silence. cocoproof keeps them from it. Encode the mask again with
    `pycocotools.mask.encode`, and write its counts as ASCII text.
    """
    segmentation = context.coco.annotations.segmentation
    faults, runs, sizes = segmentation.rle_faults, segmentation.rle_runs, segmentation.rle_sizes

    def say(k: int) -> str:
        fault = RleFault(int(faults[k]))
        if fault == RleFault.SIZE:
            return f"the RLE's size [{sizes[k, 0]}, {sizes[k, 1]}] is not a height and width of at least 1 px"
        return f"the RLE's {_FLAWED[fault]}{_which(fault, runs[k], int(sizes[k].prod()))}"

    bad, of_size = malformed(faults), faults == RleFault.SIZE
    return [_of_rles(context, bad & ~of_size, say, "counts"), _of_rles(context, of_size, say, "size")]


def _which(fault: RleFault, runs: NDArray[np.int64], pixels: int) -> str:
    """The first run at fault, where one is."""
    if fault == RleFault.NEGATIVE:
        at = np.flatnonzero(runs < 0)
    elif fault == RleFault.ZERO_RUN:
        at = np.flatnonzero(runs[1:] == 0) + 1
    elif fault == RleFault.TOO_LARGE:
        at = np.flatnonzero(runs > pixels)
    else:
        return ""
    return f": run {int(at[0])}, counted from 0, is {int(runs[at[0]])}" if len(at) else ""


@rule(
    "COCO610",
    severity=Severity.WARNING,
    fix=Fix(safe="writes the pixels that pycocotools sets for the polygons as an RLE"),
    kinds=OBJECTS,
    needs=("annotations.iscrowd", "annotations.segmentation"),
    accept=[dataset([{"segmentation": _RECTANGLE, "iscrowd": 1}, {}]), dataset([{"segmentation": _RECTANGLE}])],
    reject=[
        (dataset([{}, {"iscrowd": 1}]), "/annotations/1/segmentation"),
        (dataset([{"iscrowd": 1}]), "/annotations/0/segmentation"),
    ],
)
def crowd_polygon(context: RuleContext) -> Violations:
    """`iscrowd` is 1 and the segmentation is polygons, where the format says RLE.

    "The segmentation format depends on whether the instance represents a single object (iscrowd=0 in which case
    polygons are used) or a collection of objects (iscrowd=1 in which case RLE is used)", says COCO's page on the
    format, and there are readers that choose the decoder by `iscrowd` and not by the value. If it is one
    object, set `iscrowd` to 0: evaluation ignores crowds. An RLE with `iscrowd` 0, the other way round, is read well.
    """
    annotations = context.coco.annotations
    bad = annotations.crowd & (annotations.segmentation.shape == Shape.POLYGONS)
    return Violations.of_rows(
        "annotations", bad, lambda _: "iscrowd is 1, but the segmentation is polygons, not an RLE", field="segmentation"
    )


@rule(
    "COCO611",
    severity=Severity.WARNING,
    frames=True,
    kinds=_MASKED,
    needs=("annotations.mask",),
    accept=[
        dataset([{"segmentation": {"size": [48, 64], "counts": [197, 1, 2874]}, "bbox": [4, 5, 1, 1], "area": 1}]),
        dataset([{"segmentation": []}]),  # COCO606
    ],
    reject=[
        (dataset([{"segmentation": {"size": [48, 64], "counts": [3072]}}]), "/annotations/0/segmentation"),
        (dataset([{}, {"segmentation": {"size": [48, 64], "counts": "PP3"}}]), "/annotations/1/segmentation"),
    ],
    explains=("COCO903",),
)
def rle_empty(context: RuleContext) -> Violations:
    """An RLE with no pixel set.

    There is nothing to segment, so that the annotation is a miss for ever. Tiling and cropping write such masks for
    objects that fell off the tile. Leave the annotation out.
    """
    segmentation = context.coco.annotations.segmentation
    bad = segmentation.rle_sound & (segmentation.areas[segmentation.rle_rows] == 0)
    found = _of_rles(context, bad, lambda _: "the RLE sets no pixel")
    return found.explaining(Consequence(code="COCO903", rows=found.rows, sort="no pixel"))


@rule(
    "COCO612",
    severity=Severity.NOTE,
    fix=Fix(on_request="sets `iscrowd` to 0"),
    kinds=OBJECTS,
    needs=("annotations.iscrowd", "annotations.mask"),
    accept=[
        dataset([{}, {"segmentation": _RECTANGLE, "iscrowd": 1}]),
        dataset([{}, {"segmentation": _HOLED}]),
        # An annotation with several parts is not a crowd by that: the flag does not come from the mask's form.
        dataset(
            [
                {"segmentation": [[4, 5, 14, 5, 14, 21, 4, 21], [15, 5, 24, 5, 24, 21, 15, 21]]},
                {"segmentation": _HOLED, "iscrowd": 1},
            ]
        ),
    ],
    reject=[
        (dataset([{}, {"segmentation": _HOLED, "iscrowd": 1}]), "/annotations/1/iscrowd"),
        (
            dataset([{"segmentation": {"size": [48, 64], "counts": [197, 5, 6, 5, 2859]}, "iscrowd": 1}]),
            "/annotations/0/iscrowd",
        ),
    ],
)
def disconnected_crowd_flag(context: RuleContext) -> Violations:
    """`iscrowd` is 1 on what looks like one object with a hole or several parts: evaluation will ignore it.

    A crowd is a region of many objects that were not separated. COCOeval counts neither a violation nor a miss there:
    of two objects of which one has the flag, finding the other alone scores AP 1.0; a file of flagged objects alone
    scores -1. supervision's `save_coco_annotations` sets the flag on every mask that a single polygon cannot
    express, whatever the source said. Set `iscrowd` to 0; an RLE may stay, pycocotools reads it all the same.

    Official COCO files have crowds as RLE, too, so the file as a whole must bear that exporter's mark: all masks with
    `iscrowd` 0 are one polygon each, and nearly all with `iscrowd` 1 (`suspicious-share`, default 0.9) have a hole
    or several parts. Of those, masks with more than two holes or further parts are let pass: they may well be crowds. In
    a file of few annotations even so much can be chance: hence a note.
    """
    annotations = context.coco.annotations
    segmentation, crowd = annotations.segmentation, annotations.crowd
    rings = np.diff(segmentation.ring_offsets)
    nothing = Violations.of_rows("annotations", np.zeros(0, np.int64), str)
    if not crowd.any() or (~crowd & (segmentation.is_rle | (rings > 1))).any():
        return nothing
    # Parts minus holes; a polygon's rings are parts.
    form = np.where(rings > 0, rings, 1)
    sized = crowd & ~np.isnan(segmentation.areas)
    large = (segmentation.rle_runs.lengths > MASK_RUNS) & crowd[segmentation.rle_rows]
    sized[segmentation.rle_rows[large]] = False
    unchecked = over_budget(int(large.sum()), int(crowd.sum()), "crowds", "a mask has too many runs")
    runs = np.flatnonzero(crowd[segmentation.rle_rows] & segmentation.rle_sound & ~large)
    form[segmentation.rle_rows[runs]] = euler_numbers_of(segmentation.rle_runs, segmentation.rle_sizes, runs)
    parted = sized & (segmentation.areas > 0) & (form != 1)
    if parted.sum() < context.thresholds.suspicious_share * sized.sum():
        return replace(nothing, unchecked=unchecked)
    parted &= np.abs(form - 1) <= _FEW
    found = Violations.of_rows(
        "annotations",
        parted,
        lambda _: "iscrowd is 1 on what looks like one object with a hole or several parts; evaluation ignores it",
        field="iscrowd",
    )
    return replace(found, unchecked=unchecked)


RULES = (
    rle_size_mismatch,
    rle_counts_sum,
    rle_malformed,
    crowd_polygon,
    rle_empty,
    disconnected_crowd_flag,
)
