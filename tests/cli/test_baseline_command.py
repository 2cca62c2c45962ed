"""`cocoproof check --baseline`, as a project uses it over time."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.acceptance.shuffling import shuffled

from cocoproof.cli.main import run
from cocoproof.reports.formats import FORMAT_NAMES
from cocoproof.rules import catalogue
from cocoproof.rules.examples import dataset

if TYPE_CHECKING:
    from pathlib import Path

    from cocoproof.rules.rule import RuleContext, Violations

BROKEN = dataset([{"id": 0}, {"bbox": [4, 5, 0, 16]}, {}], images=[{}, {"file_name": "../2.jpg"}])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "a.json", BROKEN)
    return tmp_path


def write(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document), encoding="utf-8")


def check(*arguments: str) -> int:
    return run(["check", "--reload", "never", "--no-images", *arguments])


BASELINE = ("--baseline", "baseline.json")


def test_from_the_first_day_to_the_last_defect(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check("a.json") == 1
    capsys.readouterr()
    assert check("a.json", *BASELINE, "--update-baseline", "--fail-on", "note") == 0
    captured = capsys.readouterr()
    assert "baseline.json: 6 accepted in 1 file; 6 added, 0 removed" in captured.err
    assert "6 accepted by the baseline" in captured.out

    write(here / "a.json", shuffled(BROKEN, 2))
    assert check("a.json", *BASELINE, "--fail-on", "note") == 0
    assert "no longer found" not in capsys.readouterr().out

    worse = shuffled(BROKEN, 2)
    worse["annotations"].insert(
        1, {**dataset()["annotations"][0], "id": 99, "bbox": [40, 5, 20, 16], "area": -1, "segmentation": [[40, 5, 60, 5, 60, 21, 40, 21]]}
    )
    write(here / "a.json", worse)
    assert check("a.json", *BASELINE, "--format", "json", "--select", "COCO5,COCO2") == 1
    report = json.loads(capsys.readouterr().out)
    assert [(finding["code"], finding["annotation_id"]) for finding in report["files"][0]["findings"]] == [("COCO507", 99)]
    assert report["summary"] == {"errors": 1, "warnings": 0, "notes": 0}
    verdicts = {one["code"]: (one["verdict"], one["count"]) for one in report["files"][0]["rules"]}
    assert verdicts["COCO507"] == ("failed", 1)
    assert verdicts["COCO207"] == ("skipped", 0)

    write(here / "a.json", dataset([{}, {"bbox": [4, 5, 0, 16]}, {}], images=[{}, {"file_name": "../2.jpg"}]))
    assert check("a.json", *BASELINE) == 0
    out = capsys.readouterr().out
    assert "in the baseline, no longer found (--update-baseline removes them)\n    a.json: COCO207" in out
    assert check("a.json", *BASELINE, "--update-baseline") == 0
    assert "0 added, 2 removed" in capsys.readouterr().err
    before = (here / "baseline.json").read_bytes()
    assert check("a.json", *BASELINE, "--update-baseline") == 0
    assert (here / "baseline.json").read_bytes() == before

    write(here / "a.json", dataset())
    assert check("a.json", *BASELINE, "--update-baseline") == 0
    write(here / "a.json", BROKEN)
    assert check("a.json", *BASELINE) == 1


@pytest.mark.parametrize("format_", FORMAT_NAMES)
def test_the_exit_code_does_not_depend_on_the_format(here: Path, format_: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert check("a.json", *BASELINE, "--update-baseline", "--format", format_) == 0
    assert check("a.json", *BASELINE, "--format", format_, "--fail-on", "note") == 0
    capsys.readouterr()
    write(here / "a.json", dataset([{"id": 0}, {"id": 2, "area": -7}]))
    assert check("a.json", *BASELINE, "--format", format_) == 1
    out, err = capsys.readouterr()
    assert "COCO507" in out
    shown = (" removes them" in out, " removes them" in err)
    assert shown == ((True, False) if format_ in {"text", "github", "markdown"} else (False, False) if format_ == "html" else (False, True))
    if format_ == "sarif":
        assert {result["baselineState"] for result in json.loads(out)["runs"][0]["results"]} == {"new"}
    if format_ == "html":
        assert "3 accepted by the baseline</span>" in out
        assert "3 in the baseline, no longer found</span>" in out
    if format_ == "markdown":
        assert "3 findings of the baseline were not found" in out
        assert "3 accepted by the baseline" in out.splitlines()[0]


def test_files_that_this_run_does_not_judge_stay_in_the_baseline(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "sub").mkdir()
    write(here / "sub" / "b.json", BROKEN)
    assert check("a.json", "sub", *BASELINE, "--update-baseline") == 0
    write(here / "a.json", dataset())
    assert check("a.json", *BASELINE, "--update-baseline") == 0
    assert list(json.loads((here / "baseline.json").read_text())["files"]) == ["a.json", "sub/b.json"]
    assert check("sub", *BASELINE) == 0
    # A baseline beside the files is not one of them.
    assert check(".", *BASELINE) == 0


def test_the_configuration_names_the_baseline(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "conf").mkdir()
    (here / "conf" / "cocoproof.toml").write_text('baseline = "accepted.json"\n')
    arguments = ("a.json", "--config", "conf/cocoproof.toml")
    assert check(*arguments, "--update-baseline") == 0
    assert list(json.loads((here / "conf" / "accepted.json").read_text())["files"]) == ["../a.json"]
    assert check(*arguments) == 0
    assert check(*arguments, "--no-baseline") == 1
    assert check(*arguments, "--no-baseline", "--update-baseline") == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--update-baseline"], "--update-baseline needs --baseline FILE"),
        ([*BASELINE], "--update-baseline writes one"),
        (["--baseline", "a.json"], "is the baseline, and there is no other file to check"),
        (["--baseline", "broken.json"], "invalid JSON: a value is expected (line 1, column 1)"),
        (["--baseline", "broken.json", "--update-baseline"], "invalid JSON: a value is expected (line 1, column 1)"),
        (["--baseline", "."], "regular file"),
        ([*BASELINE, "--update-baseline", "--output", "./baseline.json"], "it is the baseline"),
    ],
)
def test_wrong_usage(here: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "broken.json").write_text("<<<<<<< HEAD\n")
    assert check("a.json", *arguments) == 2
    assert said in capsys.readouterr().err
    assert (here / "broken.json").read_text() == "<<<<<<< HEAD\n"


def test_a_file_that_cannot_be_judged_cannot_be_accepted(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "cut.json").write_text('{"images": [')
    assert check("a.json", "cut.json", "missing.json", *BASELINE, "--update-baseline") == 1
    assert list(json.loads((here / "baseline.json").read_text())["files"]) == ["a.json"]
    assert check("cut.json", *BASELINE) == 1


def test_after_a_crash_the_baseline_is_left_as_it_was(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check("a.json", *BASELINE, "--update-baseline") == 0
    before = (here / "baseline.json").read_bytes()

    def failing(context: RuleContext) -> Violations:
        raise ZeroDivisionError(context.coco.kind.value)

    broken = [replace(rule, check=failing) if rule.code == "COCO501" else rule for rule in catalogue.RULES]
    monkeypatch.setattr(catalogue, "RULES", tuple(broken))
    assert check("a.json", *BASELINE) == 3
    assert check("a.json", *BASELINE, "--update-baseline") == 3
    assert "was not changed" in capsys.readouterr().err
    assert (here / "baseline.json").read_bytes() == before


def labelled(names: str, ids: list[int]) -> Any:
    categories = [{"id": number, "name": name} for number, name in zip(ids, names.split(), strict=True)]
    return dataset([{"category_id": ids[0]}], categories=categories)


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        (labelled("dog cat bird horse", [1, 2, 3, 4]), labelled("cat bird dog horse", [1, 2, 3, 4]), "COCO401"),
        (labelled("cat dog bird horse", [2, 3, 4, 1]), labelled("cat dog bird horse", [3, 4, 1, 2]), "COCO409"),
        (dataset([{"area": 1300}], categories=[{}, {}, {}, {}]), dataset([{"area": 99999}], categories=[{}, {}, {}, {}]), "COCO506"),
        (
            dataset([{"category_id": 9}], categories=[{}, {}, {}, {}]),
            dataset([{"category_id": 77}], categories=[{}, {}, {}, {}]),
            "COCO302",
        ),
    ],
    ids=["order", "ids", "area", "dangling"],
)
def test_another_relabelling_and_another_wrong_value_are_new(
    here: Path, first: Any, second: Any, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(here / "classes.json", labelled("cat dog bird horse", [1, 2, 3, 4]))
    options = ("a.json", *BASELINE, "--categories", "classes.json", "--select", code, "--fail-on", "warning")
    write(here / "a.json", first)
    assert check(*options, "--update-baseline") == 0
    assert check(*options) == 0
    write(here / "a.json", second)
    capsys.readouterr()
    assert check(*options) == 1
    assert code in capsys.readouterr().out


@pytest.mark.parametrize("options", [[], ["--update-baseline"]])
def test_a_baseline_of_the_first_format_is_refused_with_the_way_out(
    here: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    entry = {"code": "COCO501", "fingerprint": "ed6149b12c810203", "count": 1, "hint": "seen by QA"}
    write(here / "baseline.json", {"format_version": 1, "files": {"a.json": [entry]}})
    before = (here / "baseline.json").read_bytes()
    assert check("a.json", *BASELINE, *options) == 2
    assert "format_version is 1, and this release reads 2" in (message := capsys.readouterr().err)
    assert "Remove the file, and write it again with --update-baseline" in " ".join(message.split())
    assert (here / "baseline.json").read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="no FIFO on Windows")
def test_a_fifo_as_baseline_is_no_hang(here: Path) -> None:
    os.mkfifo(here / "pipe")
    assert check("a.json", "--baseline", "pipe") == 2
    assert check("a.json", "--baseline", "pipe", "--update-baseline") == 2
