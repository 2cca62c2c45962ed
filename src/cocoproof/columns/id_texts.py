"""Ids that are texts, as columns of integers.

pycocotools and most other readers use an id as the key of a dictionary, so that a text is as good an id as an integer, but never equal
to one: an annotation of image "1" is not on image 1. A text is therefore represented by a code, the same in every file, which no integer
of an id column has. If all ids of a kind in a file are the texts of integers, then the column has these integers, and says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

__all__ = ["LEAST_INTEGER", "IdTexts", "code_of", "integers_of"]

LEAST_INTEGER = -(1 << 62)
"""Codes are below this number."""

_CODES = (1 << 62) - 1
_INTEGER = re.compile(r"0|-?[1-9]\d{0,17}")
"""The texts that Python writes for integers, up to 18 digits. "01" and "1.0" are other ids than "1"."""


@dataclass(frozen=True, slots=True)
class IdTexts:
    """Which values of a column of ids are texts in the file.

    Attributes:
        of_codes: The id that each code below `LEAST_INTEGER` stands for: a text, or an integer that is as low as a code.
        all_integers: Whether every value of the column is the text of the integer that the column has.
    """

    of_codes: Mapping[int, str | int] = field(default_factory=dict)
    all_integers: bool = False

    def written(self, value: int) -> str | int:
        """The id that a value of the column stands for, as the file has it."""
        return str(value) if self.all_integers else self.of_codes.get(value, value)

    def keys(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """The values with codes for all texts, to compare them with ids of another column; int64, same shape."""
        if not self.all_integers:
            return values
        distinct, back = np.unique(values, return_inverse=True)
        codes = np.fromiter((code_of(str(value)) for value in distinct.tolist()), np.int64, len(distinct))
        return codes[back]


def code_of(identifier: str | int) -> int:
    """The code of a text, or of an integer below `LEAST_INTEGER`: int64, below `LEAST_INTEGER`."""
    key = repr(identifier).encode("utf-8", "surrogatepass")
    import hashlib

    digest = int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "little")
    return LEAST_INTEGER - 1 - (digest & _CODES)


def integers_of(texts: Iterable[str | int]) -> list[int] | None:
    """The integers that texts are, if all of them are texts of integers, written as Python writes them."""
    out = []
    for text in texts:
        if not isinstance(text, str) or not _INTEGER.fullmatch(text):
            return None
        out.append(int(text))
    return out
