"""Every rule keeps its word: it accepts its accepting examples and finds fault with the rejecting ones, where it says."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.checking.image_sources import ImageOptions
from cocoproof.dataset_contract import interpret
from cocoproof.model.findings import Kind, Severity, Verdict
from cocoproof.profiles import Policy
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading.document import Document, read
from cocoproof.reading.source import Source, read_document
from cocoproof.rules.catalogue import RULES
from cocoproof.rules.earlier_splits import EarlierSplits
from cocoproof.rules.rule import ExampleWithFiles

if TYPE_CHECKING:
    from cocoproof.model.findings import FileReport
    from cocoproof.rules.rule import Example, Rule

RELOADED = {"pycocotools", "supervision"}


def options(rule: Rule, images: Path | None, *, alone: bool) -> CheckSettings:
    truth: Document | None = None if rule.truth is None else read(read_document(rule.truth))
    reload = ReloadMode.ALWAYS if RELOADED & set(rule.requires) else ReloadMode.NEVER
    splits = (
        None
        if rule.earlier is None
        else EarlierSplits(similar="images" in rule.requires).plus("train.json", read(read_document(rule.earlier)).dataset)
    )
    return CheckSettings(
        rules=(rule,) if alone else RULES,
        expected=rule.expected,
        contract=None if rule.contract is None else interpret(rule.contract, "example"),
        truth=truth,
        splits=splits,
        reload=reload,
        images=None if images is None else ImageOptions(root=str(images), panoptic=str(images), decode="opencv" in rule.requires),
        policy=Policy(consumers=rule.consumers or ()),
    )


def judge(rule: Rule, example: Example, folder: Path, *, alone: bool = True) -> FileReport:
    source: str | Source
    images = None
    if isinstance(example, ExampleWithFiles):
        images = folder / "images"
        write_files(example, images)
        example = example.document
    if isinstance(example, bytes):
        path = folder / "example.json"
        path.write_bytes(example)
        source = str(path)
    else:
        source = read_document(example)
    return check_source(source, options(rule, images, alone=alone))


def write_files(example: ExampleWithFiles, folder: Path) -> None:
    folder.mkdir()
    for name, content in example.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def pairs(kind: str) -> list[object]:
    return [
        pytest.param(rule, example, id=f"{rule.code}-{k}", marks=_needs(rule))
        for rule in RULES
        for k, example in enumerate(getattr(rule, kind))
    ]


def _needs(rule: Rule) -> list[pytest.MarkDecorator]:
    absent = "supervision" in rule.requires and importlib.util.find_spec("supervision") is None
    no_opencv = "opencv" in rule.requires and importlib.util.find_spec("cv2") is None
    return [
        pytest.mark.skipif(absent, reason="supervision is not installed"),
        pytest.mark.skipif(no_opencv, reason="OpenCV is not installed"),
    ]


@pytest.mark.parametrize(("rule", "example"), pairs("accept"))
def test_accepts(rule: Rule, example: Example, tmp_path: Path) -> None:
    report = judge(rule, example, tmp_path)
    assert report.findings == ()
    (own,) = (result for result in report.rules if result.code == rule.code)
    readable = own.reason is None or not own.reason.startswith("there is no COCO document")
    assert own.verdict is (Verdict.PASSED if readable else Verdict.SKIPPED), own.reason


@pytest.mark.parametrize(("rule", "example"), pairs("reject"))
def test_rejects_at_the_place_it_says(rule: Rule, example: tuple[Example, str], tmp_path: Path) -> None:
    document, place = example
    report = judge(rule, document, tmp_path)
    assert report.findings, f"{rule.code} found nothing"
    assert {finding.code for finding in report.findings} == {rule.code}
    assert report.findings[0].pointer == place
    (own,) = (result for result in report.rules if result.code == rule.code)
    assert own.verdict is Verdict.FAILED
    assert own.count >= len(report.findings) > 0
    assert all(finding.message and "\n" not in finding.message for finding in report.findings)


@pytest.mark.parametrize(("rule", "example"), pairs("accept"))
def test_accepted_examples_break_no_other_rule(rule: Rule, example: Example, tmp_path: Path) -> None:
    """An example that shows one thing must not be wrong in another, or people would learn the wrong lesson."""
    report = judge(rule, example, tmp_path, alone=False)
    excused = {"COCO003"} if rule.code == "COCO001" else set()  # what can be opened may still be no document
    if "categories" in rule.requires:  # 401, 402, 403 and 409 share the ways to differ from a list among them
        excused = {other.code for other in RULES if "categories" in other.requires}
    errors = [
        f"{finding.code}: {finding.message}"
        for finding in report.findings
        if finding.severity is Severity.ERROR and finding.code not in excused
    ]
    assert not errors


def test_the_catalogue_is_the_published_one() -> None:
    """Codes, names and default severities are fixed: rules may be added, never renumbered."""
    lines = (Path(__file__).parent / "catalogue.tsv").read_text(encoding="utf-8").splitlines()[1:]
    published = {code: (name, severity) for code, name, severity, _ in (line.split("\t") for line in lines)}
    built = {rule.code: (rule.name, rule.severity.value) for rule in RULES}
    assert {code: published[code] for code in built if code in published} == {code: built[code] for code in built if code in published}
    assert published.keys() == built.keys()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_is_told_to_people(rule: Rule) -> None:
    if rule.code == "COCO999":
        return
    assert len(rule.accept) >= 2, "at least two accepting examples, one of them a near miss"
    assert len(rule.reject) >= 2, "at least two rejecting examples"
    assert rule.summary.endswith(".")
    assert len(rule.documentation) > 80
    assert rule.kinds <= set(Kind) - {Kind.UNKNOWN}
