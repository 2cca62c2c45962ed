"""Label Studio: `label-studio-converter import coco`, whose result Label Studio imports."""

from __future__ import annotations

from cocoproof.consumers.label_studio import CONSUMER
from cocoproof.model.findings import Severity
from cocoproof.profiles.profile import Claim, ClaimEvidence, Profile, not_asked

__all__ = ["PROFILE"]

_TREE = (
    "https://github.com/HumanSignal/label-studio-sdk/blob/97fcff19fa5a010022188ad61d426b5093a4142f/src/label_studio_sdk/converter/imports"
)
_LOADER = f"{_TREE}/coco.py"

_NAMES = "Labels are the names of the categories: any ids will do."
_NOT_READ = "Ids of annotations are not read."
_NO_AREA = "`area` is not read."
_NO_PICTURE = "The converter does not open images."

PROFILE = Profile(
    name="label-studio",
    summary="The file can be converted for Label Studio, and every annotation and label arrives.",
    consumer=CONSUMER,
    claims=(
        Claim("COCO106", Severity.NOTE, "`area` is not read, and `iscrowd` 1 leads to a line in the log alone.", f"{_LOADER}#L274"),
        Claim("COCO107", Severity.NOTE, "Neither is read.", f"{_LOADER}#L230"),
        Claim("COCO201", Severity.ERROR, "The last image of an id becomes a task, with the annotations of all of them.", f"{_LOADER}#L244"),
        Claim("COCO202", Severity.NOTE, _NOT_READ, f"{_LOADER}#L262"),
        Claim("COCO207", Severity.NOTE, _NOT_READ, f"{_LOADER}#L262"),
        Claim("COCO301", Severity.ERROR, "Raises `KeyError`, and nothing is converted.", f"{_LOADER}#L295"),
        Claim("COCO302", Severity.ERROR, "Raises `KeyError`, and nothing is converted.", f"{_LOADER}#L52"),
        Claim("COCO303", Severity.NOTE, "Licences are not read.", f"{_LOADER}#L244"),
        Claim(
            "COCO306",
            Severity.ERROR,
            "The labeling configuration that the converter writes has no label: it has those of the tags that annotations need.",
            f"{_LOADER}#L347",
        ),
        Claim("COCO404", Severity.NOTE, _NAMES, f"{_LOADER}#L238"),
        Claim("COCO405", Severity.NOTE, _NAMES, f"{_LOADER}#L238"),
        Claim("COCO406", Severity.NOTE, _NAMES, f"{_LOADER}#L238"),
        Claim("COCO410", Severity.NOTE, _NAMES, f"{_LOADER}#L238"),
        Claim("COCO412", Severity.NOTE, _NAMES, f"{_LOADER}#L238"),
        Claim("COCO506", Severity.NOTE, _NO_AREA, f"{_LOADER}#L262"),
        Claim("COCO507", Severity.NOTE, _NO_AREA, f"{_LOADER}#L262"),
        Claim("COCO606", Severity.NOTE, "`[]` gives no polygon, and the box is converted.", f"{_LOADER}#L317"),
        Claim(
            "COCO607",
            Severity.ERROR,
            "An RLE raises `TypeError`, of this size or any other, and nothing is converted.",
            f"{_LOADER}#L318",
        ),
        Claim("COCO701", Severity.ERROR, "Raises `ValueError`, and nothing is converted.", f"{_LOADER}#L143"),
        *(
            Claim(code, Severity.NOTE, _NO_PICTURE, f"{_LOADER}#L20", ClaimEvidence.SOURCE)
            for code in ("COCO801", "COCO802", "COCO806", "COCO807")
        ),
        *not_asked("pycocotools.COCO", "COCO901", "COCO902", "COCO903"),
        *not_asked("supervision", "COCO904", "COCO905"),
    ),
)
