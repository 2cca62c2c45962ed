"""CONTRIBUTING.md, "How to add a source format", followed step by step on a copy of the package."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import cocoproof

ROOT = Path(__file__).parents[2]
ROWS = """\
a.jpg,100,80,dog,1,2,11,22
a.jpg,100,80,cat,0,0,5,5
b.jpg,100,80,dog,3,3,4,9
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with the CSV format of the guide."""
    copy = tmp_path_factory.mktemp("copy")
    package = copy / "cocoproof"
    shutil.copytree(Path(cocoproof.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## How to add a source format\n")[2].partition("\n## ")[0]
    (code,) = re.findall(r"^ *```python\n(.*?)^ *```$", guide, re.MULTILINE | re.DOTALL)
    (package / "sources" / "csv_boxes.py").write_text(textwrap.dedent(code), encoding="utf-8")
    listing = package / "sources" / "formats.py"
    text = listing.read_text(encoding="utf-8")
    changed = text.replace("import coco_remap,", "import coco_remap, csv_boxes,").replace(
        "    coco_remap.FORMAT,\n", "    coco_remap.FORMAT,\n    csv_boxes.FORMAT,\n"
    )
    assert changed.count("csv_boxes") == 2
    listing.write_text(changed, encoding="utf-8")
    (copy / "in.csv").write_text(ROWS, encoding="utf-8")
    (copy / "bad.csv").write_text(ROWS.replace(",", ";") + "b.jpg;100;80;dog;3;x;4;9\n", encoding="utf-8")
    return copy


def cocoproof_of(source: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cocoproof", *arguments],
        cwd=source,
        env={**os.environ, "PYTHONPATH": str(source), "PYTHONUTF8": "1", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_the_command_writes_it(source: Path) -> None:
    done = cocoproof_of(source, "export", "csv", "in.csv", "out.json", "--rename", "cat=animal")
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 images · 3 annotations · 2 categories" in done.stdout
    document = json.loads((source / "out.json").read_text(encoding="utf-8"))
    assert [row["name"] for row in document["categories"]] == ["animal", "dog"]
    assert [(row["image_id"], row["category_id"], row["bbox"]) for row in document["annotations"]] == [
        (1, 2, [1, 2, 10, 20]),
        (1, 1, [0, 0, 5, 5]),
        (2, 2, [3, 3, 1, 6]),
    ]


def test_its_option_and_what_it_refuses(source: Path) -> None:
    done = cocoproof_of(source, "export", "csv", "bad.csv", "out2.json", "--delimiter", ";", "--no-verify")
    assert done.returncode == 1
    assert "bad.csv:4: expected file_name" in done.stderr
    done = cocoproof_of(source, "export", "csv", "bad.csv", "out2.json", "--delimiter", ";", "--no-verify", "--on-error", "skip")
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 csv-row" in done.stdout
    assert len(json.loads((source / "out2.json").read_text(encoding="utf-8"))["annotations"]) == 3
    assert cocoproof_of(source, "export", "csv", "bad.csv", "out3.json", "--delimiter", "x").returncode == 2


def test_help_and_completion_list_it(source: Path) -> None:
    assert "csv    Write boxes from a CSV file: one box per line." in cocoproof_of(source, "export", "--help").stdout
    completed = cocoproof_of(source, _COCOPROOF_COMPLETE="fish_complete", COMP_WORDS="cocoproof export cs", COMP_CWORD="cs")
    assert "csv" in completed.stdout


def test_the_table_of_the_documentation_lists_it(source: Path) -> None:
    program = f"import sys; sys.path.insert(0, {str(ROOT / 'docs')!r}); import generate; print(generate._source_formats())"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(source), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert "| `csv` | Write boxes from a CSV file: one box per line. | boxes | names | `--delimiter` |" in done.stdout, done.stderr
