"""Reports as `cocoproof check` writes them: several at once, each where it belongs."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from importlib.metadata import metadata
from typing import TYPE_CHECKING, Any

import pytest

from cocoproof.cli.main import run
from cocoproof.reports.formats import FORMAT_NAMES, FORMATS
from cocoproof.rules import catalogue
from cocoproof.rules.examples import dataset

if TYPE_CHECKING:
    from pathlib import Path

    from cocoproof.rules.rule import RuleContext, Violations

EXTRAS = set(metadata("cocoproof").get_all("Provides-Extra") or ())


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    (tmp_path / "good.json").write_text(json.dumps(dataset()), encoding="utf-8")
    (tmp_path / "bad.json").write_text(json.dumps(dataset([{"id": 0}, {}])), encoding="utf-8")
    return tmp_path


def check(*arguments: str) -> int:
    return run(["check", "--reload", "never", "--no-images", *arguments])


def test_all_formats_in_one_run_say_the_same_as_each_alone(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs = [word for one in FORMAT_NAMES for word in ("--output-format", one, f"out.{one}")]
    assert check("bad.json", "good.json", *pairs) == 1
    assert capsys.readouterr().out == (here / "out.text").read_text(encoding="utf-8")
    for one in FORMAT_NAMES:
        assert check("bad.json", "good.json", "--format", one) == 1
        assert capsys.readouterr().out == (here / f"out.{one}").read_text(encoding="utf-8"), one


def test_the_main_report_may_go_to_a_file_too(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check("bad.json", "--format", "sarif", "--output", "a.sarif", "--output-format", "junit", "a.xml") == 1
    assert capsys.readouterr().out == ""
    assert json.loads((here / "a.sarif").read_text())["version"] == "2.1.0"
    assert (here / "a.xml").read_text().startswith("<?xml")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--output", "a", "--output-format", "json", "./a"], "the json report cannot be written to a: the text report goes there"),
        (["--output-format", "json", "a", "--output-format", "sarif", "b/../a"], "the json report goes there"),
        (["--output-format", "json", "bad.json"], "the json report cannot be written to bad.json: it is checked"),
        (["--output", "bad.json"], "the text report cannot be written to bad.json: it is checked"),
        (["--output-format", "json", "-"], "two reports cannot be written to standard output"),
        (["--output-format", "yaml", "a"], "'yaml' is not one of"),
        (["--output-format", "json", "."], "is a directory"),
        (["--output-format", "json"], "2 arguments"),
    ],
)
def test_reports_that_cannot_both_be_written(here: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "b").mkdir()
    before = {path: path.read_bytes() for path in here.glob("*.json")}
    assert check("bad.json", *arguments) == 2
    assert said in capsys.readouterr().err
    assert {path: path.read_bytes() for path in here.iterdir() if path.is_file()} == before


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_to_the_file_that_is_judged_is_seen_through(here: Path) -> None:
    (here / "link").symlink_to(here / "bad.json")
    assert check("bad.json", "--output-format", "json", "link") == 2


@pytest.mark.parametrize("option", ["--categories", "--gt", "--config"])
def test_what_the_run_reads_is_not_written_over(here: Path, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    texts = {"--categories": "cat\ndog\n", "--gt": (here / "good.json").read_text(encoding="utf-8"), "--config": 'fail-on = "note"\n'}
    (here / "read").write_text(texts[option], encoding="utf-8")
    for arguments in (["--output", "read"], ["--output-format", "json", "read"]):
        assert check("good.json", option, "read", *arguments) == 2
        assert (here / "read").read_text(encoding="utf-8") == texts[option]
        assert "it is the " in capsys.readouterr().err
    (here / "cocoproof.toml").write_text('categories = "read"\n', encoding="utf-8")
    if option == "--categories":  # of the configuration, too
        assert check("good.json", "--output", "read") == 2
        assert check("good.json", "--output", "cocoproof.toml") == 2


def test_a_report_that_cannot_be_written_is_said_before_anything_is_read(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cocoproof.checking.check_file.check_file", None)
    for place in ("no/such/folder/a.sarif", "good.json/a.sarif"):
        assert check("good.json", "--output-format", "sarif", place) == 2
        assert "cannot write" in capsys.readouterr().err
    assert check("good.json", "--baseline", "no/such/folder/a.json", "--update-baseline") == 2
    assert "cannot write" in capsys.readouterr().err


def test_a_report_may_have_the_longest_name_that_there_is(here: Path) -> None:
    name = "r" * 255
    assert check("good.json", "--output", name) == 0
    assert (here / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("format_", FORMAT_NAMES)
def test_a_rule_that_fails_inside_is_3_in_every_format(
    here: Path, format_: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(context: RuleContext) -> Violations:
        raise ZeroDivisionError(context.coco.kind.value)

    broken = [replace(rule, check=failing) if rule.code == "COCO501" else rule for rule in catalogue.RULES]
    monkeypatch.setattr(catalogue, "RULES", tuple(broken))
    assert check("good.json", "--format", format_) == 3
    assert "ZeroDivisionError" in capsys.readouterr().out


def test_the_summary_of_a_github_job_is_added_to(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = here / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    arguments = ("good.json", "--output-format", "markdown", str(summary))
    assert check(*arguments) == 0
    once = summary.read_text(encoding="utf-8")
    assert once.startswith("## cocoproof: ")
    assert check(*arguments) == 0
    assert summary.read_text(encoding="utf-8") == once + once
    summary.write_text("before", encoding="utf-8")
    assert check(*arguments) == 0
    assert summary.read_text(encoding="utf-8") == "before\n" + once
    # Any other file is replaced.
    other = here / "other.md"
    for _ in range(2):
        assert check("good.json", "--output-format", "markdown", str(other)) == 0
    assert other.read_text(encoding="utf-8") == once


def sarif_marks(text: str) -> list[Any]:
    (sarif_run,) = json.loads(text)["runs"]
    return [result["partialFingerprints"]["cocoproof/v1"] for result in sarif_run["results"]]


def test_findings_keep_their_marks_when_rows_move_and_ids_change(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check("bad.json", "--format", "sarif")
    before = sarif_marks(capsys.readouterr().out)
    document = dataset([{}, {"id": 0}])
    document["annotations"] = [row | {"id": row["id"] and 700} for row in reversed(dataset([{"id": 0}, {}])["annotations"])]
    (here / "bad.json").write_text(json.dumps(document, indent=2), encoding="utf-8")
    check("bad.json", "--format", "sarif")
    after = sarif_marks(capsys.readouterr().out)
    assert len(before) > 1
    assert set(before) <= set(after)


def test_no_format_but_those_that_need_them_works_out_fingerprints(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("asked for")

    monkeypatch.setattr("cocoproof.checking.fingerprints.Fingerprints.of", refuse)
    for one in FORMAT_NAMES:
        assert check("bad.json", "--format", one) == (3 if one in {"json", "sarif", "gitlab"} else 1)


def test_notes_are_folded_on_request(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check("bad.json") == 1
    plain = capsys.readouterr().out
    for format_ in ("text", "github"):
        assert check("bad.json", "--fold-notes", "--format", format_) == 1
        folded = capsys.readouterr().out
        assert len(folded.splitlines()) < len(plain.splitlines()) + 20 * (format_ == "github")
        (line,) = (line for line in folded.splitlines() if " notes: COCO" in line or " note: COCO" in line)
        assert line.endswith("2 notes: COCO304 unused-category, COCO407 annotation-ids-not-contiguous")
        assert "COCO304 unused-category · 1 note" in plain
        assert "COCO304 unused-category · " not in folded


def test_every_format_is_described(here: Path) -> None:
    assert len({one.name for one in FORMATS}) == len(FORMATS)
    for one in FORMATS:
        assert re.fullmatch(r"[a-z]+", one.name)
        assert re.fullmatch(r"\.[a-z]+", one.extension)
        assert one.audience
        assert one.contents
        assert one.extra is None or one.extra in EXTRAS


@pytest.mark.parametrize("format_", [one.name for one in FORMATS if one.extra])
def test_a_format_without_its_extra_is_a_usage_error(
    here: Path, format_: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cocoproof.reports.report_format.find_spec", lambda _: None)
    assert check("bad.json", "--format", format_) == 2
    assert f"pip install 'cocoproof[{format_}]'" in capsys.readouterr().err
