"""What a profile is: how grave each rule's breach is to one purpose or one consumer, with the grounds."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cocoproof.rules.catalogue import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cocoproof.model.findings import Kind, Severity

__all__ = ["Claim", "ClaimEvidence", "Consumer", "Policy", "PolicyRequirement", "Profile", "combine", "not_asked"]


class PolicyRequirement(str, enum.Enum):
    """What a profile asks of the run, beyond severities."""

    SPLITS = "splits"
    """Where there are several files, they are compared with each other."""
    DECODE = "decode"
    """Pictures are decoded, and not their headers read alone."""


class ClaimEvidence(str, enum.Enum):
    """How it is known that a loader does what a claim says."""

    TEST = "test"
    """A test of `tests/consumers` feeds the defect to the real loader."""
    SOURCE = "source"
    """The loader's source was read; it was not run."""
    NONE = "none"
    """It is a judgement on what a data set should have, and no loader is meant."""


@dataclass(frozen=True, slots=True)
class Claim:
    """How one rule stands to a profile.

    Attributes:
        code: The rule.
        severity: How grave a breach is here; None where the rule is off. It may be the catalogue's own, for the grounds' sake.
        why: What the loader does with such a file, in Markdown, one paragraph.
        source: Where that can be read: a permanent link; empty where no loader is meant.
        proof: How it is known.
    """

    code: str
    severity: Severity | None
    why: str
    source: str = ""
    proof: ClaimEvidence = ClaimEvidence.TEST


@dataclass(frozen=True, slots=True)
class Consumer:
    """Who reads the file.

    Attributes:
        package: The distribution, as pip names it.
        version: The release that was looked at.
        loader: What is called with the file, as code.
        kinds: The kinds of files that it takes.
        unjudged: What can stand in this consumer's way and no rule looks at, in Markdown.
    """

    package: str
    version: str
    loader: str
    kinds: frozenset[Kind]
    unjudged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """A choice of rules and severities. Rules without a claim stay as the catalogue has them.

    Attributes:
        name: What options call it.
        summary: One line: what it is for.
        claims: The rules that stand otherwise here, or whose standing has grounds of its own; by code, each once.
        consumer: Whose loader the claims speak of; None where it is no one's.
        demands: What the run is asked for.
        required: Rules that must be able to judge: that the run lacks what they need is itself a breach.
    """

    name: str
    summary: str
    claims: tuple[Claim, ...]
    consumer: Consumer | None = None
    demands: frozenset[PolicyRequirement] = frozenset()
    required: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Policy:
    """What a run is held to: profiles put together, or the catalogue as it is.

    Attributes:
        names: The profiles, in the order given.
        severities: The severities that differ from the catalogue's, by code.
        off: The codes of the rules that are not run.
        required: The codes of the rules that must be able to judge.
        demands: What the run is asked for.
        kinds: The kinds of files that each consumer takes, by its name.
    """

    names: tuple[str, ...] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    off: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    demands: frozenset[PolicyRequirement] = frozenset()
    kinds: Mapping[str, frozenset[Kind]] = field(default_factory=dict)


def not_asked(reader: str, *codes: str) -> tuple[Claim, ...]:
    """Claims that the rules about a reader have nothing to say for a consumer that does without it."""
    return tuple(Claim(code, None, f"The file does not go through {reader}.", proof=ClaimEvidence.NONE) for code in codes)


def combine(profiles: Iterable[Profile]) -> Policy:
    """Put profiles together: a file that passes is fit for all of them.

    Of each rule the gravest severity counts, and a profile that says nothing of a rule holds to the catalogue's; a rule
    is off where it is off in all of them. Demands and requirements add up.
    """
    chosen = tuple(dict.fromkeys(profiles))
    severities: dict[str, Severity] = {}
    off = set()
    claims = [{claim.code: claim.severity for claim in profile.claims} for profile in chosen]
    for rule in RULES if chosen else ():
        stands = [severity for own in claims if (severity := own.get(rule.code, rule.severity)) is not None]
        if not stands:
            off.add(rule.code)
        elif (gravest := max(stands, key=lambda severity: severity.rank)) is not rule.severity:
            severities[rule.code] = gravest
    return Policy(
        tuple(profile.name for profile in chosen),
        severities,
        frozenset(off),
        frozenset().union(*(profile.required for profile in chosen)),
        frozenset().union(*(profile.demands for profile in chosen)),
        {profile.name: profile.consumer.kinds for profile in chosen if profile.consumer is not None},
    )
