"""The files in `fixtures/`: sound ones of every kind, and for each rule a broken one with all that must be found in it."""

from __future__ import annotations

import importlib.util
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cocoproof.checking.check_file import check_source, start_readers
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.checking.ground_truth import read_truth
from cocoproof.checking.image_sources import ImageOptions
from cocoproof.dataset_contract import read_contract
from cocoproof.mapping import read_category_list
from cocoproof.model.findings import FileReport, Kind, Severity, Verdict
from cocoproof.profiles import Policy
from cocoproof.reading.document import read
from cocoproof.reading.source import read_source
from cocoproof.rules.catalogue import RULES
from cocoproof.rules.earlier_splits import EarlierSplits
from cocoproof.rules.result_meaning import EXAMPLE_TRUTH

if TYPE_CHECKING:
    from cocoproof.consumers.consumer import Consumer

FIXTURES = Path(__file__).parents[1] / "fixtures"
ACCEPT, REJECT = FIXTURES / "accept", FIXTURES / "reject"
SUPERVISION = {"COCO904", "COCO905"}  # what it makes of a file depends on its release
EXPECTED = {
    name: {code: tuple(map(int, f"{count}+0".split("+")[:2])) for code, count in (word.split("=") for word in codes.split())}
    for name, codes in (line.split("\t") for line in (REJECT / "expected.tsv").read_text(encoding="ascii").splitlines()[1:])
}
TRUTHS = {"results_bbox": "instances", "results_segm": "instances", "results_keypoints": "keypoints"}


@pytest.fixture(scope="module")
def judge():
    """Judge a file by all rules, with the readers of one run."""
    with start_readers(CheckSettings()) as readers:

        def run(
            path: Path,
            categories: Path | None = None,
            truth: Path | None = None,
            earlier: Path | None = None,
            images: ImageOptions | None = None,
            consumers: tuple[Consumer, ...] | None = None,
            contract: Path | None = None,
        ) -> FileReport:
            expected = None if categories is None else read_category_list(categories)
            splits = (
                None
                if earlier is None
                else EarlierSplits(similar=images is not None and images.root is not None).plus(
                    str(earlier), read(read_source(earlier)).dataset
                )
            )
            options = CheckSettings(
                expected=expected,
                contract=None if contract is None else read_contract(contract),
                truth=None if truth is None else read_truth(truth),
                splits=splits,
                images=images,
                policy=Policy(consumers=consumers or ()),
            )
            return check_source(path, options, readers)

        yield run


@pytest.mark.parametrize("path", sorted(ACCEPT.glob("*.json")), ids=lambda path: path.stem)
def test_sound_files_have_no_error_and_no_warning(path, judge):
    truth = TRUTHS.get(path.stem)
    report = judge(path, truth=ACCEPT / f"{truth}.json" if truth else None)
    assert [finding for finding in report.findings if finding.severity is not Severity.NOTE] == []
    assert report.summary.errors == report.summary.warnings == 0
    verdicts = {rule.code: rule for rule in report.rules}
    assert verdicts["COCO901"].verdict is Verdict.PASSED or "not for" in verdicts["COCO901"].reason
    assert Verdict.CRASHED not in {rule.verdict for rule in report.rules}


def test_every_kind_has_a_sound_file(judge):
    assert {judge(path).kind for path in ACCEPT.glob("*.json")} == set(Kind) - {Kind.UNKNOWN}


def python_reads(path: Path) -> bool:
    """Whether the json module of this Python goes as deep as the file: those before 3.12 give up near 1,000 levels, later ones do not."""
    try:
        json.loads(path.read_bytes())
    except RecursionError:
        return False
    return True


@pytest.mark.parametrize("name", EXPECTED)
def test_all_that_is_wrong_with_a_broken_file_is_found_and_nothing_else(name, judge):
    rule = next(rule for rule in RULES if name.startswith(rule.code))
    lists = (REJECT / name).with_suffix(".categories.toml") if "categories" in rule.requires else None
    many = "_of_many" * (rule.truth is EXAMPLE_TRUTH)
    truth = ACCEPT / f"ground_truth{many}.json" if "truth" in rule.requires else None
    earlier = ACCEPT / "train_split.json" if "splits" in rule.requires else None
    folder = str((REJECT / name).with_suffix(".images"))
    root, panoptic = (folder if requirement in rule.requires else None for requirement in ("images", "panoptic"))
    if "opencv" in rule.requires:
        pytest.importorskip("cv2")
    images = ImageOptions(root=root, panoptic=panoptic, guess=False, decode="opencv" in rule.requires)
    contract = None if rule.contract is None else (REJECT / name).with_suffix(".contract.toml")
    report = judge(REJECT / name, lists, truth, earlier, images, rule.consumers, contract)
    listed = Counter(finding.code for finding in report.findings)
    found = {one.code: (listed[one.code], one.explained) for one in report.rules if listed[one.code] + one.explained}
    expected = dict(EXPECTED[name])
    if rule.code == "COCO008" and python_reads(REJECT / name):
        del expected["COCO901"]  # so does pycocotools
    assert {code: counts for code, counts in found.items() if code not in SUPERVISION} == expected
    verdicts = {result.code: result.verdict for result in report.rules}
    if rule.code not in SUPERVISION:
        assert rule.code in found
        assert verdicts[rule.code] is (Verdict.FAILED if listed[rule.code] else Verdict.SKIPPED)
        # What other programs make of a file mostly follows from another rule's finding, and so does a category 0 that is used.
        assert listed[rule.code] or rule.code in {"COCO410", "COCO902", "COCO903"}
    elif importlib.util.find_spec("supervision") is not None:
        assert rule.code in found


def test_every_rule_that_a_file_can_show_has_one_and_the_list_is_whole():
    shown = {f"{rule.code}-{rule.name}.json" for rule in RULES if rule.code != "COCO999"}  # of which only a defect of ours is an example
    assert EXPECTED.keys() == shown
    assert {path.name for path in REJECT.glob("*.json")} == shown
