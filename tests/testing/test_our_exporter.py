"""Our own exporter under the contract that we hold others to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cocoproof import export_coco
from cocoproof.testing import ExporterContract

from ..examples import FEWEST, FUZZ, PROFILE, TIER, examples

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = TIER


class TestExportCoco(ExporterContract):
    keeps_scores = keeps_track_ids = keeps_oriented_boxes = keeps_data = True
    max_examples = FEWEST if PROFILE == "ordinary" else examples(500)
    derandomize = not FUZZ
    directed = "none" if PROFILE == "ordinary" else None  # all of them in the slow tier

    def export(self, dataset, mapping, folder) -> Path:
        return export_coco(dataset, folder / "coco.json", mapping=mapping).path


class OfPolygons(TestExportCoco):
    __test__ = False

    def export(self, dataset, mapping, folder) -> Path:
        return export_coco(dataset, folder / "coco.json", mapping=mapping, masks="polygon", indent=1).path


@pytest.mark.parametrize("name", ["masks", "areas", "self_evaluation"])
def test_polygons_alone_lose_nothing(name) -> None:
    OfPolygons().prove(name)
