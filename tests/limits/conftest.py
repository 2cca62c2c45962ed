"""The large sizes take half an hour of processor time: `python -m pytest -m slow tests/limits` runs them, and no other run does."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what is slow in this folder unless it is asked for by its mark."""
    if "slow" in config.option.markexpr:
        return
    for item in items:
        if item.path.parent.name == "limits" and item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="half an hour of processor time: pytest -m slow tests/limits"))
