"""faster-coco-eval: `COCO(file)`, and `COCOeval_faster` with the file as ground truth."""

from __future__ import annotations

from cocoproof.consumers.faster_coco_eval import CONSUMER
from cocoproof.model.findings import Severity
from cocoproof.profiles.profile import Claim, ClaimEvidence, Profile, not_asked

__all__ = ["PROFILE"]

_TREE = "https://github.com/MiXaiLL76/faster_coco_eval/blob/1.8.0/faster_coco_eval/core"
_EVALUATION = f"{_TREE}/cocoeval.py"

_IDS = "Any ids will do: those that are there are evaluated."
_NO_PICTURE = "faster-coco-eval does not open images."

PROFILE = Profile(
    name="faster-coco-eval",
    summary="The file can be loaded by faster-coco-eval and evaluated with COCOeval_faster.",
    consumer=CONSUMER,
    claims=(
        Claim(
            "COCO106",
            Severity.WARNING,
            "A missing `iscrowd` is 0. An annotation without `area` counts in the AP over all areas, and as one of area 0 in those by size.",
            f"{_EVALUATION}#L145",
        ),
        Claim("COCO107", Severity.NOTE, "`info` is copied if it is there; `licenses` is not read.", f"{_TREE}/coco.py#L384"),
        Claim(
            "COCO202",
            Severity.ERROR,
            "`COCO.anns` keeps the last of several annotations with one id, and evaluates it for each of them, silently.",
            f"{_TREE}/coco.py#L139",
        ),
        Claim(
            "COCO207",
            Severity.ERROR,
            "0 marks what has no match: a detection that found this annotation counts as a false alarm. A `UserWarning` says so.",
            f"{_TREE}/coco.py#L149",
        ),
        Claim("COCO303", Severity.NOTE, "Licences are not read.", f"{_TREE}/coco.py#L124"),
        Claim("COCO404", Severity.NOTE, _IDS, f"{_EVALUATION}#L90"),
        Claim("COCO405", Severity.NOTE, _IDS, f"{_EVALUATION}#L90"),
        Claim("COCO406", Severity.NOTE, _IDS, f"{_EVALUATION}#L90"),
        Claim("COCO410", Severity.NOTE, _IDS, f"{_EVALUATION}#L90"),
        Claim("COCO412", Severity.NOTE, _IDS, f"{_EVALUATION}#L90"),
        Claim("COCO606", Severity.NOTE, "`[]` counts as no mask: no result matches it, and masks can be evaluated.", f"{_EVALUATION}#L178"),
        *(
            Claim(code, Severity.NOTE, _NO_PICTURE, f"{_TREE}/coco.py#L124", ClaimEvidence.SOURCE)
            for code in ("COCO801", "COCO802", "COCO803", "COCO804", "COCO805", "COCO806", "COCO807")
        ),
        *not_asked("pycocotools.COCO", "COCO901", "COCO902", "COCO903"),
        *not_asked("supervision", "COCO904", "COCO905"),
    ),
)
