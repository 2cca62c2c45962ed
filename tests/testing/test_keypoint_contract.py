"""The contract of keypoints tested: ours and other right exporters pass, and each broken one is caught by the property that names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cocoproof import export_coco
from cocoproof.testing import KeypointContract
from cocoproof.testing.keypoint_list import KEYPOINTS

from ..examples import FUZZ, PROFILE, TIER, examples
from .honest_keypoints import KEYPOINT_STYLES
from .sabotage import caught_under, in_the_fuzz_tier, not_refused
from .sabotage_of_keypoints import OF_KEYPOINTS

if TYPE_CHECKING:
    from pathlib import Path

SEEDS = range(5)
QUICK = [
    next(saboteur for saboteur in OF_KEYPOINTS if saboteur.group == group) for group in dict.fromkeys(one.group for one in OF_KEYPOINTS)
]
"""One of each group: these are tried in every tier."""

# In the slow tier the whole table would take long.
pytestmark = TIER if FUZZ else []


class TestExportCocoKeypoints(KeypointContract):
    pytestmark = TIER if FUZZ else []
    keeps_scores = keeps_keypoint_scores = keeps_data = reads_flags = True
    max_examples = examples(500) if PROFILE != "ordinary" else 5
    directed = "none" if PROFILE == "ordinary" else None
    derandomize = not FUZZ

    def export(self, dataset, mapping, folder) -> Path:
        return export_coco(dataset, folder / "coco.json", mapping=mapping).path

    @pytest.mark.fuzz  # four processes are started
    def test_independent_of_process(self) -> None:
        super().test_independent_of_process()


@pytest.mark.parametrize("saboteur", QUICK, ids=lambda saboteur: saboteur.name)
def test_is_caught_by_the_property_that_names_it(saboteur) -> None:
    caught_under(SEEDS[:1], saboteur)


@pytest.mark.parametrize(
    "saboteur",
    in_the_fuzz_tier([saboteur for saboteur in OF_KEYPOINTS if saboteur not in QUICK]),
    ids=lambda saboteur: saboteur.name,
)
def test_every_other_is_caught_too(saboteur) -> None:
    caught_under(SEEDS, saboteur)


@pytest.mark.parametrize("name", in_the_fuzz_tier(KEYPOINT_STYLES))
def test_a_right_exporter_in_another_style_is_not_refused(name) -> None:
    not_refused(KEYPOINT_STYLES[name], KEYPOINTS.properties, SEEDS)


def test_there_are_enough_and_every_new_property_is_broken_by_one() -> None:
    assert len(OF_KEYPOINTS) >= 25
    shared = {"keypoints", "visibility", "unlabelled_points", "points_beyond_the_image", "num_keypoints", "keypoint_scores"}
    assert {saboteur.breaks for saboteur in OF_KEYPOINTS} >= shared | {"category_keypoints", "category_skeletons", "boxes", "areas"}
    assert len({saboteur.name for saboteur in OF_KEYPOINTS}) == len(OF_KEYPOINTS)
    assert len(KEYPOINT_STYLES) >= 10


def test_every_property_has_its_test() -> None:
    assert {name.removeprefix("test_") for name in dir(KeypointContract) if name.startswith("test_")} == set(KEYPOINTS.properties)
