"""What the tests of all consumers share: a claim's case, what comes of it, and that the profile says the same of the document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

import cocoproof
from cocoproof.verify.profiles import Proof

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cocoproof.verify.profiles import Profile


def write(document: Any, folder: Path, name: str = "annotations.json") -> Path:
    """A document as a file, with a grey picture beside it for every image that has a plain name."""
    for image in document["images"]:
        if ".." not in image.get("file_name", ".."):
            picture = folder / image["file_name"]
            picture.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (image["width"], image["height"]), (90, 90, 90)).save(picture)
    path = folder / name
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def raises(error: type[Exception], match: str | None = None) -> Callable[[Callable[[], Any]], None]:
    """The loader raises this."""

    def expect(load: Callable[[], Any]) -> None:
        with pytest.raises(error, match=match):
            load()

    return expect


def loads(look: Callable[[Any], object]) -> Callable[[Callable[[], Any]], None]:
    """The loader takes the file, and what it holds is true to this."""

    def expect(load: Callable[[], Any]) -> None:
        held = load()
        assert look(held), held

    return expect


def agrees(profile: Profile, code: str, document: Any) -> None:
    """The profile finds the defect in the document, as grave as the claim says."""
    (claim,) = (claim for claim in profile.claims if claim.code == code)
    reload = "auto" if code.startswith("COCO90") else "never"
    report = cocoproof.check(document, consumers=profile.name, select=code, reload=reload)
    assert {finding.severity for finding in report.findings} == {claim.severity}, report.findings


def every_tested_claim_has_a_case(profile: Profile, cases: Mapping[str, object]) -> None:
    assert {claim.code for claim in profile.claims if claim.proof is Proof.TEST} == cases.keys()
