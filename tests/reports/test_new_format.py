"""CONTRIBUTING.md, "How to add a report format", followed step by step on a copy of the package."""

from __future__ import annotations

import csv
import json

import pytest

from cocoproof.rules.examples import dataset

from ..package_copy import PackageCopy, code_of


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> PackageCopy:
    """A copy of the package with the CSV format of the guide."""
    copy = PackageCopy(tmp_path_factory.mktemp("copy"))
    (code,) = code_of("How to add a report format")
    (copy.package / "reports" / "csv_report.py").write_text(code, encoding="utf-8")
    copy.edit(
        "reports/formats.py",
        ("import github,", "import csv_report, github,"),
        ("    markdown.FORMAT,\n", "    markdown.FORMAT,\n    csv_report.FORMAT,\n"),
    )
    (copy.folder / "bad.json").write_text(
        json.dumps(dataset([{"bbox": [4, 5, 0, 16]}], images=[{"file_name": 'a",\n=1+1.jpg'}])), encoding="utf-8"
    )
    return copy


def test_the_command_line_writes_it(copy: PackageCopy) -> None:
    done = copy.cocoproof("check", "bad.json", "--reload", "never", "--no-images", "--format", "csv", "--output-format", "csv", "out.csv")
    assert (done.returncode, done.stderr) == (1, "")
    assert (copy.folder / "out.csv").read_text(encoding="utf-8") == done.stdout
    head, *rows = csv.reader(done.stdout.splitlines())
    assert head == ["file", "line", "code", "severity", "message"]
    assert [row[:4] for row in rows if row[2] == "COCO501"] == [["bad.json", "1", "COCO501", "error"]]
    assert all(len(row) == 5 for row in rows)


def test_help_and_completion_list_it(copy: PackageCopy) -> None:
    assert "markdown|csv" in copy.cocoproof("check", "--help").stdout.replace("\n", "").replace(" ", "")
    completed = copy.cocoproof(_COCOPROOF_COMPLETE="fish_complete", COMP_WORDS="cocoproof check --format cs", COMP_CWORD="cs")
    assert "csv" in completed.stdout
    assert "one finding per line" in completed.stdout


def test_the_table_of_the_documentation_lists_it(copy: PackageCopy) -> None:
    assert "| `csv` | `.csv` | spreadsheets | one finding per line |  |" in copy.generated("generate._report_formats()")
