"""What a reader's limits mean for the verdicts: never an error of the file."""

from __future__ import annotations

import json

import pytest

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.consumers.supervision import CONSUMER as SUPERVISION
from cocoproof.model.findings import RuleResult, Verdict
from cocoproof.profiles import Policy
from cocoproof.readers import Counts, Ending, ReloadOutcome, SelfEvaluation, Stage
from cocoproof.readers.reload_run import SAMPLE_BYTES, Reloads
from cocoproof.reading.source import Source
from cocoproof.rules.examples import dataset

RELOAD = ("COCO901", "COCO902", "COCO903", "COCO904", "COCO905")


def results(document: object, monkeypatch: pytest.MonkeyPatch, outcome: ReloadOutcome | None = None) -> dict[str, RuleResult]:
    if outcome is not None:
        monkeypatch.setattr(Reloads, "outcome", lambda *_: outcome)
    report = check_source(Source("x", json.dumps(document).encode()), CheckSettings(policy=Policy(consumers=(SUPERVISION,))))
    return {one.code: one for one in report.rules if one.code in RELOAD}


@pytest.mark.parametrize(
    ("stage", "skipped"),
    [
        (Stage.LOAD, RELOAD),
        (Stage.START, RELOAD),
        (Stage.COMPARE, ("COCO902", "COCO903", "COCO905")),
        (Stage.MASKS, ("COCO902", "COCO903", "COCO905")),
        (Stage.EVALUATE, ("COCO903",)),
    ],
)
def test_a_limit_is_not_an_error_of_the_file(stage: Stage, skipped: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = stage not in {Stage.LOAD, Stage.START}
    outcome = ReloadOutcome(loaded, Ending.LIMIT, stage, "took more than 120 s", counts=Counts(1, 1, 2))
    found = results(dataset(), monkeypatch, outcome)
    assert {code for code, one in found.items() if one.verdict is Verdict.SKIPPED} == set(skipped)
    assert not [code for code, one in found.items() if one.verdict in {Verdict.FAILED, Verdict.CRASHED}]
    assert all(found[code].reason == "not checked: the reader exceeded its limit (took more than 120 s)" for code in skipped)


def test_a_crash_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = ReloadOutcome(loaded=False, ending=Ending.DIED, stage=Stage.LOAD, failure="died of SIGSEGV")
    assert results(dataset(), monkeypatch, outcome)["COCO901"].verdict is Verdict.FAILED


def test_what_was_left_out_of_the_evaluation_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    boxes = SelfEvaluation("bbox", 1.0, ran=True)
    masks = SelfEvaluation("segm", None, ran=True, reason="1 crowded image left out", over_budget="1 crowded image left out")
    outcome = ReloadOutcome(loaded=True, ending=Ending.COMPLETE, stage=Stage.EVALUATE, evaluations=(boxes, masks))
    found = results(dataset(), monkeypatch, outcome)["COCO903"]
    assert (found.verdict, found.reason) == (
        Verdict.SKIPPED,
        "not checked, over the budget of operations: segm: 1 crowded image left out",
    )


@pytest.mark.parametrize("kind", ["annotation", "image", "categories"])
def test_a_sample_never_takes_what_is_far_too_long(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file over 4 MiB that one row makes so: no reader is asked to load it."""
    large = 9 << 20
    document = dataset()
    if kind == "annotation":
        document["annotations"][0]["note"] = "a" * large
    elif kind == "image":
        document["images"][0]["file_name"] = "a" * large
    else:
        document["categories"][0]["skeleton"] = [[1, 2]] * (large // 6)
    sent: list[int] = []
    submit = Reloads._write
    monkeypatch.setattr(Reloads, "_write", lambda self, data: (sent.append(len(data)), submit(self, data))[1])
    found = results(document, monkeypatch)
    assert not sent
    assert {one.verdict for one in found.values()} == {Verdict.SKIPPED}
    assert all("too long for a sample" in (one.reason or "") or "short enough" in (one.reason or "") for one in found.values())


def test_a_long_row_among_others_is_left_out_of_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    images = [{"id": k, "file_name": f"{k}.jpg", "width": 64, "height": 48} for k in range(1, 41)]
    rows = [{"id": k, "image_id": k, "note": "a" * (SAMPLE_BYTES // 4 if k > 1 else 9 * SAMPLE_BYTES)} for k in range(1, 41)]
    document = dataset(rows, images=images)
    sent: list[bytes] = []
    submit = Reloads._write
    monkeypatch.setattr(Reloads, "_write", lambda self, data: (sent.append(data), submit(self, data))[1])
    found = results(document, monkeypatch)
    assert 0 < len(sent[0]) < 5 * SAMPLE_BYTES
    assert found["COCO901"].verdict is Verdict.PASSED
    assert "checked on a sample" in (found["COCO901"].reason or "")
