"""Strategies that are made once.

Hypothesis checks and names every new strategy. Made anew within each draw, that took longer than drawing itself.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

__all__ = ["BOOLEANS", "integers", "kept"]

Options = ParamSpec("Options")
Drawn = TypeVar("Drawn")

_KEPT = 4096
"""More than there are sizes of images up to 8 x 8 pixels, each with masks or with boxes of every type."""

BOOLEANS = st.booleans()


def kept(make: Callable[Options, SearchStrategy[Drawn]]) -> Callable[Options, SearchStrategy[Drawn]]:
    """Let a function make its strategy once for the same arguments, which must be hashable."""
    return cast("Callable[Options, SearchStrategy[Drawn]]", functools.lru_cache(maxsize=_KEPT)(make))


@kept
def integers(least: int, most: int) -> SearchStrategy[int]:
    """Whole numbers from `least` to `most`."""
    return st.integers(least, most)
