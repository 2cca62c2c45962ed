"""hotcoco's evaluation of oriented boxes reads what we write as centre, size and angle, and sees the same boxes as our columns."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cocoproof import ClassMapping, export_coco, export_results
from cocoproof.consumers.account import account_of
from cocoproof.consumers.hotcoco import CONSUMER
from cocoproof.export import PlainDetections
from cocoproof.geometry.oriented_boxes import corners_of, envelopes
from cocoproof.reading.document import read
from cocoproof.reading.source import read_document
from cocoproof.rules.examples import GONE, dataset

from .claims import on_the_loader

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore:hotcoco. oriented-box evaluation:UserWarning")

MAPPING = ClassMapping.from_names(["ship", "plane"])
RANDOM = np.random.default_rng(5)
BOXES = np.column_stack([RANDOM.uniform(60, 340, (12, 2)), RANDOM.uniform(10, 60, (12, 2))])
ANGLES = RANDOM.uniform(-math.pi, math.pi, 12)
CORNERS = corners_of(BOXES, ANGLES)


def detections() -> PlainDetections:
    classes = np.arange(12) % 2
    return PlainDetections(envelopes(CORNERS), classes, confidence=np.linspace(0.9, 0.4, 12), data={"xyxyxyxy": CORNERS})


def written(folder: Path, **options: Any) -> tuple[Path, Path]:
    truth, results = folder / "truth.json", folder / "results.json"
    source = [(("1.jpg", (400, 400)), detections())]
    export_coco(source, truth, mapping=MAPPING, verify=True, **options)
    export_results(source, results, mapping=MAPPING, gt=truth, verify=True, **options)
    return truth, results


@on_the_loader("hotcoco")
def test_an_export_scores_1_against_itself(tmp_path: Path) -> None:
    from hotcoco import COCO, COCOeval

    truth, results = written(tmp_path, oriented_boxes="centre")
    coco = COCO(str(truth))
    evaluation = COCOeval(coco, coco.loadRes(str(results)), "obb")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert evaluation.stats[0] == 1


@on_the_loader("hotcoco")
def test_boxes_that_are_turned_the_other_way_do_not(tmp_path: Path) -> None:
    from hotcoco import COCO, COCOeval

    truth, results = written(tmp_path, oriented_boxes="centre")
    rows = json.loads(results.read_text(encoding="utf-8"))
    for row in rows:
        row["obb"][4] *= -1
    results.write_text(json.dumps(rows), encoding="utf-8")
    coco = COCO(str(truth))
    evaluation = COCOeval(coco, coco.loadRes(str(results)), "obb")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert evaluation.stats[0] < 0.5


@on_the_loader("hotcoco")
def test_it_draws_the_envelopes_that_we_compute(tmp_path: Path) -> None:
    from hotcoco import COCO

    truth, results = written(tmp_path, oriented_boxes="centre")
    rows = [{key: value for key, value in row.items() if key != "bbox"} for row in json.loads(results.read_text(encoding="utf-8"))]
    results.write_text(json.dumps(rows), encoding="utf-8")
    coco = COCO(str(truth))
    held = coco.loadRes(str(results))
    boxes = np.array([row["bbox"] for row in held.loadAnns(held.getAnnIds())])
    boxes[:, 2:] += boxes[:, :2]
    assert boxes == pytest.approx(envelopes(CORNERS))


@on_the_loader("hotcoco")
@pytest.mark.parametrize("obb", [CORNERS[0].ravel().tolist(), [1, 2, 3], [*BOXES[0].tolist(), ANGLES[0]]])
def test_the_model_raises_where_it_does(obb: list[float], tmp_path: Path) -> None:
    from hotcoco import COCO

    document = dataset([{"obb": obb, "segmentation": GONE}], images=[{"width": 400, "height": 400}])
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    columns = read(read_document(document)).dataset
    assert columns is not None
    error = account_of(CONSUMER, columns, None).arrival.error
    try:
        COCO(str(path))
    except ValueError:
        assert error is not None
        assert "obb" in error
    else:
        assert error is None
