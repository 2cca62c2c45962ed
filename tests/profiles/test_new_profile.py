"""CONTRIBUTING.md, "How to add a profile or a consumer", followed step by step on a copy of the package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cocoproof.profiles import CONSUMERS, PROFILES
from cocoproof.rules.examples import GONE, dataset
from cocoproof.settings.options import OPTIONS

from ..package_copy import ROOT, PackageCopy, code_of


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> PackageCopy:
    """A copy of the package with the profile and the consumer of the guide."""
    made = PackageCopy(tmp_path_factory.mktemp("copy"))
    modules = ["profiles/draft.py", "consumers/mytrainer.py", "profiles/mytrainer.py"]
    for name, code in zip(modules, code_of("How to add a profile or a consumer"), strict=True):
        (made.package / name).write_text(code, encoding="utf-8")
    made.edit(
        "profiles/__init__.py",
        ("    detectron2,\n", "    detectron2,\n    draft,\n    mytrainer,\n"),
        ("PROFILES = (release.PROFILE,)", "PROFILES = (release.PROFILE, draft.PROFILE)"),
        ("    cvat.PROFILE,\n", "    cvat.PROFILE,\n    mytrainer.PROFILE,\n"),
    )
    made.edit(
        "settings/options.py",
        ("faster-coco-eval, separated", "faster-coco-eval, mytrainer, separated"),
        ("profile: release, or", "profile: release, draft, or"),
    )
    gaps = dataset([{"area": GONE}, {"category_id": 3}], categories=[{}, {"id": 3}, {"id": 4}])
    made.folder.joinpath("bad.json").write_text(json.dumps(gaps), encoding="utf-8")
    return made


def severities(copy: PackageCopy, *options: str) -> dict[str, str]:
    done = copy.cocoproof("check", "bad.json", "--reload", "never", "--no-images", "--format", "json", *options)
    report: dict[str, Any] = json.loads(done.stdout)
    return {finding["code"]: finding["severity"] for finding in report["files"][0]["findings"]}


def test_the_profile_changes_severities(copy: PackageCopy) -> None:
    assert severities(copy) == {"COCO106": "error", "COCO304": "note", "COCO404": "warning"}
    assert severities(copy, "--profile", "draft") == {"COCO106": "warning", "COCO404": "warning"}
    assert severities(copy, "--for", "mytrainer") == {"COCO106": "error", "COCO304": "note", "COCO404": "error"}


def test_the_report_says_what_arrives(copy: PackageCopy) -> None:
    narrow = dataset([{}, {"bbox": [4, 5, 1, 16]}])
    copy.folder.joinpath("narrow.json").write_text(json.dumps(narrow), encoding="utf-8")
    done = copy.cocoproof("check", "narrow.json", "--reload", "never", "--no-images", "--for", "mytrainer")
    assert "mytrainer trains on 1 of 2 annotations: 1 has a box narrower than 2 px" in done.stdout


def test_help_completion_and_errors_know_them(copy: PackageCopy) -> None:
    shown = " ".join(copy.cocoproof("check", "--help").stdout.split())
    assert "faster-coco-eval, mytrainer, separated" in shown
    assert "release, draft, or default" in shown
    completed = copy.cocoproof(_COCOPROOF_COMPLETE="fish_complete", COMP_WORDS="cocoproof check --for myt", COMP_CWORD="myt")
    assert "mytrainer" in completed.stdout
    assert "did you mean mytrainer?" in copy.cocoproof("check", "bad.json", "--for", "mytrainr").stderr
    assert "did you mean draft?" in copy.cocoproof("check", "bad.json", "--profile", "drft").stderr


@pytest.mark.slow
def test_the_tests_of_all_profiles_hold(copy: PackageCopy) -> None:
    tests = str(Path(__file__).with_name("test_profiles.py"))
    done = copy.python(
        "-m",
        "pytest",
        "-q",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        f"--rootdir={ROOT}",
        f"-c={ROOT / 'pyproject.toml'}",
        tests,
        "-k",
        "draft or mytrainer",
    )
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


@pytest.mark.slow
def test_the_documentation_gets_their_tables(copy: PackageCopy) -> None:
    table = copy.generated("generate.BLOCKS['profile-mytrainer']()")
    assert "| [COCO404](rules/COCO404.md) category-ids-not-contiguous | warning | **error** | `load_dataset` raises `IndexError`." in table
    assert "| note | **off** | Categories wait for" in copy.generated("generate.BLOCKS['profile-draft']()")


def test_the_help_names_all_profiles_and_consumers() -> None:
    help_of = {option.name: option.help for option in OPTIONS}
    assert [name for name in (profile.name for profile in PROFILES) if name not in help_of["profile"]] == []
    assert f": {', '.join(profile.name for profile in CONSUMERS)}, separated by commas." in help_of["consumers"]
