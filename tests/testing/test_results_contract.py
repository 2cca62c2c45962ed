"""The contract of results tested: ours and other right exporters pass, and each broken one is caught by the property that names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cocoproof import export_results
from cocoproof.testing import ResultsContract
from cocoproof.testing.results_list import RESULTS

from ..examples import FUZZ, PROFILE, TIER, examples
from .honest_results_styles import RESULT_STYLES
from .sabotage import caught_under, in_the_fuzz_tier, not_refused
from .sabotage_of_results import OF_RESULTS

if TYPE_CHECKING:
    from pathlib import Path

SEEDS = range(5)
GROUPS = list(dict.fromkeys(saboteur.group for saboteur in OF_RESULTS))
QUICK = [next(saboteur for saboteur in OF_RESULTS if saboteur.group == group) for group in GROUPS]
"""One of each group: these are tried in every tier."""

# In the slow tier the whole table would take long.
pytestmark = TIER if FUZZ else []


class TestExportResults(ResultsContract):
    pytestmark = TIER if FUZZ else []
    max_examples = examples(500) if PROFILE != "ordinary" else 5
    directed = "none" if PROFILE == "ordinary" else None
    derandomize = not FUZZ

    def export_results(self, predictions, mapping, ground_truth, folder) -> Path:
        return export_results(predictions, folder / "results.json", mapping=mapping, gt=ground_truth, allow_empty=True).path

    @pytest.mark.fuzz  # four processes are started
    def test_independent_of_process(self) -> None:
        super().test_independent_of_process()


class TestExportKeypointResults(TestExportResults):
    pytestmark = pytest.mark.fuzz
    predicts = "keypoints"
    reads_flags = True


class KeypointResults(TestExportKeypointResults):
    __test__ = False
    directed = "none"


@pytest.mark.parametrize("name", ["keypoints", "image_ids", "evaluation"])
def test_results_of_keypoints_in_every_tier(name) -> None:
    KeypointResults().prove(name)


class Refusing(TestExportResults):
    """Ours as it is by default: an empty list is refused."""

    __test__ = False
    writes_empty = False
    directed = "none"

    def export_results(self, predictions, mapping, ground_truth, folder) -> Path:
        return export_results(predictions, folder / "results.json", mapping=mapping, gt=ground_truth).path


@pytest.mark.parametrize("name", ["empty_predictions", "detections_complete"])
def test_an_exporter_may_refuse_an_empty_list(name) -> None:
    Refusing().prove(name)


@pytest.mark.parametrize("saboteur", QUICK, ids=lambda saboteur: saboteur.name)
def test_is_caught_by_the_property_that_names_it(saboteur) -> None:
    caught_under(SEEDS[:1], saboteur)


@pytest.mark.parametrize(
    "saboteur",
    in_the_fuzz_tier([saboteur for saboteur in OF_RESULTS if saboteur not in QUICK]),
    ids=lambda saboteur: saboteur.name,
)
def test_every_other_is_caught_too(saboteur) -> None:
    caught_under(SEEDS, saboteur)


@pytest.mark.parametrize("name", in_the_fuzz_tier(RESULT_STYLES))
def test_a_right_exporter_in_another_style_is_not_refused(name) -> None:
    not_refused(RESULT_STYLES[name], RESULTS.properties, SEEDS)


def test_there_are_enough_and_every_property_is_broken_by_one() -> None:
    assert len(OF_RESULTS) >= 40
    assert {saboteur.breaks for saboteur in OF_RESULTS} == set(RESULTS.properties)
    assert len({saboteur.name for saboteur in OF_RESULTS}) == len(OF_RESULTS)
    assert len(RESULT_STYLES) >= 10


def test_every_property_has_its_test() -> None:
    assert {name.removeprefix("test_") for name in dir(ResultsContract) if name.startswith("test_")} == set(RESULTS.properties)


@pytest.mark.fuzz
def test_a_counterexample_is_printed_as_code_that_makes_it(tmp_path) -> None:
    found = next(saboteur for saboteur in OF_RESULTS if saboteur.name == "image ids that count up")
    with pytest.raises(AssertionError) as caught:
        found.make().prove("image_ids")
    code = str(caught.value).split("):\n\n" if "):\n\n" in str(caught.value) else "shows it:\n\n", 1)[1]
    names = {"folder": tmp_path}
    exec(code, names)  # noqa: S102 - what we printed
    assert names["ground_truth"].is_file()  # type: ignore[attr-defined]
    assert len(names["dataset"].image_paths) >= 1  # type: ignore[attr-defined]
