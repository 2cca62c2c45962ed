"""What a data set needs before it is published."""

from __future__ import annotations

from cocoproof.model.findings import Severity
from cocoproof.profiles.profile import Claim, ClaimEvidence, PolicyRequirement, Profile

__all__ = ["PROFILE"]


def _judged(code: str, severity: Severity, why: str) -> Claim:
    return Claim(code, severity, why, proof=ClaimEvidence.NONE)


PROFILE = Profile(
    name="release",
    summary="What a data set needs before it is published.",
    claims=(
        _judged(
            "COCO107",
            Severity.ERROR,
            "Whoever downloads the data must learn from the file what it is, in which version, and under which licence.",
        ),
        _judged("COCO206", Severity.ERROR, "A copy counts twice in every evaluation that is ever made with the data."),
        _judged("COCO303", Severity.ERROR, "Nobody can tell what may be done with the picture."),
        _judged("COCO804", Severity.ERROR, "Some readers see the picture turned and others do not: the boxes are right for one of them."),
        _judged("COCO806", Severity.ERROR, "On Windows and macOS one of the files overwrites the other when the data set is unpacked."),
        _judged(
            "COCO808", Severity.ERROR, "A picture that no entry names is published without annotations, and perhaps without meaning to."
        ),
        _judged("COCO809", Severity.WARNING, "Readers that go by the ending refuse the picture."),
    ),
    demands=frozenset({PolicyRequirement.SPLITS, PolicyRequirement.DECODE}),
    required=frozenset({"COCO801", "COCO901", "COCO922"}),
)
