"""docs/comparison.md and what it is made of: the results, the readings of each message, and the fixtures that are there today."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from cocoproof.rules.catalogue import RULES

ROOT = Path(__file__).parents[2]
MOST_PENDING = 0.2
"""Of the fixtures: a new rule must not force a run of all tools, but a page of another state of the fixtures is of no use."""


def module(name: str) -> Any:
    """A module that is not part of the package."""
    sys.path.insert(0, str(ROOT))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(ROOT))


cases, page, readings, results, tools = (module(f"comparison.{name}") for name in ("cases", "page", "readings", "results", "tools"))
environments = module("conformance.environments")


@pytest.fixture(scope="module")
def run() -> dict[str, Any]:
    return results.read_results()


def test_the_page_and_the_readme_say_what_the_results_say() -> None:
    command = "python comparison/run.py --page"
    assert page.PAGE.read_text(encoding="utf-8") == page.render(), command
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    if f"<!-- generated: {page.BLOCK} -->" in readme:
        assert page.block().strip() in readme, command


def test_every_tool_was_run_or_the_page_says_why_not(run) -> None:
    assert set(run) == {tool.name for tool in tools.TOOLS}
    for result in run.values():
        assert ("fixtures" in result) != ("could_not_install" in result)


def test_few_fixtures_are_pending(run) -> None:
    """Those that are, the page lists."""
    pending = page.pending_cases(run)
    assert len(pending) <= MOST_PENDING * len(cases.cases()), "python comparison/run.py --pending"
    text = page.render()
    assert [name for name in pending if name.rpartition("/")[2] not in text] == []
    assert ("## Not run yet" in text) == bool(pending)


NEEDS = {
    "categories": "class list",
    "consumers": "consumer",
    "images": "images",
    "panoptic": "panoptic",
    "splits": "split",
    "truth": "truth",
}
"""What a rule requires -> what its fixture needs."""
READERS = {"opencv", "pycocotools", "supervision"}
"""Required of the environment, not of the fixture."""


def test_a_fixture_needs_what_its_rule_requires() -> None:
    needs = {case.code: set(case.needs) for case in cases.cases() if case.code}
    results_files = {case.code for case in cases.cases() if case.kind == "results"}
    for rule in RULES:
        if rule.code in needs:
            extra = {"truth"} if rule.code in results_files else set()  # other tools read no results without their ground truth
            assert needs[rule.code] == {NEEDS[name] for name in rule.requires if name not in READERS} | extra, rule.code


def test_results_have_the_ground_truth_of_their_rule() -> None:
    truths = {case.code: case.truth for case in cases.cases() if case.truth is not None}
    with_truth = [rule for rule in RULES if rule.truth is not None]
    assert [rule.code for rule in with_truth if json.loads(truths[rule.code].read_text(encoding="utf-8")) != rule.truth] == []
    assert len(with_truth) > 1


def test_the_kinds_of_the_valid_files() -> None:
    kinds = {case.path.stem: case.kind for case in cases.cases() if not case.code}
    of_instances = (
        "ground_truth",
        "ground_truth_of_many",
        "train_split",
        "instances_ids_with_gaps",
        "mot_tracks",
        "tao_tracks",
        "oriented_boxes",
        "coco_stuff",
        "coco_text",
        "inaturalist",
        "omni3d",
    )
    assert {stem: kind for stem, kind in kinds.items() if stem.partition("_")[0] != "results"} == {
        **{name: name for name in ("captions", "image_info", "instances", "keypoints", "lvis", "panoptic")},
        **dict.fromkeys(of_instances, "instances"),
        **{f"keypoints_{name}": "keypoints" for name in ("crowd_pose", "dense_pose", "halpe", "whole_body")},
        **dict.fromkeys(("youtube_vis", "ovis"), "video_instances"),
    }
    assert {kind for stem, kind in kinds.items() if stem.startswith("results_")} == {"results"}


def test_a_fixture_is_pending_when_it_is_new_or_changed(run) -> None:
    tool = next(tool for tool in tools.TOOLS if tool.name == "panlabel")
    case = next(case for case in cases.cases() if case.code == "COCO201")
    row = {"digest": case.digest, "messages": [], "aborted": None}
    assert not results.pending(tool, case, {"fixtures": {case.name: row}})
    assert results.pending(tool, case, {"fixtures": {}})
    assert results.pending(tool, case, {"fixtures": {case.name: {**row, "digest": "0" * 12}}})
    assert results.pending(tool, case, {"fixtures": {case.name: {**row, "inapplicable": "reads no such file"}}})


def test_every_message_has_a_reading(run) -> None:
    rows = readings.read_readings()
    assert {name: readings.unread(rows, name, result) for name, result in run.items()} == {name: [] for name in run}


def test_every_reading_is_of_a_message_and_every_credit_of_a_fixture(run) -> None:
    rows = readings.read_readings()
    used: dict[Any, set[str]] = {}
    for name, result in run.items():
        for fixture, row in result.get("fixtures", {}).items():
            for kind, _, text in readings.reports(row):
                if (one := readings.reading_of(rows, name, kind, text)) is not None:
                    used.setdefault(one, set()).add(fixture.removeprefix("reject/")[:7])
    assert [one for one in rows if one not in used] == []
    assert [(one.tool, one.kind, one.text, code) for one in rows for code in sorted(one.codes - used[one])] == []


def test_cocoproof_names_each_defect_of_its_own_fixtures_and_refuses_no_valid_file(run) -> None:
    for fixture, row in run["cocoproof"]["fixtures"].items():
        if fixture.startswith("reject/"):
            assert readings.outcome([], "cocoproof", fixture.removeprefix("reject/")[:7], row) is readings.Outcome.NAMES, fixture
        else:
            assert [text for _, severity, text in readings.reports(row) if severity == "error"] == [], fixture


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"inapplicable": "reads no such file"}, "n/a"),
        ({"messages": [], "aborted": None}, "-"),
        ({"messages": [{"kind": "dup", "severity": "warning", "text": ""}], "aborted": None}, "names"),
        ({"messages": [{"kind": "dup", "severity": "warning", "text": ""}], "aborted": "KeyError: 2"}, "names"),
        ({"messages": [{"kind": "noise", "severity": "warning", "text": ""}], "aborted": None}, "-"),
        ({"messages": [{"kind": "noise", "severity": "error", "text": ""}], "aborted": None}, "other error"),
        ({"messages": [{"kind": "usual", "severity": "error", "text": ""}], "aborted": None}, "-"),
        ({"messages": [], "aborted": "KeyError: 2"}, "aborts"),
        ({"messages": [], "aborted": "KeyError: 'id'"}, "aborts, named"),
    ],
)
def test_what_a_tool_made_of_a_fixture(row, expected) -> None:
    rows = [
        readings.Reading("tool", "dup", "", frozenset({"COCO201"}), ""),
        readings.Reading("*", readings.ABORTED, "'id'", frozenset({"COCO201"}), ""),
        readings.Reading("other", "noise", "", frozenset({"COCO201"}), ""),
    ]
    assert readings.outcome(rows, "tool", "COCO201", row, frozenset({"usual"})).value == expected


def test_an_environment_is_made_anew_only_when_its_inputs_change(tmp_path, monkeypatch) -> None:
    commands: list[list[str]] = []

    def pretend(command: list[str]) -> None:
        commands.append(command)
        (tmp_path / "one").mkdir(exist_ok=True)

    monkeypatch.setattr(environments, "_quietly", pretend)
    python = environments.make_environment(tmp_path / "one", ["numpy"], "2026-11-30")
    assert python.is_relative_to(tmp_path / "one")
    assert any("numpy" in command for command in commands)
    made = len(commands)
    environments.make_environment(tmp_path / "one", ["numpy"], "2026-11-30")
    assert len(commands) == made
    environments.make_environment(tmp_path / "one", ["numpy"], "2026-12-01")
    assert len(commands) == 2 * made
