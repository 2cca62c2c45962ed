"""Fingerprints: the same after rows were shuffled and ids numbered anew, another for another defect, and the same in the next release."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.acceptance.shuffling import shuffled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.readers.reload_run import Readers

from cocoproof.checking.check_file import check_source, start_readers
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.checking.ground_truth import read_truth
from cocoproof.mapping import read_category_list
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading.document import read
from cocoproof.reading.source import read_document, read_source
from cocoproof.rules.catalogue import RULES
from cocoproof.rules.earlier_splits import EarlierSplits
from cocoproof.rules.examples import GONE, dataset, keypoint_dataset, panoptic, results
from cocoproof.rules.result_meaning import EXAMPLE_TRUTH

FIXTURES = Path(__file__).parents[2] / "fixtures"
RELOADED = {"COCO901", "COCO902", "COCO903"}
NO_DOCUMENT = {"COCO001", "COCO002", "COCO003", "COCO008", "COCO109"}
"""What cannot be read as a document cannot be shuffled as one."""


def prints(document: Any, options: CheckSettings, readers: Readers | None = None) -> Counter[tuple[str, str | None]]:
    report = check_source(read_document(document), options, readers)
    assert all(finding.fingerprint for finding in report.findings)
    return Counter((finding.code, finding.fingerprint) for finding in report.findings)


def options(*codes: str, reload: ReloadMode = ReloadMode.NEVER) -> CheckSettings:
    rules = [rule for rule in RULES if rule.code in codes]
    return CheckSettings(rules=rules, fingerprints=True, max_findings=None, reload=reload)


def one(document: Any, code: str) -> str:
    ((_, fingerprint),) = prints(document, options(code))
    assert fingerprint is not None
    return fingerprint


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    with start_readers(CheckSettings(rules=[rule for rule in RULES if rule.code in RELOADED])) as started:
        yield started


@pytest.mark.parametrize("path", sorted((FIXTURES / "reject").glob("*.json")), ids=lambda path: path.stem[:7])
def test_no_broken_file_gets_other_fingerprints_when_it_is_written_in_another_way(path: Path, readers: Readers) -> None:
    rule = next(rule for rule in RULES if path.name.startswith(rule.code))
    if rule.code in NO_DOCUMENT:
        return
    listed = "categories" in rule.requires
    held = CheckSettings(
        rules=[one for one in RULES if "supervision" not in one.requires],
        fingerprints=True,
        expected=read_category_list(path.with_suffix(".categories.toml")) if listed else None,
        truth=read_truth(FIXTURES / "accept" / f"ground_truth{'_of_many' * (rule.truth is EXAMPLE_TRUTH)}.json")
        if "truth" in rule.requires
        else None,
        splits=EarlierSplits().plus("train.json", read(read_source(FIXTURES / "accept" / "train_split.json")).dataset)
        if "splits" in rule.requires
        else None,
        reload=ReloadMode.AUTO if rule.code in RELOADED else ReloadMode.NEVER,
    )
    document = json.loads(path.read_text(encoding="utf-8-sig"))
    before = prints(document, held, readers)
    for seed in range(2):
        # Ids are compared with a list's and with other splits'.
        assert prints(shuffled(document, seed, numbered_anew=not listed and held.splits is None), held, readers) == before


BOX = {"bbox": [4, 5, 0, 16]}


@pytest.mark.parametrize(
    "other",
    [
        dataset([{"bbox": [4, 5, 0, 17]}]),
        dataset([BOX], images=[{"file_name": "2.jpg"}]),
        dataset([BOX], categories=[{"name": "lynx"}]),
        dataset([BOX | {"category_id": 2}]),
        dataset([BOX | {"segmentation": GONE}]),
        keypoint_dataset([BOX]),
    ],
)
def test_another_object_has_another_fingerprint(other: Any) -> None:
    assert one(other, "COCO501") != one(dataset([BOX]), "COCO501")


@pytest.mark.parametrize(
    "same",
    [
        dataset([BOX | {"id": 77}]),
        dataset([{}, BOX]),
        dataset([BOX | {"bbox": [4.0, 5.0, -0.0, 16.0]}]),
        dataset([BOX | {"image_id": 9}], images=[{}, {"id": 9, "file_name": "1.jpg"}]),
        dataset([BOX | {"category_id": 90}], categories=[{"name": "bird"}, {"id": 90, "name": "cat"}]),
        dataset([BOX | {"area": 7, "iscrowd": 1, "attributes": {"occluded": True}}]),
    ],
)
def test_the_same_object_has_the_same_fingerprint(same: Any) -> None:
    first = dataset([BOX])
    first["annotations"][0]["segmentation"] = same["annotations"][-1]["segmentation"]
    assert one(same, "COCO501") == one(first, "COCO501")


def test_what_is_absent_is_part_of_the_defect() -> None:
    assert len(prints(dataset([{"area": GONE, "iscrowd": GONE}]), options("COCO106"))) == 2
    assert len(prints(dataset(document={"info": GONE, "licenses": GONE}), options("COCO107"))) == 2
    broken = dataset([{"segmentation": [[4, 5, 24], [4, 5, 24]]}])
    assert len(prints(broken, options("COCO601"))) == 2  # the second ring is another place


def test_defects_that_are_alike_are_counted() -> None:
    copies = dataset([{"segmentation": GONE, "bbox": [4, 5, 0, 16]}] * 3)
    (count,) = prints(copies, options("COCO501")).values()
    assert count == 3


NAMES = ("a.jpg", "b.jpg", "c.jpg", "d.jpg")


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_of_rows_that_repeat_each_other_it_does_not_matter_which_is_first(order: tuple[int, ...]) -> None:
    images = [{"id": 7, "file_name": NAMES[k]} for k in order]
    assert prints(dataset([], images=images), options("COCO201")) == prints(
        dataset([], images=[{"id": 7, "file_name": name} for name in NAMES]), options("COCO201")
    )
    # Each box is near the next alone.
    boxes = [{"bbox": [0, 0, 40 + k, 20], "segmentation": GONE} for k in range(4)]
    held = options("COCO210")
    assert prints(dataset([boxes[k] for k in order]), held) == prints(dataset(boxes), held)
    assert sum(prints(dataset(boxes), held).values()) == 3


def test_an_image_id_that_two_images_have_means_neither_more_than_the_other() -> None:
    images = [{"id": 7, "file_name": name} for name in NAMES[:2]]
    row = BOX | {"image_id": 7}
    assert one(dataset([row], images=images), "COCO501") == one(dataset([row], images=images[::-1]), "COCO501")


def test_one_more_of_a_group_is_one_more_fingerprint() -> None:
    for newcomer in ("0.jpg", "bb.jpg", "z.jpg"):
        before = prints(dataset([], images=[{"id": 7, "file_name": name} for name in NAMES]), options("COCO201"))
        for place in range(5):
            names = [*NAMES[:place], newcomer, *NAMES[place:]]
            after = prints(dataset([], images=[{"id": 7, "file_name": name} for name in names]), options("COCO201"))
            # Each row is told with the one before it, so that the newcomer may part two of them.
            assert sum((after - before).values()) - sum((before - after).values()) == 1
            assert sum((before - after).values()) <= 1


def test_files_that_cannot_be_judged_have_fingerprints_too() -> None:
    assert one({"type": "FeatureCollection"}, "COCO109") == one({"kind": "other"}, "COCO109")


def test_results_are_told_by_the_ids_of_the_truth_where_it_is_not_given() -> None:
    wrong = {"score": 7}
    assert one(results([wrong | {"image_id": 2}]), "COCO913") != one(results([wrong]), "COCO913")


def test_fingerprints_are_the_same_in_every_release() -> None:
    """A baseline is kept for years. Who changes one of these changes the version of its format."""
    assert {
        "box": one(dataset([BOX]), "COCO501"),
        "keypoints": one(keypoint_dataset([{"num_keypoints": 3}]), "COCO702"),
        "category": one(dataset(), "COCO304"),
        "image": one(dataset(images=[{}, {"file_name": "Zürich/日本.jpg"}]), "COCO305"),
        "segment": one(panoptic([{}, {"iscrowd": 1}]), "COCO923"),
        "result": one(results([{"score": 7}]), "COCO913"),
        "file": one(dataset(categories=[{}, {"id": 3}]), "COCO404"),
        "runs": one(dataset([{"segmentation": {"size": [48, 64], "counts": [3072]}}]), "COCO611"),
    } == {
        "box": "ed6149b12c810203",
        "keypoints": "1e0d2efe8202cf9b",
        "category": "6adcf0a6fda31d9a",
        "image": "1c3783fd80d0181b",
        "segment": "be010d1e3ff8ff80",
        "result": "22c665d7c4f801ae",
        "file": "37c61d622b29af8d",
        "runs": "9d6dd4d703bf4a63",
    }


def test_of_rows_that_pycocotools_loses_it_does_not_matter_which_comes_last(readers: Readers) -> None:
    held = options("COCO902", reload=ReloadMode.AUTO)
    rows = dataset([{"id": 5}, {"id": 5}, {"id": 5}, {"id": 6}])["annotations"]
    documents = [dataset() | {"annotations": list(order)} for order in itertools.permutations(rows)]
    found = [Counter(f.fingerprint for f in check_source(read_document(one), held, readers).findings) for one in documents]
    assert len(found[0]) == 2
    assert all(other == found[0] for other in found)
