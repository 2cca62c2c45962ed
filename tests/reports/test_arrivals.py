"""What arrives, in the reports: hostile names of categories are inert, and the tables have every class that is lost or changed."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

import cocoproof
from cocoproof.reports import json_report, markdown, text_report
from cocoproof.reports.arrivals_text import arrival_table, headline
from cocoproof.rules.examples import dataset

if TYPE_CHECKING:
    from cocoproof.model.findings import Report

HOSTILE = "<b>|`x`\u202e\x1b[31m\n::error::x"
CROWD = {"iscrowd": 1}


@pytest.fixture(scope="module")
def report() -> Report:
    categories = [{"name": HOSTILE}, {}, {}]
    document = dataset([CROWD, {"category_id": 2}, {"category_id": 2, **CROWD}, {"category_id": 3}], categories=categories)
    return cocoproof.check(document, consumers=["detectron2", "cvat"], reload="never", images=False)


def test_each_consumer_has_a_line(report: Report) -> None:
    assert [headline(arrival) for arrival in report.files[0].arrives] == [
        "detectron2 trains on 2 of 4 annotations: 2 have iscrowd 1",
        "cvat imports all 4 annotations",
    ]


def test_the_table_has_the_classes_that_lose_something(report: Report) -> None:
    table = arrival_table(report.files[0].arrives, 10)
    assert table is not None
    assert table.consumers == ("detectron2", "cvat")
    assert [(row.name, row.given, row.arrived) for row in table.rows] == [(HOSTILE, 1, ("0", "1")), ("dog", 2, ("1", "2"))]
    cut = arrival_table(report.files[0].arrives, 1)
    assert cut is not None
    assert (len(cut.rows), cut.hidden) == (1, 1)


def test_names_are_inert_in_text(report: Report) -> None:
    text = text_report.render(report)
    assert not re.search(r"^\s*::", text, re.MULTILINE)
    assert "\x1b[31m" not in text
    assert "\u202e" not in text


def test_names_are_inert_in_markdown(report: Report) -> None:
    html = MarkdownIt("commonmark").enable("table").render(markdown.render(report))
    assert "<b>" not in html
    assert "\u202e" not in html
    row = re.search(r"<tr>\s*<td><code>&lt;b&gt;.*?</tr>", html, re.DOTALL)
    assert row is not None
    assert list(re.findall(r"<td[^>]*>(.*?)</td>", row[0]))[1:] == ["1", "0", "1"]


def test_json_has_the_names_as_they_are(report: Report) -> None:
    (file,) = json.loads(json_report.render(report))["files"]
    detectron2, cvat = file["arrives"]
    assert detectron2["by_class"][0] == {"id": 1, "name": HOSTILE, "given": 1, "arrived": 0, "label": 0, "changed": False}
    assert detectron2["annotations"] == {"given": 4, "arrived": 2}
    assert cvat["losses"] == []
