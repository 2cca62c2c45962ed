"""COCO856 and COCO857: what splits contain. Bounds are compared with exact probabilities and with simulated splits."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cocoproof import check
from cocoproof.cli.main import run
from cocoproof.model.findings import Severity, Verdict
from cocoproof.rules.examples import GONE, dataset
from cocoproof.rules.split_classes import class_shift, size_shift

from .simulated_splits import shift_alarms

if TYPE_CHECKING:
    from pathlib import Path

    from cocoproof.model.findings import FileReport, Finding

NAMES = ("cat", "dog", "bird")


def document(first: int, classes: list[int | None], *, box: tuple[float, float] = (20, 16), names: tuple[str, ...] = NAMES) -> Any:
    """Images from a number on, each with one annotation of a class, or none."""
    rows = [
        {"id": k, "image_id": k, "category_id": one, "bbox": [4, 5, *box], "area": box[0] * box[1], "segmentation": GONE}
        for k, one in enumerate(classes, first)
        if one is not None
    ]
    images = [{"id": k, "file_name": f"{k}.jpg"} for k in range(first, first + len(classes))]
    return dataset(rows, images=images) | {"categories": [{"id": k, "name": name} for k, name in enumerate(names, 1)]}


def checked(folder: Path, documents: dict[str, Any], **options: Any) -> tuple[FileReport, ...]:
    paths = []
    for name, content in documents.items():
        path = folder / f"{name}.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        paths.append(path)
    if "train" in options:
        options["train"] = folder / options["train"]
    return check(paths, splits=True, reload="never", select=("COCO856", "COCO857"), images=False, **options).files


def of(report: FileReport, code: str) -> list[Finding]:
    return [finding for finding in report.findings if finding.code == code]


def reason(report: FileReport, code: str = "COCO856") -> str:
    (rule,) = (rule for rule in report.rules if rule.code == code)
    assert rule.verdict is Verdict.SKIPPED
    return rule.reason or ""


def test_a_class_that_training_never_has_is_an_error_whatever_the_order(tmp_path: Path) -> None:
    train, val = document(1, [1, 1, None, 2]), document(100, [3, 1, 3])
    report = checked(tmp_path, {"train": train, "val": val})[1]
    (finding,) = of(report, "COCO856")
    assert (finding.severity, finding.pointer) == (Severity.ERROR, "/categories/2")
    assert "is annotated 2 times here and never in" in finding.message
    report = checked(tmp_path, {"val": val, "train": train})[1]
    (finding,) = of(report, "COCO856")
    assert finding.pointer == "/categories/2"
    assert "is annotated 2 times in" in finding.message
    assert "val.json and never in" in finding.message
    report = checked(tmp_path, {"val": val, "train": document(1, [1, 2], names=("cat", "dog"))})[1]
    (finding,) = of(report, "COCO856")
    assert (finding.pointer, 'the class "bird"' in finding.message) == ("/categories", True)


def test_many_classes_that_training_never_has_are_one_finding(tmp_path: Path) -> None:
    names = tuple(f"n{k}" for k in range(1, 31))
    train, val = document(1, [1, 2, 3], names=names), document(100, list(range(1, 31)), names=names)
    (finding,) = of(checked(tmp_path, {"train": train, "val": val})[1], "COCO856")
    assert '27 classes, such as "n4", "n5", "n6", are annotated here (27 annotations)' in finding.message
    assert len(of(checked(tmp_path, {"train": train, "val": document(100, list(range(1, 12)), names=names)})[1], "COCO856")) == 8


def test_what_training_alone_has_is_no_fault(tmp_path: Path) -> None:
    assert checked(tmp_path, {"train": document(1, [1, 2, 3]), "val": document(9, [1]), "test": document(20, [1, 2])})[2].findings == ()


def test_which_split_is_for_training_is_named_or_it_is_not_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = {"a": document(1, [1, 2]), "b": document(9, [3])}
    assert "does not follow from the file names (--train FILE)" in reason(checked(tmp_path, both)[1])
    assert len(of(checked(tmp_path, both, train="a.json")[1], "COCO856")) == 1
    assert len(of(checked(tmp_path, both, train="b.json")[1], "COCO856")) == 2
    paths = [str(tmp_path / "a.json"), str(tmp_path / "b.json")]
    options = ["--splits", "--select", "COCO856", "--reload", "never"]
    assert run(["check", *paths, *options, "--train", str(tmp_path / "." / "a.json")]) == 1
    assert run(["check", *paths, *options, "--train", str(tmp_path / "c.json")]) == 2
    assert "is not one of the files that are compared" in capsys.readouterr().err


def test_training_in_several_files_counts_as_one(tmp_path: Path) -> None:
    parts = {"train1": document(1, [1]), "val": document(9, [2, 3]), "train2": document(20, [2])}
    first, second, third = checked(tmp_path, parts)
    assert "the first split" in reason(first)
    assert "a further training split follows" in reason(second)
    (finding,) = of(third, "COCO856")
    assert "bird" in finding.message
    assert "train1.json and " in finding.message


def test_training_that_cannot_be_read_is_not_taken_for_empty(tmp_path: Path) -> None:
    parts = {"train": "{", "val": document(9, [2, 3]), "test": document(20, [2])}
    assert "could not be read" in reason(checked(tmp_path, parts)[2])
    parts["train"] = document(1, [None, None])
    assert "has no annotations" in reason(checked(tmp_path, parts)[1])


def test_a_renamed_class_is_one_cause(tmp_path: Path) -> None:
    """COCO852 reports that the id means another class."""
    renamed = document(9, [2], names=("cat", "hound", "bird"))
    assert of(checked(tmp_path, {"train": document(1, [1, 2, 3]), "val": renamed})[1], "COCO856") == []
    new = document(9, [4], names=("cat", "dog", "bird", "hound"))
    assert len(of(checked(tmp_path, {"train": document(1, [1, 2, 3]), "val": new})[1], "COCO856")) == 1


def test_a_shift_of_classes_and_of_sizes_is_one_note_each(tmp_path: Path) -> None:
    train = document(1, [1] * 150 + [2] * 50)
    val = document(500, [1] * 15 + [2] * 45, box=(50, 40))
    classes, sizes = of(checked(tmp_path, {"train": train, "val": val})[1], "COCO857")
    assert {classes.severity, sizes.severity} == {Severity.NOTE}
    expected = abs(2 * math.asin(math.sqrt(0.25)) - 2 * math.asin(math.sqrt(0.75)))
    assert f'"cat" on 25.0% here, 75.0% there (h {expected:.2f})' in classes.message
    assert f"{math.sqrt(50 * 40 / (64 * 48)):.1%} of the image's side here" in sizes.message
    assert "distance 1.00" in sizes.message
    first, second = of(checked(tmp_path, {"val": val, "train": train})[1], "COCO857")
    assert '"cat" on 75.0% here, 25.0% there' in first.message
    assert "distance 1.00" in second.message


def test_a_shift_on_few_images_may_be_chance(tmp_path: Path) -> None:
    assert of(checked(tmp_path, {"train": document(1, [1] * 150 + [2] * 50), "val": document(500, [2, 2, 2, 1])})[1], "COCO857") == []


def exact(drawn: int, marked: int, images: int, with_class: int) -> float:
    """The probability that a random draw without replacement has at least, or at most, so many images with a class."""

    def mass(k: int) -> float:
        return math.comb(with_class, k) * math.comb(images - with_class, drawn - k) / math.comb(images, drawn)

    expected = drawn * with_class / images
    tail = range(marked, drawn + 1) if marked >= expected else range(marked + 1)
    return sum(mass(k) for k in tail if 0 <= k <= with_class and drawn - k <= images - with_class)


@pytest.mark.parametrize("images", [20, 60, 300])
def test_the_bound_is_never_below_the_exact_probability(images: int) -> None:
    for drawn in (images // 10, images // 4, images // 2):
        for with_class in (1, images // 10, images // 2, images - 2):
            for marked in range(max(0, drawn - (images - with_class)), min(drawn, with_class) + 1):
                counts = np.array([[with_class - marked, marked]])
                _, bound = class_shift(counts, (images - drawn, drawn))
                assert bound[0] >= exact(drawn, marked, images, with_class) * (1 - 1e-9)


def test_the_distance_of_sizes_is_that_of_the_empirical_distributions() -> None:
    random = np.random.default_rng(3)
    for _ in range(50):
        one, other = np.sort(random.integers(0, 20, random.integers(1, 40))), np.sort(random.integers(0, 25, random.integers(1, 40)))
        expected = max(abs(np.mean(one <= at) - np.mean(other <= at)) for at in range(26))
        assert size_shift(one.astype(float), other.astype(float))[0] == pytest.approx(expected)


def test_random_splits_of_one_dataset_do_not_differ() -> None:
    assert shift_alarms(np.random.default_rng(1), 100) == 0


@pytest.mark.slow
def test_no_false_alarm_in_ten_thousand_random_splits() -> None:
    assert shift_alarms(np.random.default_rng(2), 10_000) <= 2
