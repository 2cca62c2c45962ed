"""The page on limits names every budget with its value."""

from __future__ import annotations

import re
from pathlib import Path

from cocoproof.model import budgets

PAGE = Path(__file__).parents[2] / "docs/limits.md"


def value_of(text: str) -> int:
    """The value of `20000`, `2^20` or `2^31 - 1`."""
    power, _, less = text.partition(" - ")
    base, _, exponent = power.strip().partition("^")
    return int(base) ** int(exponent or 1) - int(less or 0)


def test_every_budget_is_documented_with_its_value() -> None:
    documented = dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    values = {name: value_of(text) for name, text in documented.items()}
    assert values == {name: getattr(budgets, name) for name in budgets.__all__ if name.isupper()}
