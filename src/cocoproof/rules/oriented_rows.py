"""What the rules about oriented boxes share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.model.dialects import Dialect
from cocoproof.model.findings import Kind
from cocoproof.rules.examples import GONE
from cocoproof.rules.rule import OBJECTS, RuleContext, RuleSkipped
from cocoproof.rules.violations import FILE_WIDE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.columns.oriented_boxes import OrientedBoxes
    from cocoproof.model.json_types import JsonPath

__all__ = [
    "DIAMOND",
    "OF_DIAMOND",
    "OF_SLIM",
    "ORIENTED",
    "ORIENTED_KINDS",
    "SLIM",
    "TURNED",
    "is_of_file",
    "numbers_of",
    "oriented_of",
    "path_of",
    "shown_box",
    "upright_corners",
]

ORIENTED_KINDS = OBJECTS | {Kind.RESULTS}
ORIENTED = Dialect.ORIENTED_BOXES

DIAMOND = [30, 4, 44, 18, 30, 32, 16, 18]
"""Corners of a square that is turned by 45 degrees; the side is 14 times the root of 2."""
OF_DIAMOND = {"bbox": [16, 4, 28, 28], "area": 392, "segmentation": GONE}
TURNED = [30, 18, 14 * math.sqrt(2), 14 * math.sqrt(2), math.pi / 4]
SLIM = [30, 20, 30, 6, 0.5]
OF_SLIM = {"bbox": [15.4, 10.2, 29.2, 19.6], "area": 180, "segmentation": GONE}


def oriented_of(context: RuleContext) -> OrientedBoxes:
    """The oriented boxes of a file of the dialect."""
    if context.coco.oriented is None:
        raise RuleSkipped("there is no oriented box")
    return context.coco.oriented


def path_of(context: RuleContext, row: int, inside: JsonPath) -> JsonPath:
    """The path of a place in an annotation, or in a result, from the root of the document."""
    return (row, *inside) if context.coco.kind is Kind.RESULTS else ("annotations", row, *inside)


def is_of_file(context: RuleContext, bad: NDArray[np.bool_], of: NDArray[np.bool_]) -> bool:
    """Whether a defect of nearly all rows that can have it is one finding."""
    return bool(bad.sum() >= FILE_WIDE and bad.sum() >= context.thresholds.suspicious_share * of.sum())


def upright_corners(context: RuleContext) -> NDArray[np.float64]:
    """Least x, least y, greatest x, greatest y of each `bbox`, shape (n, 4); NaN for boxes of five numbers, which have none beside them."""
    box = context.coco.annotations.bbox
    values = np.where(box.literal[:, None], box.floats, np.nan)
    return np.concatenate([values[:, :2], values[:, :2] + values[:, 2:]], axis=1)


def numbers_of(values: NDArray[np.float64]) -> str:
    """Numbers for a fingerprint."""
    return ", ".join(f"{value:g}" for value in values)


def shown_box(box: NDArray[np.float64]) -> str:
    """A box of two corners as [x, y, width, height]."""
    return "[" + ", ".join(f"{value:.6g}" for value in (box[0], box[1], box[2] - box[0], box[3] - box[1])) + "]"
