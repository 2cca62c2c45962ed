"""Profiles: the severity of each rule's violations for one purpose or one consumer, with the reasons."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cocoproof.consumers.consumer import Consumer
from cocoproof.model.arrivals import ClaimEvidence
from cocoproof.model.findings import Kind, Severity
from cocoproof.rules.catalogue import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Claim", "ClaimEvidence", "Consumer", "Policy", "PolicyRequirement", "Profile", "combine", "not_asked"]


_LVIS = frozenset({Kind.LVIS})


class PolicyRequirement(str, enum.Enum):
    """What a profile requires of the run, besides severities."""

    SPLITS = "splits"
    """Several files are compared with each other."""
    DECODE = "decode"
    """Images are decoded, instead of only their headers read."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The severity of one rule in a profile.

    Attributes:
        code: The rule.
        severity: The severity of a violation; None if the rule is off. It may be that of the catalogue, to document the reason.
        why: What the loader does with such a file, in Markdown, one paragraph.
        source: A permanent link to the source; empty if the claim is not about a loader.
        proof: The evidence.
    """

    code: str
    severity: Severity | None
    why: str
    source: str = ""
    proof: ClaimEvidence = ClaimEvidence.TEST


@dataclass(frozen=True, slots=True)
class Profile:
    """A choice of rules and severities. Rules without a claim stay as the catalogue has them.

    Rules for LVIS files alone are notes for a consumer without a claim: loaders that accept such files read them as plain COCO.

    Attributes:
        name: Its name in options.
        summary: Its purpose, in one line.
        claims: The rules whose severity differs here, or has a reason of its own; by code, each once.
        consumer: The consumer that the claims are about; None if there is none.
        demands: What the run must do.
        required: Rules that must give a verdict: it is an error if the run lacks what they need.
    """

    name: str
    summary: str
    claims: tuple[Claim, ...]
    consumer: Consumer | None = None
    demands: frozenset[PolicyRequirement] = frozenset()
    required: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Policy:
    """The severities and requirements of a run: combined profiles, or the catalogue as it is.

    Attributes:
        names: The profiles, in the order given.
        severities: The severities that differ from the catalogue's, by code.
        off: The codes of the rules that are not run.
        required: The codes of the rules that must give a verdict.
        demands: What the run must do.
        consumers: The programs that are to read the file.
    """

    names: tuple[str, ...] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    off: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    demands: frozenset[PolicyRequirement] = frozenset()
    consumers: tuple[Consumer, ...] = ()


def not_asked(reader: str, *codes: str) -> tuple[Claim, ...]:
    """Claims that switch off the rules about a reader, for a consumer that does not use it."""
    return tuple(Claim(code, None, f"The file does not go through {reader}.", proof=ClaimEvidence.NONE) for code in codes)


def _severities(profile: Profile) -> dict[str, Severity | None]:
    """The severities of a profile that may differ from the catalogue's."""
    unread = [rule.code for rule in RULES if rule.kinds == _LVIS] if profile.consumer is not None else []
    return {**dict.fromkeys(unread, Severity.NOTE), **{claim.code: claim.severity for claim in profile.claims}}


def combine(profiles: Iterable[Profile]) -> Policy:
    """Combine profiles: a file that passes is valid for all of them.

    The highest severity of each rule counts, with that of the catalogue (of LVIS rules: a note) for a profile without a claim; a rule is off if
    it is off in all profiles. Requirements are united.
    """
    chosen = tuple(dict.fromkeys(profiles))
    severities: dict[str, Severity] = {}
    off = set()
    claims = [_severities(profile) for profile in chosen]
    for rule in RULES if chosen else ():
        severities_here = [severity for own in claims if (severity := own.get(rule.code, rule.severity)) is not None]
        if not severities_here:
            off.add(rule.code)
        elif (gravest := max(severities_here, key=lambda severity: severity.rank)) is not rule.severity:
            severities[rule.code] = gravest
    return Policy(
        tuple(profile.name for profile in chosen),
        severities,
        frozenset(off),
        frozenset().union(*(profile.required for profile in chosen)),
        frozenset().union(*(profile.demands for profile in chosen)),
        tuple(profile.consumer for profile in chosen if profile.consumer is not None),
    )
