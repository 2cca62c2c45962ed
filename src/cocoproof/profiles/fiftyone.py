"""FiftyOne: the importer of `COCODetectionDataset`."""

from __future__ import annotations

from cocoproof.consumers.fiftyone import CONSUMER
from cocoproof.model.findings import Severity
from cocoproof.profiles.profile import Claim, ClaimEvidence, Profile, not_asked

__all__ = ["PROFILE"]

_LOADER = "https://github.com/voxel51/fiftyone/blob/v1.22.1/fiftyone/utils/coco.py"

_NAMES = "The label of an annotation is the name of its category: any ids will do."
_SPARSE = "The list of classes has the names in the order of the ids. Before the change named here it had an entry for every number up to the highest id."
_NOT_READ = "Ids of annotations are not read unless `include_annotation_id` is set."

PROFILE = Profile(
    name="fiftyone",
    summary="The file can be imported into FiftyOne, and every annotation arrives.",
    consumer=CONSUMER,
    claims=(
        Claim("COCO106", Severity.NOTE, "`area` is not read, and `iscrowd` is an attribute of the label.", f"{_LOADER}#L992"),
        Claim("COCO107", Severity.NOTE, "`info` and `licenses` are optional.", f"{_LOADER}#L1428"),
        Claim("COCO201", Severity.ERROR, "The last image of an id is kept, with the annotations of all of them.", f"{_LOADER}#L1447"),
        Claim("COCO202", Severity.NOTE, _NOT_READ, f"{_LOADER}#L1379"),
        Claim("COCO204", Severity.ERROR, "Both categories are one label, their name.", f"{_LOADER}#L1373"),
        Claim("COCO205", Severity.ERROR, "Both images get the annotations of the later one; the others are lost.", f"{_LOADER}#L595"),
        Claim("COCO207", Severity.NOTE, _NOT_READ, f"{_LOADER}#L1379"),
        Claim(
            "COCO301",
            Severity.ERROR,
            "Annotations are looked up image by image: one without an image is dropped silently.",
            f"{_LOADER}#L467",
        ),
        Claim("COCO302", Severity.ERROR, "Raises `KeyError`, and nothing is imported.", f"{_LOADER}#L1373"),
        Claim("COCO303", Severity.NOTE, "Licences are not read unless `include_license` is set.", f"{_LOADER}#L526"),
        Claim("COCO404", Severity.NOTE, _NAMES, f"{_LOADER}#L1373"),
        Claim("COCO405", Severity.NOTE, _NAMES, f"{_LOADER}#L1373"),
        Claim("COCO406", Severity.NOTE, _NAMES, f"{_LOADER}#L1373"),
        Claim("COCO410", Severity.NOTE, _NAMES, f"{_LOADER}#L1373"),
        Claim("COCO412", Severity.NOTE, _SPARSE, "https://github.com/voxel51/fiftyone/pull/4354"),
        Claim(
            "COCO501",
            Severity.ERROR,
            "The box is imported as it is. The mask is cut to it, is empty, and lost.",
            f"{_LOADER}#L2232",
        ),
        Claim(
            "COCO502",
            Severity.WARNING,
            "A mask is cut to its box. A box that begins left of the image or above it is cut from the other end, mostly to an empty mask.",
            f"{_LOADER}#L2232",
        ),
        Claim("COCO506", Severity.NOTE, "`area` is not read.", f"{_LOADER}#L1001"),
        Claim("COCO507", Severity.NOTE, "`area` is not read.", f"{_LOADER}#L1001"),
        Claim("COCO606", Severity.NOTE, "`[]` counts as no mask: the box is imported, and nothing else.", f"{_LOADER}#L2119"),
        Claim("COCO701", Severity.ERROR, "Raises `ValueError`, and nothing is imported.", f"{_LOADER}#L1097"),
        Claim("COCO801", Severity.ERROR, "Raises `KeyError`, and nothing is imported.", f"{_LOADER}#L450"),
        Claim(
            "COCO803",
            Severity.ERROR,
            "The size in the file is taken, without opening the image: boxes are in fractions of it, and are shown elsewhere.",
            f"{_LOADER}#L459",
            ClaimEvidence.SOURCE,
        ),
        *not_asked("pycocotools.COCO", "COCO901", "COCO902", "COCO903"),
        *not_asked("supervision", "COCO904", "COCO905"),
    ),
)
