"""Our own exporter under the contract that we hold others to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cocoproof import export_coco
from cocoproof.testing import ExporterContract
from cocoproof.testing.catalogue import PROPERTIES

if TYPE_CHECKING:
    from pathlib import Path


class TestExportCoco(ExporterContract):
    keeps_scores = keeps_track_ids = keeps_oriented_boxes = keeps_data = True

    def export(self, dataset, mapping, folder) -> Path:
        return export_coco(dataset, folder / "coco.json", mapping=mapping).path


class OfPolygons(ExporterContract):
    def export(self, dataset, mapping, folder) -> Path:
        return export_coco(dataset, folder / "coco.json", mapping=mapping, masks="polygon", indent=1).path


@pytest.mark.parametrize("name", ["masks", "areas", "self_evaluation"])
def test_polygons_alone_lose_nothing(name) -> None:
    OfPolygons().prove(name)


@pytest.mark.fuzz
@pytest.mark.parametrize("name", PROPERTIES)
def test_long(name, request) -> None:
    if "fuzz" not in request.config.option.markexpr:
        pytest.skip("hours: pytest -m fuzz")

    class Long(TestExportCoco):
        max_examples = 20_000
        derandomize = False

    Long().prove(name)
