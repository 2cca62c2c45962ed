"""Which defects make supervision fail: what COCO904 reports then follows from them.

Each was tried on supervision 0.31.2. It reads all images and categories, and the annotations of each image that is listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.rules.violations import Consequence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cocoproof.rules.rule import RuleContext

__all__ = ["NOT_LOADED", "not_loaded_with"]

NOT_LOADED = Consequence(code="COCO904")


def not_loaded_with(context: RuleContext, annotations: NDArray[np.bool_]) -> tuple[Consequence, ...]:
    """The consequence of annotations that supervision cannot read; none if they are on no image.

    Args:
        context: The file.
        annotations: Which annotations, bool, shape (n,).
    """
    return (NOT_LOADED,) if bool((annotations & (context.coco.annotations.image_row >= 0)).any()) else ()
