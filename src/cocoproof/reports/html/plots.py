"""The plots of a file: class balance, and centres, sizes and aspect ratios of the boxes.

A plot is numbers and path data; the template turns it into an inline SVG.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.model.findings import Kind
from cocoproof.model.wording import count_of, cut
from cocoproof.reports.html.shapes import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cocoproof.rules.rule import RuleContext

__all__ = ["Mark", "Plot", "PlotLabel", "plots_of"]

WIDTH, HEIGHT = 360, 236
_LEFT, _RIGHT, _TOP, _BOTTOM = 12, 348, 14, 206
_BARS = 9
_CELLS = 24
_LEVELS = 6


@dataclass(frozen=True, slots=True)
class Mark:
    """A path of a plot, and its CSS class."""

    style: str
    path: str


@dataclass(frozen=True, slots=True)
class PlotLabel:
    """A text of a plot: place, anchor (start, middle, end) and CSS class."""

    x: float
    y: float
    anchor: str
    text: str
    style: str = "tick"


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot.

    Attributes:
        title: What it shows.
        caption: The contents in words and numbers; also for screen readers.
        marks, texts: What is drawn, the lowest first.
    """

    title: str
    caption: str
    marks: tuple[Mark, ...]
    texts: tuple[PlotLabel, ...]


def plots_of(context: RuleContext, counts: NDArray[np.int64]) -> tuple[Plot, ...]:
    """The plots of a file.

    Args:
        context: The file.
        counts: How often each of its categories occurs, shape (categories,).
    """
    plots = []
    if len(counts) and counts.sum():
        plots.append(_balance(context, counts))
    boxes, sizes = _boxes(context)
    if len(boxes):
        plots += [*_centres(boxes, sizes), _sizes(boxes), _ratios(boxes)]
    return tuple(plots)


def _boxes(context: RuleContext) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Usable boxes of positive size, shape (n, 4), and [width, height] of their images, NaN if unknown, shape (n, 2)."""
    if context.coco.kind is Kind.PANOPTIC:
        rows, column = context.coco.annotations.image_row[context.coco.segments.owner], context.coco.segments.bbox
    else:
        rows, column = context.coco.annotations.image_row, context.coco.annotations.bbox
    boxes = column.floats
    usable = column.ok & np.isfinite(boxes).all(axis=1) & (boxes[:, 2:] > 0).all(axis=1)
    images = context.images
    table = np.full((images.n + 1, 2), np.nan)
    for k, side in enumerate((images.width, images.height)):
        table[:-1, k] = np.where(side.ok, side.floats, np.nan)
    return boxes[usable], table[rows[usable]]


def _balance(context: RuleContext, counts: NDArray[np.int64]) -> Plot:
    order = np.argsort(-counts, kind="stable")
    names = context.categories.name.values
    shown = order if len(order) <= _BARS else order[: _BARS - 1]
    rest = order[len(shown) :]
    rows = [(names[row] or f"categories[{row}]", int(counts[row])) for row in shown.tolist()]
    rows += [(f"{len(rest):,} more", int(counts[rest].sum()))] if len(rest) else []
    step = (_BOTTOM + 20 - _TOP) / max(len(rows), 4)
    start, room = 116, 178
    longest = max(count for _, count in rows)
    bars, texts = ["", ""], []
    for k, (name, count) in enumerate(rows):
        y = _TOP + k * step
        width = max(count / longest * room, 0.8 if count else 0)
        bars[k == len(rows) - 1 and len(rest) > 0] += f"M{start} {number(y)}h{number(width)}v{number(step - 6)}h-{number(width)}z"
        middle = y + (step - 6) / 2 + 4
        texts.append(PlotLabel(start - 8, middle, "end", _short(name), "name"))
        texts.append(PlotLabel(start + width + 6, middle, "start", f"{count:,}", "value"))
    most, least = int(order[0]), int(order[-1])
    none = int((counts == 0).sum())
    caption = f"{count_of(len(counts), 'category')}, {count_of(int(counts.sum()), 'annotation')}. "
    if len(counts) > 1:
        caption += (
            f"The most frequent has {counts[most]:,}, the median is {int(np.median(counts)):,}, the least frequent has {counts[least]:,}."
        )
    caption += f" {none:,} have no annotations." if none > 1 else " One has no annotations." if none else ""
    return Plot("Class balance", caption.strip(), _marks(("bar", bars[0]), ("rest", bars[1])), tuple(texts))


def _centres(boxes: NDArray[np.float64], sizes: NDArray[np.float64]) -> tuple[Plot, ...]:
    """The plot of centres; none if no image has a known size."""
    places = (boxes[:, :2] + boxes[:, 2:] / 2) / sizes
    known = np.isfinite(places).all(axis=1)
    places = places[known]
    if not len(places):
        return ()
    inside = ((places >= 0) & (places <= 1)).all(axis=1)
    cells = np.minimum((places[inside] * _CELLS).astype(np.int64), _CELLS - 1)
    grid = np.bincount(cells[:, 0] * _CELLS + cells[:, 1], minlength=_CELLS**2).reshape(_CELLS, _CELLS)
    side = (_BOTTOM - _TOP) / _CELLS
    left = (WIDTH - side * _CELLS) / 2
    level = np.ceil(np.sqrt(grid / max(int(grid.max()), 1)) * _LEVELS).astype(int)
    marks = [
        (f"heat{k}", "".join(f"M{number(left + x * side)} {number(_TOP + y * side)}h{number(side)}v{number(side)}h-{number(side)}z" for x, y in np.argwhere(level == k)))
        for k in range(1, _LEVELS + 1)
    ]  # fmt: skip
    end = left + side * _CELLS
    frame = f"M{number(left)} {_TOP}h{number(end - left)}v{_BOTTOM - _TOP}h-{number(end - left)}z"
    texts = (PlotLabel(left, _BOTTOM + 16, "start", "left"), PlotLabel((left + end) / 2, _BOTTOM + 16, "middle", "centre"), PlotLabel(end, _BOTTOM + 16, "end", "right"))  # fmt: skip
    middle = np.median(places[inside], axis=0) if inside.any() else np.full(2, np.nan)
    caption = f"Centres of {count_of(len(places), 'box')} relative to their images. Darker means more."
    if inside.any():
        caption += f" The median is at {middle[0]:.0%} from the left and {middle[1]:.0%} from the top."
    outside = int((~inside).sum())
    caption += f" {outside:,} {'is' if outside == 1 else 'are'} outside the image and not drawn." if outside else ""
    return (Plot("Box centres", caption, _marks(*marks, ("frame", frame)), texts),)


_SMALL, _LARGE = 32.0, 96.0
"""Sides of the squares that separate small, medium and large in COCO's evaluation (`cocoeval.py`, `areaRng`)."""


