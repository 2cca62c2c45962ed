"""What makes the name of a category or an image visible to people."""

from __future__ import annotations

__all__ = ["INVISIBLE", "is_blank"]


def _characters(ranges: str) -> str:
    spans = (span.partition("-") for span in ranges.split())
    return "".join(chr(code) for first, _, last in spans for code in range(int(first, 16), int(last or first, 16) + 1))


INVISIBLE = _characters(
    "0-20 7F-A0 AD 34F 61C 115F-1160 1680 17B4-17B5 180B-180F 2000-200F 2028-202F 205F-206F 2800 3000 3164 FE00-FE0F FEFF FFA0 E0000-E007F"
)
"""Characters that leave no mark: white space, controls, and what Unicode calls Default_Ignorable_Code_Point
(DerivedCoreProperties.txt; its variation selectors above U+E0100 left out), and the braille blank."""


def is_blank(text: str) -> bool:
    """Whether a text has nothing that can be seen."""
    return not text.strip(INVISIBLE)
