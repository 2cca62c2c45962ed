"""Names and class mappings."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from hypothesis import reject
from hypothesis import strategies as st

from cocoproof.mapping import Category, ClassMapping
from cocoproof.testing.strategies.cached import BOOLEANS, integers, kept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = ["class_mappings", "class_names"]

_STARTS = (1, 0, 2, 90)

_TRIES = 3
"""What Hypothesis's own filters are given to find a value that will do."""

_AWKWARD = (
    *("a", "A", "a b", "a_b", "<a>", "a/b", "1", "null"),
    *(" a", "a ", "b ", " b", "a b ", "\u00a0b"),
    *("e\u0301", "\u00e9", "\u212b", "\ufb01", "\U0001f600"),
)
"""Names that one tool or another writes otherwise: in lower case, without blanks, escaped, composed, as a number."""

_FILLERS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and symbols that leave no mark."""


def class_names(*, max_size: int = 6) -> SearchStrategy[str]:
    """Names of classes and categories: any Unicode that UTF-8 can write, with a character that can be seen, without NUL.

    Args:
        max_size: The most characters.
    """
    return _names(max_size)


@kept
def _names(max_size: int) -> SearchStrategy[str]:
    # numpy's text cannot hold a NUL at its end, and supervision keeps class names in numpy's text.
    characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    free = st.text(characters, min_size=1, max_size=max_size).filter(_can_be_seen)
    return st.one_of(free, st.sampled_from([name for name in _AWKWARD if len(name) <= max_size]))


def _can_be_seen(name: str) -> bool:
    return any(unicodedata.category(character)[0] in "LNPS" and character not in _FILLERS for character in name)


@kept
def _lists_of_names(most: int) -> SearchStrategy[list[str]]:
    """At least one name, no two alike."""
    return st.lists(class_names(), min_size=1, max_size=most, unique=True)


def class_mappings(
    *,
    classes: Sequence[str] | None = None,
    max_classes: int = 4,
    allow_drop: bool = True,
    allow_merge: bool = True,
    allow_unused: bool = True,
    allow_gaps: bool = True,
    identity: bool = False,
    start: int | None = None,
) -> SearchStrategy[ClassMapping]:
    """Class mappings that map every source class to a category, or drop it by name.

    They shrink towards one class that becomes the one category of id 1.

    Args:
        classes: The source's class names; None draws them.
        max_classes: The most classes that are drawn.
        allow_drop: Whether classes may be dropped.
        allow_merge: Whether several classes may become one category.
        allow_unused: Whether there may be categories that no class becomes.
        allow_gaps: Whether category ids may leave gaps.
        identity: Whether class k becomes the k-th category, under its own name, for an exporter that maps nothing.
        start: The first category id; None draws it, or takes 1 where `identity` is asked for.

    Raises:
        ValueError: If `classes` is empty.
    """
    if classes is not None and not classes:
        msg = "classes is empty; a mapping has at least one class"
        raise ValueError(msg)
    if identity:
        names = _lists_of_names(max_classes) if classes is None else st.just(list(classes))
        return names.map(lambda own: ClassMapping.from_names(own, start=1 if start is None else start))
    return _mappings(classes, max_classes, (allow_drop, allow_merge, allow_unused, allow_gaps), start)


@st.composite
def _mappings(
    draw: DrawFn, classes: Sequence[str] | None, max_classes: int, allowed: tuple[bool, bool, bool, bool], start: int | None
) -> ClassMapping:
    drop, merge, unused, gaps = allowed
    source = list(classes) if classes is not None else draw(_lists_of_names(max_classes))
    wants = list(range(len(source)))
    if merge and len(source) > 1:
        wants = [draw(integers(0, k)) for k in wants]
    becomes = {k: want for k, want in enumerate(wants) if k == 0 or not drop or not draw(BOOLEANS)}
    spare = draw(integers(0, 2)) if unused else 0
    names = _category_names(draw, [source[want] for want in dict.fromkeys(becomes.values())], spare)
    # The order of the categories in the list: an exporter that sorts, or keeps the source's order, is detected.
    places = draw(_orders(len(names)))
    first = draw(_FIRSTS) if start is None else start
    steps = [draw(integers(1, 3)) if gaps else 1 for _ in names]
    ids = [first + sum(steps[1 : k + 1]) for k in range(len(names))]
    place_of = {want: places[k] for k, want in enumerate(dict.fromkeys(becomes.values()))}
    named = {places[k]: name for k, name in enumerate(names)}
    supercategory = draw(_SUPERCATEGORIES)
    return ClassMapping.from_ids(
        {k: ids[place_of[want]] for k, want in becomes.items()},
        [Category(ids[place], named[place], supercategory) for place in range(len(names))],
        source=source,
        drop=[k for k in range(len(source)) if k not in becomes],
    )


_FIRSTS = st.sampled_from(_STARTS)
_SUPERCATEGORIES = st.sampled_from([None, "thing"])
_STAYS = st.sampled_from([True, True, False])


@kept
def _orders(count: int) -> SearchStrategy[list[int]]:
    return st.permutations(range(count))


def _category_names(draw: DrawFn, own: list[str], spare: int) -> list[str]:
    """A name for each category that a class becomes (often the class's own), and for the spare ones."""
    names: list[str] = []
    for name in [*own, *[None] * spare]:
        keep = name is not None and name not in names and draw(_STAYS)
        names.append(str(name) if keep else _another(draw, names))
    return names


def _another(draw: DrawFn, names: list[str]) -> str:
    """A name that is none of these."""
    for _ in range(_TRIES):
        name = draw(class_names())
        if name not in names:
            return name
    return reject()
