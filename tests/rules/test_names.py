"""Category names that look like files, and names that only resemble one."""

from __future__ import annotations

import json

import pytest

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading.source import Source
from cocoproof.rules.catalogue import select
from cocoproof.rules.examples import dataset


def found(names: list[str], files: list[str] | None = None) -> list[str]:
    document = dataset(categories=[{}] * len(names), images=[{"file_name": name} for name in files or ["x.jpg"]])
    document["categories"] = [row | {"name": name} for row, name in zip(document["categories"], names, strict=True)]
    options = CheckSettings(rules=select(("COCO413",)), reload=ReloadMode.NEVER)
    return [finding.message for finding in check_source(Source("c.json", json.dumps(document).encode()), options).findings]


@pytest.mark.parametrize(
    "name",
    [
        "IMG_0001.JPG",
        "a.jpeg",
        "scan 1.tiff",
        "labels/1.xml",
        "/data/cats",
        "./cats",
        "..\\cats",
        "C:\\data\\cats",
        "c:/cats",
        "https://example.com/a",
        "s3://bucket/a",
    ],
)
def test_names_that_look_like_files(name: str) -> None:
    assert len(found(["cat", name])) == 1


@pytest.mark.parametrize(
    "name",
    [
        "aerosol can/spray can",
        "node.js",
        "St. Bernard",
        "v1.2",
        ".jpg",
        "jpg",
        "N/A",
        "...",
        "/",
        "ratio 1:2",
        "no. 5",
        "car: left",
        "png file",
        "IMG_0001",
        "2017",
        "x.jpg.rf",
    ],
)
def test_names_that_do_not(name: str) -> None:
    assert found(["cat", name]) == []


def test_stems_of_images() -> None:
    files = ["a/IMG_0001.jpg", "a/IMG_0002.jpg", "b\\IMG_0003.tar.gz", "cat.jpg", "dog.jpg", "12.jpg", "13.jpg"]
    assert found(["IMG_0001", "IMG_0002", "cat", "dog"], files) == [
        'category 1 (IMG_0001): name "IMG_0001" is the stem of an image, not like a class; so do 1 of the 3 other categories'
    ]
    assert found(["IMG_0001", "IMG_0002", "cat", "dog", "bird"], files) == []
    assert found(["IMG_0001", "cat"], files) == []
    assert found(["cat", "dog"], files) == []
    assert found(["12", "13"], files) == []


def test_one_finding_for_the_file() -> None:
    assert found(["cat", "a.png", "b.png", "c.png"]) == [
        'category 2 (a.png): name "a.png" looks like a file or path, not like a class; so do 2 of the 3 other categories'
    ]
