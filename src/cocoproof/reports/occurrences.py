"""Findings with a mark that no other one of the report has: the fingerprint, and which of the findings with that fingerprint it is."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.model.findings import FileReport, Finding

__all__ = ["occurrences"]


def occurrences(file: FileReport) -> Iterator[tuple[Finding, str]]:
    """The findings of a file, each with `fingerprint:1`, `fingerprint:2` for the next one that is alike, and so on.

    A finding without a fingerprint is marked by its code and pointer, which serve as long as the file stays as it is.
    """
    seen: Counter[str] = Counter()
    for finding in file.findings:
        mark = finding.fingerprint or f"{finding.code}{finding.pointer}"
        seen[mark] += 1
        yield finding, f"{mark}:{seen[mark]}"
