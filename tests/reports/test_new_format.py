"""CONTRIBUTING.md, "How to add a report format", followed step by step on a copy of the package."""

from __future__ import annotations

import csv
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
from cocoproof.rules.examples import dataset

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with the CSV format of the guide."""
    copy = tmp_path_factory.mktemp("copy")
    package = copy / "cocoproof"
    shutil.copytree(Path(cocoproof.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## How to add a report format\n")[2].partition("\n## ")[0]
    (code,) = re.findall(r"^ *```python\n(.*?)^ *```$", guide, re.MULTILINE | re.DOTALL)
    (package / "reports" / "csv_report.py").write_text(textwrap.dedent(code), encoding="utf-8")
    listing = package / "reports" / "formats.py"
    text = listing.read_text(encoding="utf-8")
    changed = text.replace("import github,", "import csv_report, github,").replace(
        "    markdown.FORMAT,\n", "    markdown.FORMAT,\n    csv_report.FORMAT,\n"
    )
    assert changed.count("csv_report") == 2
    listing.write_text(changed, encoding="utf-8")
    (copy / "bad.json").write_text(
        json.dumps(dataset([{"bbox": [4, 5, 0, 16]}], images=[{"file_name": 'a",\n=1+1.jpg'}])), encoding="utf-8"
    )
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


def test_the_command_line_writes_it(source: Path) -> None:
    done = cocoproof_of(
        source, "check", "bad.json", "--reload", "never", "--no-images", "--format", "csv", "--output-format", "csv", "out.csv"
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert (source / "out.csv").read_text(encoding="utf-8") == done.stdout
    head, *rows = csv.reader(done.stdout.splitlines())
    assert head == ["file", "line", "code", "severity", "message"]
    assert [row[:4] for row in rows if row[2] == "COCO501"] == [["bad.json", "1", "COCO501", "error"]]
    assert all(len(row) == 5 for row in rows)


def test_help_and_completion_list_it(source: Path) -> None:
    assert "markdown|csv" in cocoproof_of(source, "check", "--help").stdout.replace("\n", "").replace(" ", "")
    completed = cocoproof_of(source, _COCOPROOF_COMPLETE="fish_complete", COMP_WORDS="cocoproof check --format cs", COMP_CWORD="cs")
    assert "csv" in completed.stdout
    assert "one finding per line" in completed.stdout


def test_the_table_of_the_documentation_lists_it(source: Path) -> None:
    program = f"import sys; sys.path.insert(0, {str(ROOT / 'docs')!r}); import generate; print(generate._report_formats())"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(source), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert "| `csv` | `.csv` | spreadsheets | one finding per line |  |" in done.stdout, done.stderr
