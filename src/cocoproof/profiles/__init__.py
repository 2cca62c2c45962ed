"""Profiles: the rules and severities for a release, or for one consumer of the file.

Each module has one profile, with the reasons for every claim. `docs/profiles.md` is generated from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.model.errors import CocoproofError
from cocoproof.model.suggestions import nearest
from cocoproof.profiles import (
    cvat,
    datumaro,
    detectron2,
    faster_coco_eval,
    fiftyone,
    hotcoco,
    label_studio,
    mmdetection,
    mmpose,
    mmrotate,
    paddledetection,
    pycocotools,
    release,
    rf_detr,
    sahi,
    supervision,
    torchvision,
    transformers,
    ultralytics,
)
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
"""The name for running without a profile: the catalogue as it is."""

PROFILES = (release.PROFILE,)
"""The profiles of `--profile`."""

CONSUMERS = (
    pycocotools.PROFILE,
    supervision.PROFILE,
    torchvision.PROFILE,
    detectron2.PROFILE,
    ultralytics.PROFILE,
    rf_detr.PROFILE,
    cvat.PROFILE,
    mmdetection.PROFILE,
    mmrotate.PROFILE,
    mmpose.PROFILE,
    transformers.PROFILE,
    paddledetection.PROFILE,
    sahi.PROFILE,
    datumaro.PROFILE,
    fiftyone.PROFILE,
    label_studio.PROFILE,
    hotcoco.PROFILE,
    faster_coco_eval.PROFILE,
)
"""The consumers of `--for`."""


class UnknownProfile(CocoproofError, ValueError):
    """The name of an unknown profile or consumer."""

    def __init__(self, given: str, known: Sequence[Profile], what: str) -> None:
        names = [profile.name for profile in known]
        near = nearest(given, names)
        hint = f"did you mean {near}?" if near else f"known: {', '.join(names)}"
        super().__init__(f"unknown {what} {given!r}; {hint}")


def resolve_policy(profile: str | None = None, consumers: Sequence[str] = ()) -> Policy:
    """Combine the chosen profiles into the policy of a run.

    Args:
        profile: The profile; None or `default` for the catalogue as it is.
        consumers: Names of consumers.

    Raises:
        UnknownProfile: If a name is unknown.
    """
    chosen = [] if profile in (None, DEFAULT) else [_find(str(profile), PROFILES, "profile")]
    return combine([*chosen, *(_find(name, CONSUMERS, "consumer") for name in consumers)])


def _find(given: str, known: tuple[Profile, ...], what: str) -> Profile:
    for profile in known:
        if profile.name == given.strip().lower():
            return profile
    raise UnknownProfile(given, known, what)
