"""In the consumers' tier every test of this folder runs; in the default tier those that need no further package."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, where the run asks for the tier by its name."""
    if config.option.markexpr == "consumers":
        for item in items:
            if item.path.parent == Path(__file__).parent:
                item.add_marker("consumers")
