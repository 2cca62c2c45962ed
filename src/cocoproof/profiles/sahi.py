"""sahi: `Coco.from_coco_dict_or_path`."""

from __future__ import annotations

from cocoproof.consumers.sahi import CONSUMER
from cocoproof.model.findings import Severity
from cocoproof.profiles.profile import Claim, ClaimEvidence, Profile, not_asked

__all__ = ["PROFILE"]

_TREE = "https://github.com/obss/sahi/blob/0.12.8/sahi"
_LOADER = f"{_TREE}/utils/coco.py"
_SHAPES = f"{_TREE}/utils/shapely.py"

_IDS = "The ids of annotations are not read."
_KEPT = "Categories keep their ids and names: any ids will do."
_AREA = "`area` is not read: it is worked out from the polygons, or the box."
_RLE = "An RLE is not read, with a warning: the box takes its place."

PROFILE = Profile(
    name="sahi",
    summary="Every annotation arrives in sahi's `Coco`, which slices and converts it.",
    consumer=CONSUMER,
    claims=(
        Claim("COCO106", Severity.NOTE, "Neither is read: every annotation has `iscrowd` 0, and an area of its own.", f"{_LOADER}#L1981"),
        Claim("COCO107", Severity.NOTE, "Neither is read.", f"{_LOADER}#L1053"),
        Claim("COCO201", Severity.ERROR, "The second image of an id is left out, with a line on the screen.", f"{_LOADER}#L1135"),
        Claim("COCO202", Severity.NOTE, _IDS, f"{_LOADER}#L1915"),
        Claim("COCO207", Severity.NOTE, _IDS, f"{_LOADER}#L1915"),
        Claim(
            "COCO301",
            Severity.ERROR,
            "Annotations are looked up image by image: one without an image is dropped silently.",
            f"{_LOADER}#L1141",
        ),
        Claim("COCO302", Severity.ERROR, "Raises `KeyError`, and nothing is loaded.", f"{_LOADER}#L1155"),
        Claim("COCO404", Severity.NOTE, _KEPT, f"{_LOADER}#L1175"),
        Claim("COCO405", Severity.NOTE, _KEPT, f"{_LOADER}#L1175"),
        Claim("COCO406", Severity.NOTE, _KEPT, f"{_LOADER}#L1175"),
        Claim(
            "COCO501",
            Severity.ERROR,
            "The `bbox` of a box without width or height becomes `[]`; one of negative size is turned into a positive one. Polygons replace both.",
            f"{_SHAPES}#L218",
        ),
        Claim("COCO506", Severity.NOTE, _AREA, f"{_SHAPES}#L124"),
        Claim("COCO507", Severity.NOTE, _AREA, f"{_SHAPES}#L124"),
        Claim("COCO508", Severity.NOTE, "`bbox` is not read where there are polygons: it is worked out from them.", f"{_LOADER}#L158"),
        Claim("COCO601", Severity.WARNING, "The last number is not read.", f"{_SHAPES}#L42"),
        Claim("COCO602", Severity.ERROR, "Raises `ValueError` (`A linearring requires at least 4 coordinates`).", f"{_SHAPES}#L43"),
        Claim("COCO604", Severity.ERROR, "An annotation without another polygon gets the `bbox` `[]`.", f"{_SHAPES}#L218"),
        Claim("COCO606", Severity.NOTE, "The box takes its place.", f"{_LOADER}#L163"),
        Claim("COCO607", Severity.NOTE, _RLE, f"{_LOADER}#L144"),
        Claim("COCO611", Severity.NOTE, _RLE, f"{_LOADER}#L144"),
        Claim("COCO612", Severity.WARNING, "`iscrowd` is not read, and an RLE neither: the object becomes its box.", f"{_LOADER}#L144"),
        Claim(
            "COCO805",
            Severity.ERROR,
            "`slice_coco` opens a file outside the folder.",
            f"{_TREE}/slicing.py#L511",
            ClaimEvidence.SOURCE,
        ),
        *not_asked("pycocotools", "COCO901", "COCO902", "COCO903"),
        *not_asked("supervision", "COCO904", "COCO905"),
    ),
)
