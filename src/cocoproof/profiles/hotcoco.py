"""hotcoco: `COCO(file)`, and `COCOeval` with the file as ground truth."""

from __future__ import annotations

from cocoproof.consumers.hotcoco import CONSUMER
from cocoproof.model.findings import Severity
from cocoproof.profiles.profile import Claim, ClaimEvidence, Profile, not_asked

__all__ = ["PROFILE"]

_TREE = "https://github.com/derekallman/hotcoco/blob/v1.3.0/crates/hotcoco/src"
_TYPES = f"{_TREE}/types.rs"

_IDS = "Any ids from 0 on will do: those that are there are evaluated."
_NO_PICTURE = "hotcoco does not open images."

PROFILE = Profile(
    name="hotcoco",
    summary="The file can be loaded by hotcoco and evaluated with COCOeval.",
    consumer=CONSUMER,
    claims=(
        Claim("COCO106", Severity.NOTE, "Both have a default: no crowd, and an area of the mask or the box.", f"{_TYPES}#L252"),
        Claim("COCO107", Severity.NOTE, 'Both are optional. Values of another type raise `ValueError`: `"year": "2024"`.', f"{_TYPES}#L25"),
        Claim(
            "COCO202",
            Severity.ERROR,
            "The last of several annotations with one id replaces the others. A line on standard error gives their number.",
            f"{_TREE}/coco.rs#L213",
        ),
        Claim("COCO207", Severity.NOTE, "0 is an id like any other.", f"{_TREE}/detection/matching.rs"),
        Claim("COCO303", Severity.NOTE, "Licences are not looked up.", f"{_TYPES}#L42"),
        Claim("COCO404", Severity.NOTE, _IDS, f"{_TREE}/detection/mod.rs#L415"),
        Claim("COCO405", Severity.NOTE, _IDS, f"{_TREE}/detection/mod.rs#L415"),
        Claim("COCO406", Severity.NOTE, _IDS, f"{_TREE}/detection/mod.rs#L415"),
        Claim("COCO410", Severity.NOTE, _IDS, f"{_TREE}/detection/mod.rs#L415"),
        Claim("COCO412", Severity.NOTE, _IDS, f"{_TREE}/detection/mod.rs#L415"),
        Claim("COCO606", Severity.NOTE, "`[]` counts as no mask: no result matches it, and masks can be evaluated.", f"{_TYPES}#L264"),
        *(
            Claim(code, Severity.NOTE, _NO_PICTURE, f"{_TYPES}#L42", ClaimEvidence.SOURCE)
            for code in ("COCO801", "COCO802", "COCO803", "COCO804", "COCO805", "COCO806", "COCO807")
        ),
        *not_asked("pycocotools.COCO", "COCO901", "COCO902", "COCO903"),
        *not_asked("supervision", "COCO904", "COCO905"),
    ),
)
