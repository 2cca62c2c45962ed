"""The comparison of a file's findings with a baseline."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Accepted", "Comparison"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Findings that a baseline accepts, or could accept.

    Attributes:
        code: The rule's code.
        fingerprint: Their fingerprint.
        count: How many there are.
        hint: What they concern, for readers of the baseline: a file name, a category, a field.
    """

    code: str
    fingerprint: str
    count: int
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The comparison of one file with a baseline.

    Attributes:
        accepted: How many findings it accepts. They are not listed, and no summary counts them.
        resolved: Its entries that were not found.
        found: What a new baseline would accept, if one is being recorded.
    """

    accepted: int
    resolved: tuple[Accepted, ...]
    found: tuple[Accepted, ...] = ()
