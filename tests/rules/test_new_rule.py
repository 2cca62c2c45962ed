"""CONTRIBUTING.md, "How to add a rule", followed step by step on a copy of the package."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cocoproof.rules.examples import dataset

from ..package_copy import ROOT, PackageCopy, code_of


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> PackageCopy:
    """A copy of the package with the rule of the guide."""
    made = PackageCopy(tmp_path_factory.mktemp("copy"))
    (code,) = code_of("How to add a rule")
    made.edit("rules/boxes.py", ("\n\nRULES = (\n", f"\n\n{code}\n\nRULES = (\n    box_covers_image,\n"))
    made.folder.joinpath("bad.json").write_text(json.dumps(dataset([{"bbox": [0, 0, 64, 48]}])), encoding="utf-8")
    return made


def test_the_command_line_reports_lists_and_explains_it(copy: PackageCopy) -> None:
    done = copy.cocoproof("check", "bad.json", "--select", "box-covers-image", "--fail-on", "note", "--format", "json")
    assert done.returncode == 1, done.stderr
    (finding,) = json.loads(done.stdout)["files"][0]["findings"]
    assert (finding["code"], finding["severity"], finding["pointer"]) == ("COCO511", "note", "/annotations/0/bbox")
    assert finding["message"].endswith("the box [0, 0, 64, 48] covers its image of 64 x 48 px")
    assert "COCO511" in copy.cocoproof("rules").stdout
    assert "A box covers its entire image." in copy.cocoproof("explain", "COCO511").stdout


def test_its_examples_become_tests_and_hold(copy: PackageCopy) -> None:
    tests = str(Path(__file__).with_name("test_examples.py"))
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
        "COCO511",
    )
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


def test_the_documentation_gets_its_page(copy: PackageCopy) -> None:
    page = copy.generated("generate.documents()[generate.DOCS / 'rules' / 'COCO511.md']")
    assert page.startswith("# COCO511 box-covers-image\n")
    assert "detector cannot learn" in page
    assert "| COCO501 to COCO511 | 11 |" in copy.generated("generate._family_table()")
