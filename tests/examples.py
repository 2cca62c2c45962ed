"""How many examples a property is given: a tenth by default, all of them in `pytest -m slow`, forty times as many in `pytest -m fuzz`.

`tests/conftest.py` chooses the profile of Hypothesis by the tier, before any test module is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Callable

Test = TypeVar("Test", bound="Callable[..., object]")

PROFILE = settings.get_current_profile_name()
FUZZ = PROFILE == "fuzz"
FEWEST = 25
"""Fewer examples than these seldom leave the simplest cases."""


def examples(most: int) -> int:
    """How many examples this run gives to a property that `pytest -m slow` tries `most` times."""
    return {"fuzz": 40 * most, "slow": most}.get(PROFILE, min(most, max(most // 10, FEWEST)))


TIER = [getattr(pytest.mark, PROFILE)] if PROFILE in ("slow", "fuzz") else []
"""The marks of a property that runs in each tier, with its number of examples."""


def in_each_tier(test: Test) -> Test:
    """A test that runs in the tiers default, slow and fuzz, and tries more in the later ones."""
    for one in TIER:
        test = one(test)
    return test


def thorough(most: int) -> Callable[[Test], Test]:
    """A property that runs in the tiers default, slow and fuzz, with more examples in each."""
    many = settings(max_examples=examples(most), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

    def mark(test: Test) -> Test:
        return in_each_tier(many(test))

    return mark


round_trip = thorough(500)
"""For round trips of the mapping, of masks and of files."""
