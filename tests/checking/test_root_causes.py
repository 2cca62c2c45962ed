"""Files with one root cause each, as exporters produce them: one finding of the highest severity names it, and what follows is counted under it."""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import cocoproof
from cocoproof.checking.baseline import Baseline
from cocoproof.checking.check_file import check_source, start_readers
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.mapping import Category, CategoryList
from cocoproof.model.findings import Severity
from cocoproof.reading.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cocoproof.model.findings import FileReport
    from cocoproof.readers.reload_run import Readers

Document = dict[str, Any]
NAMES = ("cat", "dog", "bird", "horse")


def sound(*, masks: bool = False) -> Document:
    """48 boxes in 12 images of 640 x 480 px, four classes, all used; with `masks` each has a hexagon in its box."""
    dice = random.Random(5)  # noqa: S311 - examples
    rows = []
    for k in range(48):
        width, height = dice.randint(40, 200), dice.randint(30, 150)
        x, y = dice.randint(0, 640 - width), dice.randint(0, 480 - height)
        row: Document = {"id": k + 1, "image_id": k % 12 + 1, "category_id": k // 12 % 4 + 1, "iscrowd": 0}
        row |= {"bbox": [x, y, width, height], "area": width * height}
        if masks:
            half = width / 2
            ring = [x + half, y, x + width, y + 9, x + width, y + height, x + half, y + height - 9, x, y + height, x, y + 9]
            row |= {"segmentation": [ring], "area": _shoelace(ring)}
        rows.append(row)
    return {
        "info": {"year": 2024},
        "licenses": [{"id": 1, "name": "CC0", "url": ""}],
        "images": [{"id": k, "file_name": f"{k}.jpg", "width": 640, "height": 480, "license": 1} for k in range(1, 13)],
        "annotations": rows,
        "categories": [{"id": k, "name": name} for k, name in enumerate(NAMES, 1)],
    }


def _shoelace(ring: list[float]) -> float:
    points = list(zip(ring[::2], ring[1::2], strict=True))
    return abs(sum(x * v - u * y for (x, y), (u, v) in zip(points, [*points[1:], points[0]], strict=True))) / 2


def each(document: Document, section: str, change: Callable[[Document], Document]) -> Document:
    return document | {section: [row | change(row) for row in document[section]]}


@dataclass(frozen=True)
class Cause:
    """A file with one root cause.

    Attributes:
        document: The file.
        code: The rule that names the cause.
        severity: Its severity.
        explains: The rules of which findings follow, as far as the test states them.
        says: Part of the message.
        others: Further rules with findings, which are notes and facts of their own.
        expected: The class list.
    """

    document: Document
    code: str
    explains: frozenset[str] = frozenset()
    severity: Severity = Severity.ERROR
    says: str = ""
    others: frozenset[str] = frozenset()
    expected: CategoryList | None = field(default=None)


def _corners(row: Document) -> Document:
    x, y, width, height = row["bbox"]
    return {"bbox": [x, y, x + width, y + height]}


def _fractions(row: Document) -> Document:
    x, y, width, height = row["bbox"]
    return {"bbox": [x / 640, y / 480, width / 640, height / 480]}


def _crowd(row: Document) -> Document:
    x, y, width, height = row["bbox"]
    counts = [480 * x + y, *([height, 480 - height] * (width - 1)), height, 480 * (640 - x - width) + 480 - y - height]
    return {"iscrowd": 1, "segmentation": {"size": [480, 640], "counts": counts}}


def _twice(document: Document, *sections: str) -> Document:
    return document | {section: [*document[section], *copy.deepcopy(document[section])] for section in sections}


CAUSES: dict[str, Cause] = {
    "sizes exchanged": Cause(
        each(sound(masks=True), "images", lambda row: {"width": row["height"], "height": row["width"]}),
        "COCO511",
        frozenset({"COCO502", "COCO603"}),
        says="width and height of the images are exchanged",
    ),
    "sizes exchanged, with RLE masks": Cause(
        each(
            each(sound(), "annotations", lambda row: _crowd(row) | {"iscrowd": 0}),
            "images",
            lambda row: {"width": row["height"], "height": row["width"]},
        ),
        "COCO511",
        frozenset({"COCO502", "COCO607"}),
        others=frozenset({"COCO613"}),
    ),
    "one size for all images": Cause(
        each(sound(masks=True), "images", lambda _: {"width": 28, "height": 28}),
        "COCO512",
        frozenset({"COCO503", "COCO603"}),
        says="all 12 images are 28 x 28 px",
    ),
    "categories counted from 0 in annotations": Cause(
        each(sound(), "annotations", lambda row: {"category_id": row["category_id"] - 1}),
        "COCO308",
        frozenset({"COCO302", "COCO304", "COCO902", "COCO904"}),
        says="are 1 too low",
    ),
    "category 1 in all annotations, and 0 in the list": Cause(
        each(sound(), "annotations", lambda _: {"category_id": 1}) | {"categories": [{"id": 0, "name": "cat"}]},
        "COCO308",
        frozenset({"COCO302", "COCO304", "COCO406", "COCO902", "COCO904"}),
        says="are 1 too high",
    ),
    "category ids off by one against the class list": Cause(
        each(
            each(sound(), "categories", lambda row: {"id": row["id"] - 1}),
            "annotations",
            lambda row: {"category_id": row["category_id"] - 1},
        ),
        "COCO409",
        frozenset({"COCO406", "COCO410"}),
        says="all 4 ids are 1 too low",
        expected=CategoryList(tuple(Category(k, name) for k, name in enumerate(NAMES, 1))),
    ),
    "annotation ids from 0": Cause(
        each(sound(), "annotations", lambda row: {"id": row["id"] - 1}), "COCO207", frozenset({"COCO903"}), says="id is 0"
    ),
    "boxes as two corners": Cause(each(sound(), "annotations", _corners), "COCO504", says="read as [x1, y1, x2, y2]"),
    "boxes as fractions": Cause(each(sound(), "annotations", _fractions), "COCO505", says="read as fractions"),
    "all crowds": Cause(each(sound(), "annotations", _crowd), "COCO307", others=frozenset({"COCO613"})),
    "all crowds, as polygons": Cause(
        each(sound(masks=True), "annotations", lambda _: {"iscrowd": 1}), "COCO307", frozenset({"COCO610"}), says="all 48 annotations"
    ),
    "no list of licenses": Cause(sound() | {"licenses": []}, "COCO303", severity=Severity.WARNING, says="12 images refer to one"),
    "areas are one number": Cause(
        each(sound(), "annotations", lambda _: {"area": 1}), "COCO506", severity=Severity.WARNING, says="area is 1 whatever their size"
    ),
    "areas are 0": Cause(each(sound(), "annotations", lambda _: {"area": 0}), "COCO507", says="area is 0 in all 48 annotations"),
    "areas are those of the images": Cause(
        each(
            each(sound(), "images", lambda row: {"width": 640 + row["id"]}),
            "annotations",
            lambda row: {"area": 480 * (640 + row["image_id"])},
        ),
        "COCO506",
        severity=Severity.WARNING,
        says="area is that of the image",
    ),
    "annotations written twice": Cause(
        _twice(sound(masks=True), "annotations"),
        "COCO202",
        frozenset({"COCO206", "COCO902"}),
        says="contains them more than once",
    ),
    "annotations written twice, numbered on": Cause(
        (lambda document: document | {"annotations": [row | {"id": k} for k, row in enumerate(document["annotations"], 1)]})(
            _twice(sound(), "annotations")
        ),
        "COCO206",
        severity=Severity.WARNING,
        says="48 of 96 annotations are copies",
    ),
    "the whole file written twice": Cause(
        _twice(sound(masks=True), "images", "annotations", "categories"),
        "COCO201",
        frozenset({"COCO202", "COCO203", "COCO204", "COCO205", "COCO206", "COCO405", "COCO902", "COCO904"}),
        says="contains them more than once",
    ),
    "annotation ids start again on each image": Cause(
        each(sound(), "annotations", lambda row: {"id": (row["id"] - 1) // 12 + 1}),
        "COCO202",
        frozenset({"COCO902", "COCO903"}),
        says="48 of 48 annotations share 4 ids: numbering starts again",
    ),
    "image ids counted from 0 in annotations": Cause(
        each(sound(), "annotations", lambda row: {"image_id": row["image_id"] - 1}),
        "COCO301",
        frozenset({"COCO305", "COCO902", "COCO905"}),
        says="are 1 too low",
    ),
    "annotations of another split": Cause(
        each(sound(), "annotations", lambda row: {"image_id": (row["image_id"] * 7919) % 1000 + 1000}),
        "COCO301",
        frozenset({"COCO305", "COCO902", "COCO905"}),
        says="is not the id of an image",
    ),
    "no annotation was written": Cause(sound() | {"annotations": []}, "COCO306"),
    "annotations without iscrowd": Cause(
        sound() | {"annotations": [{key: value for key, value in row.items() if key != "iscrowd"} for row in sound()["annotations"]]},
        "COCO106",
        says="none of the 48 annotations has iscrowd",
    ),
    "boxes alone, with empty segmentations": Cause(
        each(sound(), "annotations", lambda _: {"segmentation": []}),
        "COCO606",
        severity=Severity.WARNING,
        says="segmentation is [] in 48 annotations",
    ),
    "no list of categories": Cause(
        {key: value for key, value in sound().items() if key != "categories"}, "COCO101", frozenset({"COCO904"}), says='no "categories"'
    ),
}


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    with start_readers(CheckSettings()) as started:
        yield started


def judge(document: Document, readers: Readers, expected: CategoryList | None = None) -> FileReport:
    return check_source(Source("file.json", json.dumps(document).encode()), CheckSettings(expected=expected), readers)


def test_the_sound_file_has_no_finding(readers: Readers) -> None:
    assert judge(sound(), readers).findings == ()
    assert judge(sound(masks=True), readers).findings == ()


@pytest.mark.parametrize("name", CAUSES)
def test_one_finding_names_the_cause(name: str, readers: Readers) -> None:
    cause = CAUSES[name]
    report = judge(cause.document, readers, cause.expected)
    (finding,) = [finding for finding in report.findings if finding.code not in cause.others]
    assert (finding.code, finding.severity) == (cause.code, cause.severity)
    assert cause.says in finding.message
    assert cause.explains <= finding.consequences.keys() | {"COCO904", "COCO905"}  # of which supervision's release decides
    assert report.summary.of(cause.severity) == 1
    assert {found.severity for found in report.findings if found is not finding} <= {Severity.NOTE}
    assert {rule.code for rule in report.rules if rule.explained} == set(finding.consequences)


@pytest.mark.parametrize("name", CAUSES)
def test_what_follows_is_not_lost(name: str, readers: Readers) -> None:
    """Each rule alone finds as many violations as are counted under the cause: nothing else is removed."""
    cause = CAUSES[name]
    report = judge(cause.document, readers, cause.expected)
    for code, count in next(finding for finding in report.findings if finding.code == cause.code).consequences.items():
        (rule,) = (rule for rule in report.rules if rule.code == code)
        assert (rule.count, rule.explained) == (0, count)
        alone = cocoproof.check(cause.document, select=code, reload="auto" if code.startswith("COCO90") else "never")
        (own,) = alone.files[0].rules
        assert own.count == count


ONE_ROW_RIGHT: dict[str, tuple[Document, Document]] = {
    "iscrowd": (CAUSES["annotations without iscrowd"].document, {"iscrowd": 0}),
    "area": (CAUSES["areas are 0"].document, {"area": 48}),
    "segmentation": (CAUSES["boxes alone, with empty segmentations"].document, {"segmentation": [[30, 30, 90, 30, 90, 90]]}),
    "image": (CAUSES["annotations of another split"].document, {"image_id": 1}),
}


@pytest.mark.parametrize("name", ONE_ROW_RIGHT)
def test_a_row_that_is_put_right_does_not_bring_back_the_others(name: str, readers: Readers) -> None:
    """The finding of the whole file is in the baseline, and with one row put right it is one of each other row."""
    document, right = ONE_ROW_RIGHT[name]
    text = json.dumps(document).encode()
    recording = Baseline(str(Path.cwd()), recording=True)
    recorded = check_source(Source("file.json", text), CheckSettings(baseline=recording), readers)
    baseline = Baseline(recording.folder, recording.updated([recorded]).files)
    assert check_source(Source("file.json", text), CheckSettings(baseline=baseline), readers).findings == ()
    rows = document["annotations"]
    changed = json.dumps(document | {"annotations": [rows[0] | right, *rows[1:]]}).encode()
    plain = check_source(Source("file.json", changed), CheckSettings(), readers)
    assert max(Counter(finding.code for finding in plain.findings).values()) >= 40
    report = check_source(Source("file.json", changed), CheckSettings(baseline=baseline), readers)
    assert [finding for finding in report.findings if not finding.pointer.startswith("/annotations/0")] == []
