"""How CI systems recognise a file and a finding: the path as a repository writes it, and a fingerprint that is unique in its file."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.model.findings import FileReport, Finding

__all__ = ["portable_path", "unique_fingerprints"]


def portable_path(path: str) -> str:
    """A path with `/` between its parts and without a leading `./`, as a repository names its files."""
    if os.sep == "\\":
        path = path.replace("\\", "/")
    while path.startswith("./") and len(path) > 2:
        path = path[2:].lstrip("/")
    return path


def unique_fingerprints(file: FileReport) -> Iterator[tuple[Finding, str]]:
    """The findings of a file, each with a fingerprint that no other finding of the file has.

    Findings that share a fingerprint are numbered: `fingerprint:1`, `fingerprint:2` and so on. A finding without a fingerprint is identified
    by code and pointer, which holds as long as the file does not change.
    """
    seen: Counter[str] = Counter()
    for finding in file.findings:
        fingerprint = finding.fingerprint or f"{finding.code}{finding.pointer}"
        seen[fingerprint] += 1
        yield finding, f"{fingerprint}:{seen[fingerprint]}"
