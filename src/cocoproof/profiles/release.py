"""The requirements for a dataset before it is published."""

from __future__ import annotations

from cocoproof.model.findings import Severity
from cocoproof.profiles.profile import Claim, ClaimEvidence, PolicyRequirement, Profile

__all__ = ["PROFILE"]


def _opinion(code: str, severity: Severity, why: str) -> Claim:
    return Claim(code, severity, why, proof=ClaimEvidence.NONE)


PROFILE = Profile(
    name="release",
    summary="The requirements for a dataset before it is published.",
    claims=(
        _opinion(
            "COCO107",
            Severity.ERROR,
            "The file must state what the data are, in which version, and under which licence.",
        ),
        _opinion("COCO206", Severity.ERROR, "A copy counts twice in every evaluation with the data."),
        _opinion("COCO303", Severity.ERROR, "The licence of the image is unknown."),
        _opinion(
            "COCO804", Severity.ERROR, "Some readers apply the orientation and others do not: the boxes are right only for one of them."
        ),
        _opinion("COCO806", Severity.ERROR, "On Windows and macOS one of the files overwrites the other when the dataset is unpacked."),
        _opinion("COCO808", Severity.ERROR, "An image without an entry is published without annotations, perhaps by accident."),
        _opinion("COCO809", Severity.WARNING, "Readers that rely on the extension reject the image."),
    ),
    demands=frozenset({PolicyRequirement.SPLITS, PolicyRequirement.DECODE}),
    required=frozenset({"COCO801", "COCO901", "COCO922"}),
)
