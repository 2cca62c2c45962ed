"""One collector for what a source cannot read and what the exporter cannot write."""

from __future__ import annotations

import pytest

from cocoproof import ClassMapping
from cocoproof.export import ExportError, Refusals, export_coco, export_results
from cocoproof.sources import JsonLinesSource, SourceError

LINES = """\
{"file_name": "a.jpg", "width": 40, "height": 30, "detections": [{"class": "a", "bbox": [1, 1, 0, 2], "score": 0.5}]}
{"file_name": "b.jpg", "width": 40, "height": 30, "detections": [{"class": "a", "bbox": [1, 1, 2, 2], "score": 0.5, "segmentation": [[1, 1, 2, 2]]}]}
{"file_name": "a.jpg", "width": 40, "height": 30}
"""


@pytest.fixture
def lines(tmp_path):
    (tmp_path / "in.jsonl").write_text(LINES)
    return tmp_path / "in.jsonl"


def test_source_and_exporter_share_it(lines, tmp_path):
    refusals = Refusals("skip")
    refusals.notes["noted by the source"] += 2
    source = JsonLinesSource(lines, classes={0: "a"}, refusals=refusals)
    report = export_coco(source, tmp_path / "out.json", mapping=ClassMapping.from_names(["a"]), on_error=refusals)
    assert report.left_out == refusals.counts == {"box-not-positive": 1, "polygon": 1, "duplicate-file-name": 1}
    assert [(row.reason, row.image) for row in report.examples] == [
        ("box-not-positive", f"{lines}:1"),
        ("polygon", "b.jpg"),
        ("duplicate-file-name", "a.jpg"),
    ]
    assert report.notes == {"noted by the source": 2}
    results = Refusals("skip")
    report = export_results(
        JsonLinesSource(lines, classes={0: "a"}, refusals=results),
        tmp_path / "results.json",
        mapping=ClassMapping.from_names(["a"]),
        gt=tmp_path / "out.json",
        task="bbox",
        allow_empty=True,
        on_error=results,
    )
    assert report.left_out == {"box-not-positive": 1, "duplicate-file-name": 1}


def test_its_setting_applies_to_both(lines, tmp_path):
    refusals = Refusals()
    source = JsonLinesSource(lines, classes={0: "a"}, refusals=refusals)
    with pytest.raises(SourceError, match=r"in\.jsonl:1") as caught:
        export_coco(source, tmp_path / "out.json", mapping=ClassMapping.from_names(["a"]), on_error=refusals)
    assert caught.value.skippable
    with pytest.raises(ValueError, match="on_error is 'ignore'"):
        export_coco([], tmp_path / "out.json", mapping=ClassMapping.from_names(["a"]), on_error="ignore")


def test_every_reason_has_an_example():
    refusals = Refusals("skip")
    for number in range(1500):
        refusals.refuse(ExportError(str(number), reason="frequent", image="a.jpg"))
    for number in range(5):
        refusals.refuse(ExportError(str(number), reason="rare", image="a.jpg"))
    assert refusals.counts == {"frequent": 1500, "rare": 5}
    assert [row.reason for row in refusals.examples] == ["frequent"] * 1000 + ["rare"] * 3
