"""`cocoproof check` as people and machines call it: exit codes, formats, selection, configuration."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import cocoproof
from cocoproof.cli.main import run
from cocoproof.images.png_writer import black_png
from cocoproof.reports.formats import FORMAT_NAMES
from cocoproof.rules.examples import GONE, dataset, results

GOOD = dataset()
BAD = dataset([{"id": 0}])
WARNED = dataset([{"bbox": [4, 5, 70, 16], "area": 1120, "segmentation": [[4, 5, 74, 5, 74, 21, 4, 21]]}])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, document in (("good.json", GOOD), ("bad.json", BAD), ("warned.json", WARNED)):
        (tmp_path / name).write_text(json.dumps(document), encoding="utf-8")
    return tmp_path


def check(*arguments: str) -> int:
    return run(["check", "--reload", "never", *arguments])


def as_json(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("format_", FORMAT_NAMES)
def test_exit_codes_do_not_depend_on_the_format(here: Path, format_: str) -> None:
    assert check("good.json", "--format", format_) == 0
    assert check("bad.json", "--format", format_) == 1
    assert check("warned.json", "--format", format_) == 0
    assert check("warned.json", "--fail-on", "warning", "--format", format_) == 1
    assert check("good.json", "--format", format_, "--select", "COCO999999") == 2


def test_the_shape_of_the_json_report(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check("bad.json", "--format", "json")
    report = as_json(capsys)
    assert list(report) == ["format_version", "tool", "files", "summary", "profiles"]
    assert report["format_version"] == 1
    assert report["tool"] == {"name": "cocoproof", "version": "0.1.0"}
    (file,) = report["files"]
    assert list(file) == ["path", "kind", "counts", "images", "panoptic", "findings", "rules", "summary", "arrives", "baseline", "dialects"]
    assert file["kind"] == "instances"
    assert file["counts"] == {"images": 1, "annotations": 1, "categories": 2}
    finding = next(finding for finding in file["findings"] if finding["code"] == "COCO207")
    assert list(finding) == [
        *("code", "name", "severity", "message", "pointer", "line", "column", "image_id", "annotation_id", "category_id"),
        *("fingerprint", "related", "consequences"),
    ]
    assert finding["pointer"] == "/annotations/0/id"
    assert (finding["line"], finding["severity"], finding["annotation_id"]) == (1, "error", 0)
    own = next(rule for rule in file["rules"] if rule["code"] == "COCO207")
    assert own == {
        "code": "COCO207",
        "verdict": "failed",
        "count": 1,
        "reason": None,
        "accepted": 0,
        "explained": 0,
        "consequences": finding["consequences"],
    }
    assert report["summary"] == {"errors": 1, "warnings": 0, "notes": sum(f["severity"] == "note" for f in file["findings"])}


def test_the_same_input_gives_the_same_bytes(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check("bad.json", "--format", "json")
    first = capsys.readouterr().out
    check("bad.json", "--format", "json")
    assert capsys.readouterr().out == first


def test_select_and_ignore_take_codes_prefixes_and_names(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def codes(*arguments: str) -> list[str]:
        check("bad.json", "--format", "json", *arguments)
        return [rule["code"] for rule in as_json(capsys)["files"][0]["rules"] if rule["code"] != "COCO999"]

    assert codes("--select", "COCO50") == [f"COCO50{k}" for k in range(1, 10)]
    assert codes("--select", "annotation-id-zero,COCO501") == ["COCO207", "COCO501"]
    assert "COCO207" not in codes("--ignore", "annotation-id-zero")
    assert "COCO501" not in codes("--ignore", "COCO5")


def test_an_unknown_rule_is_a_usage_error_with_the_nearest_match(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check("bad.json", "--select", "annotation-id-zer") == 2
    assert "did you mean annotation-id-zero" in capsys.readouterr().err


def test_folders_globs_and_gzip(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = here / "sub" / "deeper"
    folder.mkdir(parents=True)
    (folder / "packed.json.gz").write_bytes(gzip.compress(json.dumps(BAD).encode()))
    (folder / "notes.txt").write_text("no json")
    assert check("sub", "--format", "json") == 1
    report = as_json(capsys)
    assert [Path(file["path"]).name for file in report["files"]] == ["packed.json.gz"]
    assert check("*.json", "--format", "json") == 1
    assert [file["path"] for file in as_json(capsys)["files"]] == ["bad.json", "good.json", "warned.json"]
    assert check("*.yaml") == 2
    assert check(str(here / "missing.json"), "--format", "json") == 1
    assert as_json(capsys)["files"][0]["findings"][0]["code"] == "COCO001"


def test_standard_input(here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(BAD).encode())))
    assert check("-", "--format", "json") == 1
    assert as_json(capsys)["files"][0]["path"] == "-"


def test_output_goes_to_a_file_whole_or_not_at_all(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check("bad.json", "--format", "json", "--output", "report.json") == 1
    assert capsys.readouterr().out == ""
    assert json.loads((here / "report.json").read_text())["summary"]["errors"] == 1
    assert check("bad.json", "--output", "no/such/folder/report.txt") == 2
    assert sorted(path.name for path in here.iterdir() if path.name.startswith(".")) == []


def test_the_text_is_plain_in_a_pipe_and_escapes_what_files_say(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "evil\x1b[2J\u202egpj.exe"
    (here / "evil.json").write_text(json.dumps(dataset([{"id": 0}], images=[{"file_name": name}])), encoding="utf-8")
    assert check("evil.json") == 1
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "evil\\x1b[2J\\u202egpj.exe" in out


def test_colour_on_request(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check("bad.json", "--color")
    assert "\x1b[31" in capsys.readouterr().out


def test_results_are_held_to_the_ground_truth(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "results.json").write_text(json.dumps(results([{}, {"image_id": 77}])), encoding="utf-8")
    assert check("results.json", "--gt", "good.json", "--format", "json") == 1
    report = as_json(capsys)
    assert report["files"][0]["kind"] == "results"
    assert [finding["code"] for finding in report["files"][0]["findings"]] == ["COCO911"]
    assert check("results.json", "--gt", "results.json") == 2
    assert "ground truth" in capsys.readouterr().err


def test_the_configuration_sets_options_and_the_command_line_wins(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "pyproject.toml").write_text(
        '[tool.cocoproof]\nignore = ["COCO207"]\nfail-on = "warning"\n[tool.cocoproof.thresholds]\nbox-tolerance = 99\npolygon-tolerance = 99\n'
    )
    assert check("bad.json") == 0
    assert check("warned.json") == 0
    assert check("warned.json", "--threshold", "box-tolerance=1") == 1
    assert check("warned.json", "--threshold", "box-tolerance=1", "--fail-on", "error") == 0
    capsys.readouterr()
    (here / "pyproject.toml").write_text('[tool.cocoproof]\nignor = ["COCO207"]\n')
    assert check("bad.json") == 2
    assert "did you mean 'ignore'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["ignore = 3", "fail-on = 'fatal'", "max-findings = true", "thresholds = 1", "[thresholds]\nbox-tolerance = 'wide'", "= broken"]
)
def test_a_wrong_configuration_is_a_usage_error(here: Path, text: str) -> None:
    (here / "cocoproof.toml").write_text(text)
    assert check("good.json") == 2


def test_a_lock_holds_the_next_export_to_the_categories(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lock", "good.json"]) == 0
    assert run(["lock", "good.json"]) == 2  # it is not written over
    assert check("good.json", "--categories", "good.categories.toml") == 0
    (here / "swapped.json").write_text(json.dumps(dataset(categories=[{"name": "dog"}, {"name": "cat"}])), encoding="utf-8")
    capsys.readouterr()
    assert check("swapped.json", "--categories", "good.categories.toml", "--format", "json") == 1
    assert {finding["code"] for finding in as_json(capsys)["files"][0]["findings"]} & {"COCO401", "COCO409"}
    assert check("good.json", "--categories", "missing.toml") == 2


def test_a_defect_of_the_tool_is_said_in_a_line(here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def burst(*_: object) -> None:
        raise ZeroDivisionError("by \x1b[2J zero")

    monkeypatch.setattr("cocoproof.cli.check.run_check", burst)
    assert check("good.json") == 3
    err = capsys.readouterr().err
    assert "Traceback" not in err
    assert "\x1b" not in err
    assert "ZeroDivisionError" in err


def test_max_findings_cuts_the_list_and_not_the_count(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "many.json").write_text(json.dumps(dataset([{"bbox": [4, 5, 0, 16]}] * 9)), encoding="utf-8")
    check("many.json", "--format", "json", "--select", "COCO501", "--max-findings", "2")
    report = as_json(capsys)
    assert len(report["files"][0]["findings"]) == 2
    assert report["summary"]["errors"] == 9


@pytest.mark.skipif(os.name == "nt", reason="no FIFO on Windows")
def test_a_fifo_is_a_finding_and_no_hang(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(here / "pipe.json")
    assert check("pipe.json", "--format", "json") == 1
    assert as_json(capsys)["files"][0]["findings"][0]["code"] == "COCO001"


@pytest.mark.parametrize(
    "arguments",
    [
        ["rules"],
        ["rules", "COCO5", "--format", "json"],
        ["explain", "COCO501"],
        ["explain", "box-not-positive"],
        ["--version"],
        ["--help"],
        ["check", "--help"],
    ],
)
def test_commands_that_tell(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 0
    assert capsys.readouterr().out.strip()


def test_demo_finds_the_faults_that_it_made(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["demo", "--keep", str(tmp_path / "demo")]) == 0
    out = capsys.readouterr().out
    for code in ("COCO006", "COCO106", "COCO202", "COCO207", "COCO302", "COCO401", "COCO608"):
        assert code in out
    assert sorted(path.name for path in (tmp_path / "demo").rglob("*")) == [
        "classes.txt",
        "exported.json",
        "images",
        "instances.json",
        "park.png",
        "report.html",
        "street.png",
        "yard.png",
    ]


def test_demo_says_where_its_files_are_and_writes_over_none(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = here / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    assert run(["demo", "--keep", "."]) == 0
    out = capsys.readouterr().out
    assert "\u2717 instances.json  instances" in out
    assert "image 3, yard.png" in out
    (empty / "instances.json").write_text("mine", encoding="utf-8")
    assert run(["demo", "--keep", "."]) == 2
    assert (empty / "instances.json").read_text(encoding="utf-8") == "mine"
    assert "not empty" in capsys.readouterr().err


def test_demo_where_no_folder_can_be_made(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--keep", str(here / "good.json" / "demo")]) == 2
    assert "cannot make the dataset in" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_to_nothing_in_a_folder_is_a_finding(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = here / "links"
    (folder / "more.json").mkdir(parents=True)
    (folder / "folder.json").symlink_to("more.json")
    (folder / "good.json").symlink_to("../good.json")
    assert check(str(folder)) == 0
    capsys.readouterr()
    (folder / "gone.json").symlink_to("nowhere")
    assert check(str(folder), "--format", "json") == 1
    found = [(file["path"], finding["code"]) for file in as_json(capsys)["files"] for finding in file["findings"]]
    assert (str(folder / "gone.json"), "COCO001") in found
    assert {path for path, _ in found} <= {str(folder / "gone.json"), str(folder / "good.json")}


@pytest.mark.parametrize("option", ["--for", "--profile", "--images", "--panoptic"])
def test_an_option_that_asks_for_more_is_not_empty(here: Path, option: str) -> None:
    assert check("good.json", option, "") == 2


def test_one_rule_is_no_rules(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check("good.json", "--select", "COCO501") == 0
    assert "\u00b7 1 rule passed" in capsys.readouterr().out


@pytest.mark.parametrize("chosen", [("--select", "COCO501"), ("--select", "COCO5", "--ignore", "COCO2")])
def test_a_file_that_cannot_be_judged_is_not_clean_whatever_was_selected(
    here: Path, chosen: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "cut.json").write_text('{"images": [', encoding="utf-8")
    (here / "other.json").write_text("{}", encoding="utf-8")
    for name, code in (("missing.json", "COCO001"), ("cut.json", "COCO002"), ("other.json", "COCO109")):
        assert check(name, *chosen, "--format", "json") == 1
        (file,) = as_json(capsys)["files"]
        assert [finding["code"] for finding in file["findings"]] == [code]
        assert (code, "failed") in [(rule["code"], rule["verdict"]) for rule in file["rules"]]
    assert check("other.json", "--ignore", "COCO109") == 0


def test_nothing_to_judge_by_is_wrong_usage(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check("good.json", "--ignore", "COCO") == 2
    assert check("good.json", "--select", "COCO501", "--ignore", "COCO5") == 2
    assert "there is no rule to run" in capsys.readouterr().err


def test_a_path_that_is_empty_or_too_long(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check("") == 2  # not the current folder, as for pathlib
    assert check("a" * 5000, "--format", "json") == 1
    assert [finding["code"] for finding in as_json(capsys)["files"][0]["findings"]] == ["COCO001"]


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell")
@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("{} good.json <&-", 0),
        ("{} good.json >&-", 0),
        ("{} good.json 2>&-", 0),
        ("{} bad.json >&- 2>&-", 1),
        ("{} - <&-", 1),
        ("({} good.json; echo $? >&2) | true", 0),
        ("({} bad.json; echo $? >&2) | true", 0),
    ],
)
def test_standard_streams_that_are_closed(here: Path, command: str, code: int) -> None:
    tool = f"{sys.executable} -m cocoproof check --reload never"
    done = subprocess.run(["sh", "-c", command.format(tool)], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == code
    if "| true" in command:  # the verdict's exit code, not the pipe's
        assert done.stderr.split() == ["1" if "bad" in command else "0"]
    else:
        assert not done.stderr


def test_the_library_takes_one_code_and_refuses_what_means_nothing(here: Path) -> None:
    report = cocoproof.check("bad.json", select="COCO207", ignore="COCO5", reload="never")
    assert [rule.code for rule in report.files[0].rules] == ["COCO207"]
    for wrong in ({"max_findings": -1}, {"kind": "unknown"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            cocoproof.check("bad.json", reload="never", **wrong)  # type: ignore[arg-type]


@pytest.mark.skipif(os.name == "nt", reason="no FIFO on Windows")
def test_a_configuration_that_is_no_regular_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(here / "fifo.toml")
    assert check("good.json", "--config", "fifo.toml") == 2
    assert "not a regular file" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="no such names there")
def test_lock_escapes_the_path_that_it_prints(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "a\x1b[31m\n::error::x\u202e.toml"
    assert run(["lock", "good.json", "--output", name]) == 0
    said = capsys.readouterr().out
    assert said == "2 categories written to a\\x1b[31m\\x0a::error::x\\u202e.toml\n"
    assert (here / name).exists()


def test_lock_of_a_name_that_is_too_long(here: Path) -> None:
    assert run(["lock", "a" * 5000]) == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps the current folder")
def test_a_current_folder_that_is_gone(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "gone").mkdir()
    os.chdir(here / "gone")
    (here / "gone").rmdir()
    assert check(str(here / "good.json")) == 2
    assert "does not exist any more" in capsys.readouterr().err


def test_profiles_on_the_command_line_and_in_the_configuration(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def severities(*arguments: str) -> dict[str, str]:
        check("bare.json", "--format", "json", *arguments)
        return {finding["code"]: finding["severity"] for finding in as_json(capsys)["files"][0]["findings"]}

    bare = dataset([{"id": 0}], document={"info": GONE})
    (here / "bare.json").write_text(json.dumps(bare), encoding="utf-8")
    assert severities()["COCO107"] == "note"
    assert severities("--profile", "release")["COCO107"] == "error"
    assert severities("--for", "supervision")["COCO207"] == "note"
    assert severities("--for", "supervision, pycocotools") == severities("--for", "pycocotools", "--for", "supervision")
    assert severities("--for", "supervision,pycocotools")["COCO207"] == "error"
    (here / "cocoproof.toml").write_text('profile = "release"\nfor = ["supervision"]\n')
    assert severities()["COCO107"] == "error"
    assert severities("--profile", "default")["COCO107"] == "note"
    assert severities("--profile", "default")["COCO207"] == "note"
    assert severities("--profile", "default", "--for", "pycocotools")["COCO207"] == "error"
    check("bare.json")
    assert capsys.readouterr().out.startswith("profiles: release, supervision\n\n")


def test_the_shape_of_the_json_does_not_depend_on_a_profile(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check("bad.json", "--format", "json")
    without = as_json(capsys)
    check("bad.json", "--format", "json", "--profile", "release", "--for", "supervision")
    within = as_json(capsys)
    assert list(within) == list(without)
    assert list(within["files"][0]) == list(without["files"][0])


@pytest.mark.parametrize("arguments", [("--profile", "relase"), ("--for", "pycocotool"), ("--for", "supervision,release")])
def test_an_unknown_profile_is_wrong_usage(here: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, str]) -> None:
    assert check("good.json", *arguments) == 2
    assert "Error: unknown " in capsys.readouterr().err
    assert run(["rules", *arguments]) == 2


def test_the_catalogue_as_a_profile_sees_it(capsys: pytest.CaptureFixture[str]) -> None:
    def listed(*arguments: str) -> dict[str, str | None]:
        assert run(["rules", "--format", "json", *arguments]) == 0
        return {rule["code"]: rule["severity"] for rule in json.loads(capsys.readouterr().out)}

    plain, seen = listed(), listed("--for", "pycocotools")
    assert plain.keys() == seen.keys()
    assert (plain["COCO404"], seen["COCO404"]) == ("warning", "note")
    assert (plain["COCO904"], seen["COCO904"]) == ("error", None)
    assert run(["rules", "COCO904", "--for", "pycocotools"]) == 0
    assert capsys.readouterr().out.startswith("COCO904  off ")


def test_a_release_of_several_files_compares_them_unless_told_otherwise(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "copy.json").write_text(json.dumps(GOOD), encoding="utf-8")

    def leaks(*arguments: str) -> str:
        check("good.json", "copy.json", "--format", "json", *arguments)
        (result,) = (rule for rule in as_json(capsys)["files"][1]["rules"] if rule["code"] == "COCO851")
        return str(result["verdict"])

    assert leaks() == "skipped"
    assert leaks("--profile", "release") == "failed"
    assert leaks("--profile", "release", "--no-splits") == "skipped"
    (here / "cocoproof.toml").write_text('splits = false\nprofile = "release"\n')
    assert leaks() == "skipped"
    assert leaks("--splits") == "failed"


def test_a_release_decodes_its_pictures_unless_told_otherwise(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "cut.json").write_text(json.dumps(dataset(images=[{"file_name": "1.png"}])), encoding="utf-8")
    image = black_png(64, 48)
    (here / "1.png").write_bytes(image[:41] + bytes(len(image) - 57) + image[-16:])  # its header and its end are intact

    def readable(*arguments: str) -> str:
        check("cut.json", "--format", "json", *arguments)
        (result,) = (rule for rule in as_json(capsys)["files"][0]["rules"] if rule["code"] == "COCO802")
        return str(result["verdict"])

    assert readable() == "passed"
    assert readable("--profile", "release") == "failed"
    assert readable("--profile", "release", "--no-decode") == "passed"
    assert check("cut.json", "--profile", "release", "--no-images") == 1
    assert "the profile requires it: needs a folder of images" in capsys.readouterr().out


def test_the_html_report_goes_to_a_file_and_the_exit_code_stays(here: Path) -> None:
    (here / "bad.json").write_text(json.dumps(dataset([{"bbox": [4, 5, 0, 16]}])), encoding="utf-8")
    assert check("good.json", "--format", "html", "--output", "good.html") == 0
    assert check("bad.json", "--format", "html", "--output", "bad.html") == 1
    assert "box-not-positive" in (here / "bad.html").read_text(encoding="utf-8")
    assert check("bad.json", "--select", "COCO502", "--format", "html", "--output", "bad.html") == 0
    assert "box-not-positive" not in (here / "bad.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(("absent", "told"), [("jinja2", "Jinja2"), ("PIL", "Pillow")])
def test_an_html_report_without_its_packages_is_wrong_usage_that_names_the_extra(here: Path, absent: str, told: str) -> None:
    code = f"import sys; sys.modules[{absent!r}] = None; from cocoproof.cli.main import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", code, "check", "good.json", "--format", "html", "--output", "a.html"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert told in done.stderr
    assert "pip install 'cocoproof[html]'" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (here / "a.html").exists()


@pytest.mark.parametrize("content", [None, b"{", b"[1]", b'{"a": 1}'])
def test_a_file_that_is_not_a_coco_file_says_just_that(here: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]) -> None:
    path = here / "other.json"
    if content is not None:
        path.write_bytes(content)
    assert check("other.json") == 1
    out = capsys.readouterr().out
    assert out.startswith("✗ other.json  not checked\n")
    assert out.endswith("no rule could be checked\n")
    assert "skipped" not in out
    assert "passed" not in out
