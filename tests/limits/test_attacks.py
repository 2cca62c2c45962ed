"""Hostile files at a small size: no rule crashes. `benchmarks/hostile.py` measures them at the large ones."""

from __future__ import annotations

import pytest

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.model.findings import Verdict
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading.source import Source

from .attack_rows import ROWS
from .attack_shapes import GEOMETRY
from .attack_texts import TEXTS

TABLES = {**GEOMETRY, **TEXTS, **ROWS}


@pytest.mark.parametrize("name", TABLES)
def test_no_rule_crashes(name: str) -> None:
    make, sizes = TABLES[name]
    data = make(sizes[0])
    report = check_source(Source("a.json", data), CheckSettings(reload=ReloadMode.NEVER, max_findings=3))
    assert [(one.code, one.reason) for one in report.rules if one.verdict is Verdict.CRASHED] == []
    assert len(data) < 200_000
