"""Names that are nearly alike, and names as a message quotes them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from itertools import islice
from typing import TYPE_CHECKING

from cocoproof.model.budgets import SUGGESTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Suggestions", "folded", "listed", "nearest", "quoted"]

_QUOTED_LENGTH = 200
"""Longest echo of a value in a message, in characters."""

_COMPARED_LENGTH = 100
"""difflib is quadratic in the length: of longer names only this much is compared. (Its heuristic for popular characters begins at 200.)"""

_COMPARED_NAMES = 5_000
"""Of more candidates than this, only those equal after folding are found: each costs a difflib comparison."""

_FOLDED_LENGTH = 1_000
"""Only this much of a name is folded: normalising a long row of combining marks takes quadratic time."""

_SEPARATORS = re.compile(r"[\s_\-.]+")


def folded(name: str) -> str:
    """The name without what people mistype most: case, white space, `_`, `-`, `.` and the Unicode normal form.

    Of a name longer than 1,000 characters only the first 1,000 count.

    >>> folded("Traffic  Light") == folded("traffic_light") == folded("trafficlight")
    True
    """
    start = unicodedata.normalize("NFKC", name[:_FOLDED_LENGTH])
    # Folding the case can leave a composed form (U+1E9E gives "ss", U+0130 an i with a mark): normalise again after it.
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", start.casefold()))


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `name` was most likely meant to be.

    First one that is the same after `folded`, then the most alike by difflib's ratio where that is at least 0.6. Among
    equals the first candidate wins, so that the answer does not depend on anything but the arguments.

    Args:
        name: The name that was not found.
        candidates: The names that it might have been.

    Returns:
        One of the candidates, or None where none is near.

    >>> nearest("Person ", ["car", "person"])
    'person'
    >>> nearest("preson", ["car", "person"])
    'person'
    >>> nearest("zebra", ["car", "person"]) is None
    True
    """
    return _nearest(folded(name), _by_key(candidates))


def _by_key(candidates: Iterable[str]) -> dict[str, str]:
    """The first candidate of each folded form."""
    by_key: dict[str, str] = {}
    for candidate in candidates:
        by_key.setdefault(folded(candidate), candidate)
    return by_key


def _nearest(key: str, by_key: Mapping[str, str]) -> str | None:
    """`nearest`, of names that are folded."""
    if key in by_key:
        return by_key[key]
    if len(by_key) > _COMPARED_NAMES:
        return None
    by_start: dict[str, str] = {}
    for other, candidate in by_key.items():
        by_start.setdefault(other[:_COMPARED_LENGTH], candidate)
    best, best_ratio = None, 0.6
    import difflib

    matcher = difflib.SequenceMatcher()
    matcher.set_seq2(key[:_COMPARED_LENGTH])
    for other, candidate in by_start.items():
        matcher.set_seq1(other)
        # The two quick bounds are upper ones: most candidates never need the real ratio.
        if matcher.real_quick_ratio() < best_ratio or matcher.quick_ratio() < best_ratio:
            continue
        ratio = matcher.ratio()
        if ratio > best_ratio or (best is None and ratio == best_ratio):
            best, best_ratio = candidate, ratio
    return best


class Suggestions:
    """The nearest of some names, for one unknown name after another.

    The names are folded once, and the answers are kept. After `SUGGESTIONS` names that have none of the same folded form, only those that
    do have one are found: a source may have ten thousand unknown names.
    """

    def __init__(self, names: Collection[str]) -> None:
        """Prepare to look among these names."""
        self._names = names
        self._known: dict[str, str] | None = None
        self._found: dict[str, str | None] = {}
        self._left = SUGGESTIONS

    def nearest(self, name: str) -> str | None:
        """What `nearest` finds, within the budget."""
        if self._known is None:
            self._known = _by_key(self._names)
        key = folded(name)
        if key in self._known:
            return self._known[key]
        if key not in self._found:
            if not self._left:
                return None
            self._left -= 1
            self._found[key] = _nearest(key, self._known)
        return self._found[key]

    def hint(self, name: str, limit: int = 5) -> str:
        """What a message says of an unknown name: the one that was probably meant, or the first few that there are."""
        meant = self.nearest(name)
        return f"did you mean {quoted(meant)}?" if meant is not None else f"there are {listed(self._names, limit)}"


def quoted(value: object) -> str:
    r"""A value from outside as a message shows it: quoted, unprintable characters escaped, cut at 200 characters.

    >>> quoted("a\x1b[31m")
    "'a\\x1b[31m'"
    """
    if isinstance(value, str):
        cut = value if len(value) <= _QUOTED_LENGTH else value[:_QUOTED_LENGTH] + "..."
        return repr(cut)
    if isinstance(value, int) and value.bit_length() > 4 * _QUOTED_LENGTH:
        # Python refuses to print integers of thousands of digits.
        return f"a number of {value.bit_length()} bits"
    if isinstance(value, (list, tuple, dict, set, frozenset)):
        # A nested value may be endless (YAML's aliases) or hold such an integer: its type and length are enough.
        return f"a {type(value).__name__} of {len(value)}"
    text = repr(value)
    return text if len(text) <= _QUOTED_LENGTH else text[:_QUOTED_LENGTH] + "..."


def listed(names: Iterable[str], limit: int = 5) -> str:
    """The first few names, quoted, and how many more there are.

    >>> listed(["a", "b", "c"], limit=2)
    "'a', 'b' and 1 more"
    """
    everything = names if isinstance(names, Collection) else list(names)
    shown = ", ".join(quoted(name) for name in islice(everything, limit))
    more = len(everything) - limit
    return f"{shown} and {more} more" if more > 0 else shown