def _sizes(boxes: NDArray[np.float64]) -> Plot:
    with np.errstate(all="ignore"):
        sides = np.sqrt(boxes[:, 2]) * np.sqrt(boxes[:, 3])
    logs = np.log2(np.clip(sides, 2.0**-1, 2.0**13))
    low, high = int(np.floor(logs.min())), int(np.ceil(logs.max()))
    low, high = min(low, 4), max(high, 8)
    counts, _ = np.histogram(logs, bins=(high - low) * 4, range=(low, high))
    ticks = [(2.0**k, f"{2**k:g}" if k >= 0 else "½") for k in range(low, high + 1, 1 if high - low <= 8 else 2)]
    marks, texts = _histogram(counts, [(np.log2(value), text) for value, text in ticks], (low, high))
    small, large = float((sides < _SMALL).mean()), float((sides >= _LARGE).mean())
    first, second = (_LEFT + (np.log2(limit) - low) / (high - low) * (_RIGHT - _LEFT) for limit in (_SMALL, _LARGE))
    lines = f"M{number(first)} {_TOP}V{_BOTTOM}M{number(second)} {_TOP}V{_BOTTOM}"
    parts = (
        (first - 5, "end", small, "small"),
        ((first + second) / 2, "middle", 1 - small - large, "med."),
        (second + 5, "start", large, "large"),
    )
    for x, anchor, share, word in parts:
        texts += [PlotLabel(x, _TOP + 2, anchor, word, "tick"), PlotLabel(x, _TOP + 16, anchor, f"{share:.0%}", "value")]
    caption = (
        f"Square root of the area in pixels, on a logarithmic scale; {count_of(len(boxes), 'box')}, median {np.median(sides):,.4g} px. "
        f"{small:.0%} are small, {1 - small - large:.0%} medium and {large:.0%} large by the limits of COCO's evaluation, 32 and 96 px."
    )
    return Plot("Box sizes", caption, _marks(*marks, ("limit", lines)), tuple(texts))


_RATIOS = (
    (1 / 16, "1:16"),
    (1 / 8, "1:8"),
    (1 / 4, "1:4"),
    (1 / 2, "1:2"),
    (1.0, "1:1"),
    (2.0, "2:1"),
    (4.0, "4:1"),
    (8.0, "8:1"),
    (16.0, "16:1"),
)


def _ratios(boxes: NDArray[np.float64]) -> Plot:
    with np.errstate(all="ignore"):
        ratios = boxes[:, 2] / boxes[:, 3]
    ratios = np.clip(np.nan_to_num(ratios, nan=1.0), 2.0**-5, 2.0**5)
    counts, _ = np.histogram(np.log2(ratios), bins=40, range=(-5, 5))
    marks, texts = _histogram(counts, [(np.log2(value), text) for value, text in _RATIOS], (-5, 5))
    wide, tall = float((ratios > 2).mean()), float((ratios < 0.5).mean())
    caption = (
        f"Width divided by height of {count_of(len(boxes), 'box')}, on a logarithmic scale; median {np.median(ratios):.2f}. "
        f"{tall:.0%} are more than twice as high as wide, {wide:.0%} more than twice as wide as high."
    )
    return Plot("Aspect ratios", caption, _marks(*marks), tuple(texts))


def _histogram(
    counts: NDArray[np.int64], ticks: Sequence[tuple[float, str]], span: tuple[float, float]
) -> tuple[list[tuple[str, str]], list[PlotLabel]]:
    """Bars over an axis with ticks."""
    width = (_RIGHT - _LEFT) / len(counts)
    tallest = max(int(counts.max()), 1)
    bars = ""
    for k in np.flatnonzero(counts).tolist():
        height = max(counts[k] / tallest * (_BOTTOM - _TOP - 22), 0.8)
        bars += f"M{number(_LEFT + k * width + 0.5)} {_BOTTOM}v-{number(height)}h{number(width - 1)}V{_BOTTOM}z"
    texts, notches = [], ""
    for value, text in ticks:
        x = _LEFT + (value - span[0]) / (span[1] - span[0]) * (_RIGHT - _LEFT)
        notches += f"M{number(x)} {_BOTTOM}v4"
        texts.append(PlotLabel(x, _BOTTOM + 17, "middle", text))
    return [("bar", bars), ("axis", f"M{_LEFT} {_BOTTOM}H{_RIGHT}{notches}")], texts


def _marks(*marks: tuple[str, str]) -> tuple[Mark, ...]:
    return tuple(Mark(style, path) for style, path in marks if path)


def _short(name: str, limit: int = 15) -> str:
    return name if len(name) <= limit else cut(name, limit - 1, "…")
