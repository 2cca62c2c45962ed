"""The dimensions of directed datasets: the ways in which exporters depend on their input, with the values around which code breaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DIMENSIONS", "Dimension", "Level"]

Level: TypeAlias = "int | str | tuple[str, int] | tuple[int, int]"
"""A number, a word, a word with a number, or a width and a height."""


@dataclass(frozen=True)
class Dimension:
    """One dimension.

    Attributes:
        name: Its name, in the table and in messages.
        meaning: What varies.
        breaks: Where code breaks, for the table.
        bands: Levels that are alike, such as the numbers around 16 and 32; the first band holds the ordinary level. Every pair of
            bands of two dimensions is in a dataset, and every level is in one at least.
        alone: Levels that cost much: each is in a dataset of its own.
        large: Levels that cost very much: they are tried with `profile = "fuzz"` alone.
    """

    name: str
    meaning: str
    breaks: str
    bands: tuple[tuple[Level, ...], ...]
    alone: tuple[Level, ...] = ()
    large: tuple[Level, ...] = ()

    @property
    def ordinary(self) -> Level:
        """The level of a dataset that is not about this dimension."""
        return self.bands[0][0]

    def levels(self) -> Iterator[Level]:
        """Every level but the large ones."""
        for band in self.bands:
            yield from band
        yield from self.alone


_TENS = (10, 11, 16, 17, 32, 33)
_HUNDREDS = (100, 101, 128, 129)
_MORE = (256, 257, 1000, 1001, 1024, 1025)
_LARGE = (65_536, 65_537)
_COUNTS = "10, 16, 32, 100, 128, 256, 1000, 1024; 65,536 at length"

DIMENSIONS: tuple[Dimension, ...] = (
    Dimension("images", "how many images", _COUNTS, ((4, 5, 9), _TENS, _HUNDREDS), _MORE, _LARGE),
    Dimension("detections", "how many detections the fullest image has", _COUNTS, ((2, 3, 9), _TENS, _HUNDREDS), _MORE, _LARGE),
    Dimension("classes", "how many classes", _COUNTS, ((3, 2, 9), _TENS, _HUNDREDS), _MORE, _LARGE),
    Dimension(
        "class names",
        "names of classes and categories",
        "10, 16, 31, 32, 64, 100, 255 characters; control characters; names equal but for case, blanks or Unicode form",
        (
            ("plain",),
            (10, 11, 16, 17, 31, 32, 33),
            (64, 65, 100, 101, 255, 256),
            ("line break", "tab", "backslash", "quotes", "html", "words", "emoji", "right to left"),
            ("case", "blanks", "forms"),
        ),
    ),
    Dimension(
        "file names",
        "names of images",
        "order other than by name; equal base names and stems; 10, 16, 31, 32, 64, 100, 255 characters; upper-case endings; blanks, "
        "dots, quotes, percent signs; names equal but for case or Unicode form",
        (
            ("numbers", "descending"),
            ("bases", "stems", "endings", "deep"),
            (10, 11, 16, 17, 31, 32, 33, 64, 65, 100, 101, 255),
            ("blanks", "percent", "quotes", "dots", "unicode"),
            ("case", "forms"),
        ),
    ),
    Dimension(
        "size",
        "width and height of the first image",
        "255, 32,767, 65,535; sides that differ by one",
        (
            ((24, 16),),
            ((254, 3), (255, 3), (256, 3), (257, 3), (3, 255), (3, 256), (3, 257)),
            ((32_767, 2), (32_768, 2), (2, 32_767), (2, 32_768)),
            ((65_535, 2), (65_536, 1), (2, 65_535), (1, 65_536)),
            ((100, 101), (101, 100), (640, 639), (33, 32), (1, 1)),
        ),
    ),
    Dimension(
        "mask",
        "the mask on the second image",
        "over 20 px; runs of 15, 31, 255, 511, 1023, 16,383, 32,767 px; 1 to 50 parts and holes; lines of one pixel",
        (
            ("none",),
            (("side", 5), ("side", 21), ("side", 33), ("side", 65), ("side", 101), ("side", 129), ("side", 257), ("diagonal", 40)),
            (("runs", 15), ("runs", 16), ("runs", 31), ("runs", 32), ("runs", 33)),
            (("runs", 255), ("runs", 256), ("runs", 511), ("runs", 512), ("runs", 1023), ("runs", 1024), ("runs", 1025)),
            (("runs", 16_383), ("runs", 16_384), ("runs", 32_767), ("runs", 32_768)),
            tuple(("parts", count) for count in (2, 3, 4, 5, 8, 9, 10, 11, 16, 17, 32, 33, 50, 51)),
            tuple(("holes", count) for count in (1, 2, 3, 4, 5, 8, 9, 10, 11, 16, 17, 32, 33, 50, 51)),
            ("later",),
        ),
    ),
    Dimension(
        "boxes",
        "where the boxes of the first detections are",
        "out of the image on each side; under a pixel; many digits; coordinates at 2^15, 2^16 and 2^24; areas at 2^31 and 2^53",
        (
            ("inside", "edge"),
            ("left", "top", "right", "bottom", "around"),
            ("tiny", "thin", "digits"),
            ("2^15", "2^16", "2^24"),
            ("area 2^31", "area 2^53"),
        ),
    ),
    Dimension("box type", "the dtype of boxes", "float32, whole numbers", (("float64",), ("float32",), ("int64",))),
    Dimension(
        "scores",
        "confidence",
        "float32 and float16, which json.dumps refuses; scores on some images only",
        (("none",), ("float64",), ("float32", "float16"), ("first", "later")),
    ),
    Dimension(
        "crowds",
        'data["iscrowd"]',
        "bool and uint8; flags on some images only",
        (("none",), ("int64",), ("bool", "uint8"), ("later",)),
    ),
    Dimension("tracks", "tracker ids", "2^31, 2^53; ids on some images only", (("none",), ("small",), ("2^31", "2^53"), ("later",))),
    Dimension(
        "data",
        "further data columns",
        "every dtype, two and three dimensions, whole numbers over 2^53, long text, columns on some images only",
        (
            ("none",),
            ("text", "long text"),
            ("int64", "int32", "uint8", "int 2^53"),
            ("bool", "float32", "float16", "float64"),
            ("2-D", "2-D int", "2-D bool", "2-D float32", "3-D"),
            ("later", "names"),
        ),
    ),
    Dimension(
        "mapping",
        "which class becomes which category",
        "ids that do not ascend, leave gaps, or are at 2^31 and 2^53; merged, dropped and unused ones; supercategories that differ",
        (("plain", "zero"), ("descending", "gaps", "2^31", "2^53"), ("merged", "dropped"), ("supercategories", "unused")),
    ),
    Dimension("empty", "images without detections", "the first, the last, most", (("none",), ("first",), ("last",), ("most",))),
    Dimension("oriented", "oriented boxes", "on every image or none", (("none",), ("all",))),
)
"""Every dimension."""
