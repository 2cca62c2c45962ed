"""Profiles: the rules and severities for a release, or for a certain consumer of the file.

Each module holds one, with the grounds of every claim. `docs/profiles.md` is written from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.model.errors import CocoproofError
from cocoproof.model.suggestions import nearest
from cocoproof.profiles import cvat, detectron2, pycocotools, release, rf_detr, supervision, torchvision, ultralytics
from cocoproof.profiles.profile import Claim, ClaimEvidence, Consumer, Policy, PolicyRequirement, Profile, combine

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "CONSUMERS",
    "DEFAULT",
    "PROFILES",
    "Claim",
    "ClaimEvidence",
    "Consumer",
    "Policy",
    "PolicyRequirement",
    "Profile",
    "UnknownProfile",
    "combine",
    "resolve_policy",
]

DEFAULT = "default"
"""The name of no profile: the catalogue as it is."""

PROFILES = (release.PROFILE,)
"""What `--profile` may name."""

CONSUMERS = (
    pycocotools.PROFILE,
    supervision.PROFILE,
    torchvision.PROFILE,
    detectron2.PROFILE,
    ultralytics.PROFILE,
    rf_detr.PROFILE,
    cvat.PROFILE,
)
"""What `--for` may name."""


class UnknownProfile(CocoproofError, ValueError):
    """A name that no profile or consumer has."""

    def __init__(self, given: str, known: Sequence[Profile], what: str) -> None:
        names = [profile.name for profile in known]
        near = nearest(given, names)
        hint = f"did you mean {near}?" if near else f"known: {', '.join(names)}"
        super().__init__(f"unknown {what} {given!r}; {hint}")


def resolve_policy(profile: str | None = None, consumers: Sequence[str] = ()) -> Policy:
    """What a run is held to.

    Args:
        profile: The profile; None or `default` for the catalogue as it is.
        consumers: Names of consumers.

    Raises:
        UnknownProfile: If there is none of that name.
    """
    chosen = [] if profile in (None, DEFAULT) else [_find(str(profile), PROFILES, "profile")]
    return combine([*chosen, *(_find(name, CONSUMERS, "consumer") for name in consumers)])


def _find(given: str, known: tuple[Profile, ...], what: str) -> Profile:
    for profile in known:
        if profile.name == given.strip().lower():
            return profile
    raise UnknownProfile(given, known, what)
