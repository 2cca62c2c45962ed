"""docs/conformance.md, what it is made of, and the counterexamples: each breaks what it says, and not our exporter."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

from cocoproof import export_coco
from cocoproof.testing import ExporterContract
from cocoproof.testing.drawn import DrawnCase
from cocoproof.testing.property_list import PROPERTIES
from cocoproof.testing.trial import PropertyBroken, Trial

ROOT = Path(__file__).parents[2]
COUNTEREXAMPLES = [
    path for path in sorted((ROOT / "conformance" / "counterexamples").glob("*/*.py")) if not path.parent.name.startswith("reader-")
]
MANY = 60
"""Counterexamples of exporters that there are at least: a glob that finds nothing must not pass."""


@pytest.fixture(scope="module")
def page() -> Any:
    """conformance/page.py, which is no part of the package."""
    sys.path.insert(0, str(ROOT / "conformance"))
    try:
        import page
    finally:
        sys.path.remove(str(ROOT / "conformance"))
    return page


def case_of(path: Path, folder: Path) -> DrawnCase:
    """What the code of a counterexample makes."""
    names: dict[str, Any] = {"folder": folder}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)  # noqa: S102 - a file of this repository
    return DrawnCase(names["drawn"], names["mapping"])


def property_of(path: Path) -> str:
    return path.stem.removesuffix("-raised").removesuffix("-unreadable")


def test_the_page_says_what_the_results_say(page) -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.render(
        page.read_results(), page.read_causes(), page.read_results(of_readers=True)
    ), "python conformance/run.py --page"


SINCE = {
    "after_a_failure",
    "at_the_same_time",
    "further_fields",
    "images_not_decoded",
    "independent_of_process",
    "no_side_effects",
    "nothing_left_behind",
    "replaced_at_once",
    "whole_numbers",
}
"""Properties that the contract has since the run; the page says so."""


def test_every_exporter_was_run_and_every_property_tried_that_there_was(page) -> None:
    results = page.read_results()
    assert set(results) == {exporter.key for exporter in page.EXPORTERS}
    for key, result in results.items():
        assert set(PROPERTIES) - SINCE <= set(result["properties"]) <= set(PROPERTIES), key
    text = page.PAGE.read_text(encoding="utf-8")
    untried = {name for name in SINCE if any(name not in result["properties"] for result in results.values())}
    assert all(f"`{name}`" in text for name in untried)


def test_every_loss_has_its_counterexample_and_every_counterexample_its_loss(page) -> None:
    shown = set()
    for result in page.read_results().values():
        for name, row in result["properties"].items():
            assert row["outcome"] in ("kept", "lost", "not claimed", "could not run")
            assert (row["outcome"] == "lost") == (row.get("counterexample", "").split("/")[-1] == name)
            shown |= {own["counterexample"] for own in (row, row.get("raised", {}), row.get("unreadable", {})) if "counterexample" in own}
    assert {path.relative_to(ROOT / "conformance" / "counterexamples").with_suffix("").as_posix() for path in COUNTEREXAMPLES} == shown
    assert len(shown) >= MANY


def test_every_loss_has_its_cause_and_every_cause_its_loss(page) -> None:
    results = page.read_results() | page.read_results(of_readers=True)
    lost = {(key, name) for key, result in results.items() for name, row in result["properties"].items() if row["outcome"] == "lost"}
    causes = page.read_causes()
    assert set(causes) == lost
    assert [where for where, cause in causes.items() if not (cause.said.strip() and cause.where.strip())] == []


def test_ours_keeps_everything_that_it_claims(page) -> None:
    results = page.read_results()
    for key in ("cocoproof", "cocoproof-polygons"):
        assert {row["outcome"] for row in results[key]["properties"].values()} == {"kept"}


class Ours(ExporterContract):
    def export(self, dataset, mapping, folder) -> Path:
        return export_coco(dataset, folder / "coco.json", mapping=mapping).path


def _tiers(path: Path) -> list[pytest.MarkDecorator]:
    """Fresh processes under other conditions take seconds."""
    return [pytest.mark.slow] if path.stem.startswith("independent_of_process") else []


@pytest.mark.parametrize("path", [pytest.param(path, marks=_tiers(path), id=f"{path.parent.name}/{path.stem}") for path in COUNTEREXAMPLES])
def test_our_exporter_keeps_what_others_lose(path, tmp_path) -> None:
    PROPERTIES[property_of(path)].check(Trial(case_of(path, tmp_path), Ours(), tmp_path))


class Supervisions(ExporterContract):
    def export(self, dataset, mapping, folder) -> Path:
        dataset.as_coco(annotations_path=str(folder / "coco.json"))
        return folder / "coco.json"


@pytest.mark.parametrize("name", ["crowd_flags", "masks", "segmentations_readable", "self_evaluation"])
def test_counterexamples_of_the_installed_supervision_still_break_it(name, tmp_path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        supervision = pytest.importorskip("supervision")
    path = ROOT / "conformance" / "counterexamples" / f"supervision-{supervision.__version__}" / f"{name}.py"
    if not path.parent.is_dir():
        pytest.skip(f"the page has no supervision {supervision.__version__}")
    with pytest.raises(PropertyBroken) as caught:
        PROPERTIES[name].check(Trial(case_of(path, tmp_path), Supervisions(), tmp_path))
    said = path.read_text(encoding="utf-8").splitlines()[1].removeprefix("# ")
    assert str(caught.value).splitlines()[0] == said
