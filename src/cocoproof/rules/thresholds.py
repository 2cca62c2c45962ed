"""The numbers that rules compare with, and their defaults."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from cocoproof.model.errors import SettingsError
from cocoproof.sandbox.limits import MOST_PIXELS

__all__ = ["Thresholds"]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Tolerances of the rules.

    The defaults leave the official COCO files without an error. Each can be set on the command line
    (`--threshold box-tolerance=2`) and in the configuration file.

    Attributes:
        box_tolerance: Pixels that a box may reach outside its image (COCO502).
        polygon_tolerance: Pixels that a vertex may lie outside its image (COCO603).
        envelope_tolerance: Pixels that an edge of a box may lie off the envelope of its segmentation (COCO508), or of its oriented box (COCO953, COCO956).
        rectangle_tolerance: Pixels that the corners of an oriented box may lie off those of a rectangle, beside 1% of its diagonal (COCO952).
        area_tolerance: Share of the true area that `area` may be off (COCO506).
        area_slack: Square pixels that `area` may be off in any case (COCO506).
        aspect_ratio: How many times longer than wide a box may be (COCO509).
        tiny_box: Pixels in width or height under which a box is tiny (COCO510).
        near_duplicate_iou: IoU above which two boxes of one image and category are near duplicates (COCO210).
        category_start: The expected first category id where no class list says otherwise (COCO406).
        class_imbalance: How many times the annotations of the rarest class the most frequent one may have (COCO411).
        max_detections: Results on one image that the evaluation counts (COCO915).
        look_distance: Bits of 128 that the perceptual hashes of two similar images may differ in (COCO851 and COCO858, with --similar).
        frame_distance: How far apart close frames of a sequence may be, as a multiple of the spacing of its numbers (COCO855).
        class_shift: Cohen's h between the shares of images with a class in two splits, from which they differ (COCO857).
        size_shift: Kolmogorov-Smirnov distance between the sizes of boxes of two splits, from which they differ (COCO857).
        image_pixels: Pixels above which no picture is decoded, and a picture counts as unreadable (COCO802): Pillow refuses more.
        suspicious_share: Share of a file's boxes that must read as [x1, y1, x2, y2] (COCO504) or as fractions
            (COCO505) for the file to be called so.
    """

    box_tolerance: float = 1.0
    polygon_tolerance: float = 1.0
    envelope_tolerance: float = 2.0
    rectangle_tolerance: float = 2.0
    area_tolerance: float = 0.05
    area_slack: float = 2.0
    aspect_ratio: float = 20.0
    tiny_box: float = 1.0
    near_duplicate_iou: float = 0.95
    category_start: int = 1
    class_imbalance: float = 100.0
    max_detections: int = 100
    look_distance: int = 4
    frame_distance: float = 2.0
    class_shift: float = 0.3
    size_shift: float = 0.2
    image_pixels: int = MOST_PIXELS
    suspicious_share: float = 0.9

    def __post_init__(self) -> None:
        for entry in fields(self):
            value = getattr(self, entry.name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
                msg = f"threshold {entry.name.replace('_', '-')} must be a finite number of at least 0, not {value!r}"
                raise SettingsError(msg)
