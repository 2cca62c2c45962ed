"""Documents of COCO-WholeBody, CrowdPose and DensePose: drawn ones have no error, and are recognised. Defects are tested in `test_strategies`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, given, settings

import cocoproof
from cocoproof.testing import strategies

if TYPE_CHECKING:
    from cocoproof.testing.strategies.persons import PersonDialect


@pytest.mark.parametrize("dialect", ["whole_body", "crowd_pose", "dense_pose"])
def test_drawn_documents_have_no_error(dialect: PersonDialect) -> None:
    @settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(strategies.person_documents(dialect=dialect))
    def holds(document: dict[str, list[object]]) -> None:
        report = cocoproof.check(document, reload="never").files[0]
        assert [finding for finding in report.findings if finding.severity is cocoproof.Severity.ERROR] == []
        assume(document["annotations"])
        assert [one.value for one in report.dialects] == [dialect]

    holds()
