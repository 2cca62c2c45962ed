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
    made.edit("rules/boxes.py", ("\n\nRULES = (\n", f"\n\n{code}\n\nRULES = (\n    box_spans_image,\n"))
    made.folder.joinpath("bad.json").write_text(json.dumps(dataset([{"bbox": [0, 5, 64, 16]}])), encoding="utf-8")
    return made


def test_the_command_line_reports_lists_and_explains_it(copy: PackageCopy) -> None:
    done = copy.cocoproof("check", "bad.json", "--select", "box-spans-image", "--fail-on", "note", "--format", "json")
    assert done.returncode == 1, done.stderr
    (finding,) = json.loads(done.stdout)["files"][0]["findings"]
    assert (finding["code"], finding["severity"], finding["pointer"]) == ("COCO599", "note", "/annotations/0/bbox")
    assert finding["message"].endswith("the box [0, 5, 64, 16] spans its image of 64 x 48 px")
    assert "COCO599" in copy.cocoproof("rules").stdout
    assert "A box reaches from one edge" in copy.cocoproof("explain", "COCO599").stdout


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
        "COCO599",
    )
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


@pytest.mark.slow
def test_the_documentation_gets_its_page(copy: PackageCopy) -> None:
    page = copy.generated("generate.documents()[generate.DOCS / 'rules' / 'COCO599.md']")
    assert page.startswith("# COCO599 box-spans-image\n")
    assert "cannot learn where the object ends" in page
    assert "| COCO501 to COCO599 | 14 |" in copy.generated("generate._family_table()")
