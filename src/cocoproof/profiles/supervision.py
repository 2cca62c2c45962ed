"""supervision: `DetectionDataset.from_coco`."""

from __future__ import annotations

from cocoproof.consumers.supervision import CONSUMER
from cocoproof.model.findings import Severity
from cocoproof.profiles.profile import Claim, Profile, not_asked

__all__ = ["PROFILE"]

_LOADER = "https://github.com/roboflow/supervision/blob/0.31.2/src/supervision/dataset/formats/coco.py"
_MAPPING = "https://github.com/roboflow/supervision/blob/0.31.2/src/supervision/dataset/utils.py#L389"

_RENUMBERED = (
    "`coco_categories_to_classes` sorts the categories by id, and numbers them from 0: the names stay with their annotations whatever "
    "the ids are."
)
_IDS = "`from_coco` does not read the ids of annotations."
_KEYPOINTS = "`from_coco` does not read keypoints: they are lost, right or wrong."

PROFILE = Profile(
    name="supervision",
    summary="The file can be loaded by supervision, and every annotation arrives.",
    consumer=CONSUMER,
    claims=(
        Claim(
            "COCO106",
            Severity.NOTE,
            "A missing `iscrowd` is read as 0, a missing `area` is worked out from the mask or the box.",
            f"{_LOADER}#L250",
        ),
        Claim("COCO202", Severity.NOTE, _IDS, f"{_LOADER}#L87"),
        Claim(
            "COCO204",
            Severity.ERROR,
            "The mapping from names to ids keeps the last category of a name. An annotation of the other one raises `ValueError`.",
            f"{_LOADER}#L44",
        ),
        Claim(
            "COCO205",
            Severity.ERROR,
            "The second image of that name raises `ValueError` (`duplicate entries`).",
            f"{_LOADER}#L604",
        ),
        Claim("COCO207", Severity.NOTE, _IDS, f"{_LOADER}#L87"),
        Claim(
            "COCO301",
            Severity.ERROR,
            "Annotations are looked up image by image: one without an image is dropped silently.",
            f"{_LOADER}#L574",
        ),
        Claim("COCO302", Severity.ERROR, "Raises `ValueError`: class ids must be those of categories.", _MAPPING),
        Claim("COCO404", Severity.NOTE, _RENUMBERED, f"{_LOADER}#L34"),
        Claim("COCO405", Severity.NOTE, _RENUMBERED, f"{_LOADER}#L34"),
        Claim("COCO406", Severity.NOTE, _RENUMBERED, f"{_LOADER}#L34"),
        Claim(
            "COCO501",
            Severity.ERROR,
            "A negative width or height raises `ValueError` (`Invalid box extent`). A box of width or height 0 is loaded, with an area of 0.",
            f"{_LOADER}#L177",
        ),
        Claim(
            "COCO601",
            Severity.ERROR,
            "Raises `ValueError`: the numbers cannot be put in pairs.",
            f"{_LOADER}#L137",
        ),
        Claim(
            "COCO606",
            Severity.NOTE,
            "`[]` is what supervision itself writes for a box without a mask. Beside annotations with masks it is read as a mask without pixels.",
            f"{_LOADER}#L108",
        ),
        Claim("COCO701", Severity.NOTE, _KEYPOINTS, f"{_LOADER}#L185"),
        Claim("COCO702", Severity.NOTE, _KEYPOINTS, f"{_LOADER}#L185"),
        Claim("COCO703", Severity.NOTE, _KEYPOINTS, f"{_LOADER}#L185"),
        Claim("COCO705", Severity.NOTE, _KEYPOINTS, f"{_LOADER}#L185"),
        Claim("COCO707", Severity.NOTE, _KEYPOINTS, f"{_LOADER}#L185"),
        Claim(
            "COCO805",
            Severity.ERROR,
            "A name that leads out of the image folder raises `ValueError` (`outside the images directory`).",
            f"{_LOADER}#L591",
        ),
        *not_asked("pycocotools", "COCO901", "COCO902", "COCO903"),
        Claim(
            "COCO905",
            Severity.ERROR,
            "What `from_coco` holds is not what the file says. No exception is raised: everything that uses the dataset uses these values.",
            f"{_LOADER}#L508",
        ),
    ),
)
