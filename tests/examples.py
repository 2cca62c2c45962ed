"""How many examples a round-trip property is given: 500 in the ordinary run, the same ones each time; 20,000 others in `pytest -m fuzz`.

`tests/conftest.py` says which run it is, before any test module is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Callable

Test = TypeVar("Test", bound="Callable[..., object]")

PROFILE = settings.get_current_profile_name()
LONG = PROFILE == "fuzz"
EXAMPLES = {"fuzz": 20_000, "mutation": 50}.get(PROFILE, 500)


def round_trip(test: Test) -> Test:
    """Mark a property that `pytest -m fuzz` tries for long, and that is given 500 examples in any run."""
    many = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    return pytest.mark.fuzz(many(test))
