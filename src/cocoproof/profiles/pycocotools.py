"""pycocotools: `COCO(file)`, and `COCOeval` with the file as ground truth."""

from __future__ import annotations

from cocoproof.consumers.pycocotools import CONSUMER
from cocoproof.model.findings import Severity
from cocoproof.profiles.profile import Claim, ClaimEvidence, Profile, not_asked

__all__ = ["INFO", "PROFILE"]

_TREE = "https://github.com/ppwwyyxx/cocoapi/blob/ac87f5077ad6b8864c2dc5e93d14cae62d1db05a/PythonAPI/pycocotools"

INFO = Claim(
    "COCO107",
    Severity.WARNING,
    "pycocotools 2.0.9 and 2.0.10 copy `info` in `COCO.loadRes` without asking whether it is there: a ground truth without it raises "
    "`KeyError: 'info'`, so that nothing can be evaluated. 2.0.11 takes an empty one in its place. `licenses` is not read.",
    "https://github.com/ppwwyyxx/cocoapi/commit/5a1816d736c37f966d3d1102ac6c2ab52b87260e",
)
"""Holds for all who evaluate with pycocotools."""

_NO_PICTURE = "pycocotools does not open images: `file_name` is not read unless `COCO.download` is called."

PROFILE = Profile(
    name="pycocotools",
    summary="The file can be loaded by pycocotools and evaluated with COCOeval.",
    consumer=CONSUMER,
    claims=(
        Claim(
            "COCO106",
            Severity.ERROR,
            "`COCOeval.evaluate` raises `KeyError: 'area'` or `KeyError: 'iscrowd'`.",
            f"{_TREE}/cocoeval.py#L251",
        ),
        INFO,
        Claim(
            "COCO202",
            Severity.ERROR,
            "`COCO.createIndex` keeps the last of several annotations with one id: `COCO.anns` is shorter than the list, silently.",
            f"{_TREE}/coco.py#L96",
        ),
        Claim(
            "COCO207",
            Severity.ERROR,
            "`COCOeval.evaluateImg` stores the id of the match, and reads 0 as no match: a detection that found this annotation counts as a "
            "false alarm.",
            f"{_TREE}/cocoeval.py#L295",
        ),
        Claim(
            "COCO404",
            Severity.NOTE,
            "Any ids will do: `COCOeval` goes through those that are there, sorted.",
            f"{_TREE}/cocoeval.py#L81",
        ),
        Claim(
            "COCO406",
            Severity.NOTE,
            "Any ids will do: `COCOeval` goes through those that are there, sorted.",
            f"{_TREE}/cocoeval.py#L81",
        ),
        Claim(
            "COCO606",
            Severity.WARNING,
            "`COCO.annToRLE` raises `IndexError`, so that masks cannot be evaluated. Boxes can.",
            f"{_TREE}/coco.py#L428",
        ),
        *(
            Claim(code, Severity.NOTE, _NO_PICTURE, f"{_TREE}/coco.py#L389", ClaimEvidence.SOURCE)
            for code in ("COCO801", "COCO802", "COCO803", "COCO804")
        ),
        Claim("COCO805", Severity.WARNING, _NO_PICTURE, f"{_TREE}/coco.py#L389"),
        *(Claim(code, Severity.NOTE, _NO_PICTURE, f"{_TREE}/coco.py#L389", ClaimEvidence.SOURCE) for code in ("COCO806", "COCO807")),
        *not_asked("supervision", "COCO904", "COCO905"),
    ),
)
