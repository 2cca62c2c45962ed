"""What the tests of all consumers share: a claim's case, what comes of it, and that the profile says the same of the document."""

from __future__ import annotations

import importlib.util
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from PIL import ExifTags, Image

import cocoproof
from cocoproof.profiles import ClaimEvidence
from cocoproof.rules.catalogue import find

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cocoproof.profiles import Profile

GONE_PICTURE = "gone.jpg"
"""The name of an image whose file is not there."""

TURNED_PICTURE = "turned.jpg"
"""The name of an image whose EXIF orientation is a quarter turn."""


@dataclass(frozen=True)
class Written:
    """A document on disk.

    Attributes:
        path: The file.
        pictures: The folder that `file_name` is relative to.
    """

    path: Path
    pictures: Path


def on_the_loader(package: str) -> Callable[[Any], Any]:
    """Marks a test that needs a package which the test extra does not install. What that package warns of is not ours to mend."""
    # .ci/consumers.py names what it installed: there a test that cannot import its loader must fail.
    absent = importlib.util.find_spec(package) is None and package not in os.environ.get("COCOPROOF_CONSUMERS", "").split(",")

    def mark(test: Any) -> Any:
        skip = pytest.mark.skipif(absent, reason=f"{package} is not installed")
        return pytest.mark.consumers(pytest.mark.filterwarnings("ignore")(skip(test)))

    return mark


def write(document: Any, folder: Path, name: str = "annotations.json", pictures: str = ".") -> Written:
    """A document as a file, with a grey picture of 64 x 48 px for every image but those that are to be missing."""
    root = folder / "data" / pictures
    for image in document["images"]:
        if image.get("file_name", GONE_PICTURE) != GONE_PICTURE:
            picture = root / image["file_name"]
            picture.parent.mkdir(parents=True, exist_ok=True)
            exif = Image.Exif()
            exif[ExifTags.Base.Orientation] = 6 if picture.name == TURNED_PICTURE else 1
            Image.new("RGB", (64, 48), (90, 90, 90)).save(picture, exif=exif)
    path = folder / "data" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), encoding="utf-8")
    return Written(path, root)


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


def example_of(code: str) -> Any:
    """The first document that the catalogue gives for a breach of a rule."""
    (rule,) = find(code)
    return rule.reject[0][0]


def agrees(profile: Profile, code: str, document: Any, folder: Path) -> None:
    """The profile finds the defect in the document, as grave as the claim says."""
    (claim,) = (claim for claim in profile.claims if claim.code == code)
    written = write(document, folder)
    reload = "auto" if code.startswith("COCO90") else "never"
    report = cocoproof.check(written.path, consumers=profile.name, select=code, reload=reload, images=written.pictures)
    assert {finding.severity for finding in report.findings} == {claim.severity}, report.findings


def every_tested_claim_has_a_case(profile: Profile, cases: Mapping[str, object]) -> None:
    """No claim that is said to be tested lacks a test, and no test lacks its claim."""
    assert {claim.code for claim in profile.claims if claim.proof is ClaimEvidence.TEST} == cases.keys()
