"""CONTRIBUTING.md, "How to add a source format", followed step by step on a copy of the package."""

from __future__ import annotations

import json

import pytest

from ..package_copy import PackageCopy, code_of

ROWS = """\
a.jpg,100,80,dog,1,2,11,22
a.jpg,100,80,cat,0,0,5,5
b.jpg,100,80,dog,3,3,4,9
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> PackageCopy:
    """A copy of the package with the CSV format of the guide."""
    copy = PackageCopy(tmp_path_factory.mktemp("copy"))
    (code,) = code_of("How to add a source format")
    (copy.package / "sources" / "csv_boxes.py").write_text(code, encoding="utf-8")
    copy.edit(
        "sources/formats.py",
        ("import coco_remap,", "import coco_remap, csv_boxes,"),
        ("    coco_remap.FORMAT,\n", "    coco_remap.FORMAT,\n    csv_boxes.FORMAT,\n"),
    )
    (copy.folder / "in.csv").write_text(ROWS, encoding="utf-8")
    (copy.folder / "bad.csv").write_text(ROWS.replace(",", ";") + "b.jpg;100;80;dog;3;x;4;9\n", encoding="utf-8")
    return copy


def test_the_command_writes_it(copy: PackageCopy) -> None:
    done = copy.cocoproof("export", "csv", "in.csv", "out.json", "--rename", "cat=animal")
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 images · 3 annotations · 2 categories" in done.stdout
    document = json.loads((copy.folder / "out.json").read_text(encoding="utf-8"))
    assert [row["name"] for row in document["categories"]] == ["animal", "dog"]
    assert [(row["image_id"], row["category_id"], row["bbox"]) for row in document["annotations"]] == [
        (1, 2, [1, 2, 10, 20]),
        (1, 1, [0, 0, 5, 5]),
        (2, 2, [3, 3, 1, 6]),
    ]


def test_its_option_and_what_it_refuses(copy: PackageCopy) -> None:
    done = copy.cocoproof("export", "csv", "bad.csv", "out2.json", "--delimiter", ";", "--no-verify")
    assert done.returncode == 1
    assert "bad.csv:4: expected file_name" in done.stderr
    done = copy.cocoproof("export", "csv", "bad.csv", "out2.json", "--delimiter", ";", "--no-verify", "--on-error", "skip")
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 csv-row" in done.stdout
    assert len(json.loads((copy.folder / "out2.json").read_text(encoding="utf-8"))["annotations"]) == 3
    assert copy.cocoproof("export", "csv", "bad.csv", "out3.json", "--delimiter", "x").returncode == 2


def test_help_and_completion_list_it(copy: PackageCopy) -> None:
    assert "csv    Write boxes from a CSV file: one box per line." in copy.cocoproof("export", "--help").stdout
    completed = copy.cocoproof(_COCOPROOF_COMPLETE="fish_complete", COMP_WORDS="cocoproof export cs", COMP_CWORD="cs")
    assert "csv" in completed.stdout


def test_the_table_of_the_documentation_lists_it(copy: PackageCopy) -> None:
    assert "| `csv` | Write boxes from a CSV file: one box per line. | boxes | names | `--delimiter` |" in copy.generated(
        "generate._source_formats()"
    )
