"""Which files become tests, which tests, under which ids; and what is wrong usage."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from cocoproof.rules.catalogue import RULES

pytest_plugins = ["pytester"]

TEST = "def test_ordinary(): pass"


def files(ids: list[str]) -> list[str]:
    return list(dict.fromkeys(one.partition("::")[0] for one in ids))


def test_a_file_has_one_test_a_rule_in_the_order_of_the_codes(data) -> None:
    ids = data.ids("--coco", "data/good.json")
    assert ids == [f"data/good.json::{rule.code}-{rule.name}" for rule in RULES]


def test_a_family_or_a_file_can_be_one_test(data) -> None:
    families = sorted({rule.code[:5] for rule in RULES})
    assert data.ids("--coco", "data/good.json", "--coco-by", "family") == [f"data/good.json::{family}" for family in families]
    assert data.ids("--coco", "data/good.json", "--coco-by=file") == ["data/good.json::COCO"]
    data.pytester.makeini("[pytest]\ncoco_by = file\ncoco_paths = data")
    assert data.ids() == ["data/bad.json::COCO", "data/good.json::COCO"]


def test_select_and_ignore_leave_rules_out(data) -> None:
    ids = data.ids("--coco", "data/good.json", "--coco-select", "COCO50,box-outside-image", "--coco-ignore=COCO501,COCO502")
    assert [one.partition("::")[2][:7] for one in ids] == [f"COCO50{digit}" for digit in range(3, 10)]
    data.pytester.makeini("[pytest]\ncoco_select = COCO501 COCO502\ncoco_ignore = COCO502")
    assert len(data.ids("--coco", "data")) == 2
    data.configure('select = ["COCO2", "COCO3"]\nignore = ["COCO2"]')
    data.pytester.makeini("[pytest]\n")
    assert {one.partition("::")[2][:5] for one in data.ids("--coco", "data")} == {"COCO3"}


def test_paths_are_files_folders_and_globs_each_file_once(data) -> None:
    assert files(data.ids("--coco", "data", "data/*.json", "data/bad.json", "--coco", "./data/../data/good.json")) == [
        "data/bad.json",
        "data/good.json",
    ]


def test_coco_alone_runs_nothing_else_and_with_tests_both(data) -> None:
    data.pytester.makepyfile(test_it=TEST)
    assert files(data.ids("--coco", "data/good.json")) == ["data/good.json"]
    assert files(data.ids("test_it.py", "--coco", "data/good.json")) == ["test_it.py", "data/good.json"]


@pytest.mark.parametrize(
    "configuration",
    [
        ("pytest.ini", "[pytest]\ncoco_paths = data/*.json\n"),
        ("pyproject.toml", "[tool.pytest.ini_options]\ncoco_paths = ['data/*.json']\n"),
    ],
    ids=["ini", "toml"],
)
def test_configured_files_are_narrowed_by_what_is_named(data, configuration) -> None:
    name, text = configuration
    (data.path / name).write_text(text)
    data.pytester.mkdir("tests").joinpath("test_it.py").write_text(TEST)
    assert files(data.ids()) == ["tests/test_it.py", "data/bad.json", "data/good.json"]
    assert files(data.ids("tests")) == ["tests/test_it.py"]
    assert files(data.ids("data")) == ["data/bad.json", "data/good.json"]
    assert files(data.ids("data/bad.json")) == ["data/bad.json"]
    assert data.ids("data/bad.json::COCO501-box-not-positive") == ["data/bad.json::COCO501-box-not-positive"]
    assert len(data.ids(".")) == len(data.ids())


def test_configured_paths_are_relative_to_the_configuration(data, monkeypatch) -> None:
    data.pytester.makeini("[pytest]\ncoco_paths = data/good.json\n")
    monkeypatch.chdir(data.pytester.mkdir("elsewhere"))
    assert len(data.ids()) == len(RULES)


def test_data_that_are_not_there_do_not_keep_other_tests_from_running(project) -> None:
    project.pytester.makeini("[pytest]\ncoco_paths = data/train.json\n")
    project.pytester.mkdir("tests").joinpath("test_it.py").write_text(TEST)
    assert project.run("tests").ret == 0
    project.pytester.mkdir("data")
    for arguments in ((), ("data",)):
        result = project.run(*arguments)
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines(["ERROR: coco_paths: the file *train.json does not exist"])


WRONG = {
    "missing": (("--coco", "nothing.json"), "--coco: the file nothing.json does not exist"),
    "empty folder": (("--coco", "empty"), "--coco: the folder empty has no .json, .json.gz or .json.zst file"),
    "glob without a match": (("--coco", "data/*.gz"), "--coco: no file matches data/[*].gz"),
    "empty path": (("--coco", ""), "--coco: a PATH is empty"),
    "standard input": (("--coco", "-"), "--coco: a test needs a file; *"),
    "swallowed tests": (("--coco", "data", "test_it.py"), "--coco: test_it.py is not a COCO file; paths of tests go before --coco"),
    "live characters": (("--coco", "a\x1b"), r"--coco: the file a\x1b does not exist"),
    "unknown rule": (("--coco", "data", "--coco-select", "COCO50l"), "cocoproof: unknown rule 'COCO50l'; did you mean COCO5*"),
    "nothing left": (
        ("--coco", "data", "--coco-select=COCO501", "--coco-ignore=COCO5"),
        "cocoproof: all selected rules are ignored*",
    ),
    "no class list": (("--coco", "data", "--coco-categories", "classes.txt"), "cocoproof: *classes.txt: cannot be read: *"),
    "no ground truth": (("--coco", "data", "--coco-gt", "gt.json"), "cocoproof: ground truth *gt.json: there is no such file"),
    "severity": (
        ("--coco", "data", "-o", "coco_fail_on=fatal"),
        "cocoproof: coco_fail_on must be one of error, warning, note, not 'fatal'",
    ),
    "granularity": (("--coco", "data", "-o", "coco_by=row"), "coco_by must be one of rule, family, file, not 'row'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_usage_is_said_in_a_line(data, case) -> None:
    arguments, said = WRONG[case]
    data.pytester.mkdir("empty")
    data.pytester.makepyfile(test_it=TEST)
    result = data.run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {said}"])
    assert "Traceback" not in result.stderr.str() + result.stdout.str()


def test_a_wrong_configuration_is_wrong_usage(data) -> None:
    data.configure("selct = []")
    result = data.run("--coco", "data")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: cocoproof: configuration *: unknown option 'selct'; did you mean 'select'?"])


def test_files_outside_of_the_project_keep_their_path(data, tmp_path_factory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "good.json"
    outside.write_bytes((data.path / "data" / "good.json").read_bytes())
    data.pytester.makeini("[pytest]")
    assert files(data.ids(f"--coco={outside}")) == [outside.as_posix()]


@pytest.mark.skipif(sys.platform == "win32", reason="such names are not allowed there")
@pytest.mark.parametrize("name", ["a[1].json", "a b.json", "a::b.json", "a\n\x1b[31m.json", "a\u202e.json", "a\udcff.json"])
def test_odd_names_have_inert_ids(data, name) -> None:
    data.take("accept/instances.json", f"odd/{name}")
    (only,) = data.ids("--coco", "odd", "--coco-select", "COCO501")
    assert only.isprintable()
    data.run("--coco", "odd", "--coco-select=COCO501", "--junitxml=junit.xml", "-v").assert_outcomes(passed=1)


def test_the_folder_of_the_project_is_no_pattern(data, monkeypatch) -> None:
    root = data.pytester.mkdir("project[1]")
    (root / "pytest.ini").write_text("[pytest]\ncoco_paths = data/*.json\n")
    (data.path / "data").rename(root / "data")
    monkeypatch.chdir(root)
    assert files(data.ids("data")) == ["data/bad.json", "data/good.json"]


def test_the_page_lists_every_option(project) -> None:
    page = (Path(__file__).parents[2] / "docs" / "pytest.md").read_text(encoding="utf-8")
    told = project.run("--help").stdout.str()
    assert set(re.findall(r"--coco[\w-]*", page)) == set(re.findall(r"^ +(--coco[\w-]*)", told, re.MULTILINE))
    assert set(re.findall(r"^\| `--coco.* \| `(coco_\w+)` \|", page, re.MULTILINE)) == set(
        re.findall(r"^ +(coco_\w+) \(", told, re.MULTILINE)
    )


def test_no_cocoproof_switches_it_off(data) -> None:
    result = data.run("-p", "no:cocoproof", "--coco", "data")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*unrecognized arguments: --coco*"])
