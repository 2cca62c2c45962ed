"""Rules about boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.findings import Kind, Severity
from cocoproof.verify.examples import dataset
from cocoproof.verify.rule import OBJECTS, Case, Hits, rule

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["RULES", "box_not_positive"]

_BOXED = OBJECTS | {Kind.RESULTS}


@rule(
    "COCO501",
    severity=Severity.ERROR,
    kinds=_BOXED,
    needs=("annotations.bbox",),
    accept=[dataset(), dataset([{"bbox": [4, 5, 0.5, 0.5]}])],
    reject=[
        (dataset([{"bbox": [4, 5, 0, 16]}]), "/annotations/0/bbox"),
        (dataset([{}, {"bbox": [4, 5, 3, -16]}]), "/annotations/1/bbox"),
    ],
)
def box_not_positive(case: Case) -> Hits:
    """A box has no width or no height, or a negative one.

    pycocotools gives such a box an area of zero or less, so that nothing ever matches it: evaluation loses the
    annotation in silence. Exporters write such boxes for masks of one pixel and for [x1, y1, x2, y2] gone wrong.
    """
    box = case.coco.annotations.bbox.values
    # NaN, for a box that is absent or broken, compares as false.
    bad = (box[:, 2] <= 0) | (box[:, 3] <= 0)
    return Hits.of_rows("annotations", bad, lambda row: f"the box is {box[row, 2]:g} x {box[row, 3]:g} px", field="bbox")

RULES = (box_not_positive,)
