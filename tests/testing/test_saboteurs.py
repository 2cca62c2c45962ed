"""The contract tested: right exporters pass, and of the broken ones each is caught by the property that names it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cocoproof.testing.property_list import PROPERTIES

from ..examples import PROFILE, TIER
from .honest import Honest
from .honest_styles import STYLES
from .sabotage import caught_by_its_property, in_its_tier
from .saboteurs import SABOTEURS

SEEDS = (1, 2, 3)
PAGE = Path(__file__).parents[2] / "docs" / "contract.md"
PLAIN = [saboteur for saboteur in SABOTEURS if saboteur.group == "any dataset"]
FURTHER = [saboteur for saboteur in SABOTEURS if saboteur.group != "any dataset"]
GROUPS = list(dict.fromkeys(saboteur.group for saboteur in FURTHER))
QUICK = [next(saboteur for saboteur in FURTHER if saboteur.group == group) for group in GROUPS]
"""One of each group: these are tried in every tier."""


class TestHonest(Honest):
    """The whole contract on an exporter that is right."""

    max_examples = 10 if PROFILE == "ordinary" else 30
    directed = "none" if PROFILE == "ordinary" else None


# In the slow tier the whole table would take half an hour.
pytestmark = TIER if PROFILE == "fuzz" else []


@pytest.mark.parametrize("saboteur", PLAIN, ids=lambda saboteur: saboteur.name)
def test_is_caught_on_small_datasets_by_the_property_that_names_it(saboteur) -> None:
    for seed in SEEDS if PROFILE != "ordinary" else SEEDS[:1]:
        contract = saboteur.make()
        contract.seed = seed
        contract.directed = "none"
        caught_by_its_property(contract, saboteur)


@pytest.mark.parametrize("saboteur", QUICK, ids=lambda saboteur: saboteur.name)
def test_is_caught_by_the_property_that_names_it(saboteur) -> None:
    contract = saboteur.make()
    contract.max_examples = 0
    caught_by_its_property(contract, saboteur)


@pytest.mark.parametrize(
    "saboteur", in_its_tier([saboteur for saboteur in FURTHER if saboteur not in QUICK], 24), ids=lambda saboteur: saboteur.name
)
def test_every_other_is_caught_too(saboteur) -> None:
    contract = saboteur.make()
    contract.seed = 1
    caught_by_its_property(contract, saboteur)


@pytest.mark.parametrize("name", in_its_tier(STYLES, 37))
def test_a_right_exporter_in_another_style_is_not_refused(name) -> None:
    for seed in SEEDS:
        exporter = STYLES[name]()
        exporter.seed = seed
        exporter.directed = None if seed == SEEDS[0] else "none"
        for one in PROPERTIES:
            exporter._test(one)


def test_there_are_enough_and_every_property_is_broken_by_one() -> None:
    assert len(SABOTEURS) >= 220
    assert {saboteur.breaks for saboteur in SABOTEURS} == set(PROPERTIES)
    assert len({saboteur.name for saboteur in SABOTEURS}) == len(SABOTEURS)
    assert len(STYLES) >= 30


def test_the_documentation_has_them_all() -> None:
    text = PAGE.read_text(encoding="utf-8")
    properties = re.findall(r"^\| `(\w+)` \| (.+) \|$", text.split("<!-- properties -->")[1].split("<!-- end")[0], re.MULTILINE)
    assert properties == [(name, (entry.check.__doc__ or "").splitlines()[0]) for name, entry in PROPERTIES.items()]
    saboteurs = text.split("<!-- saboteurs -->")[1].split("<!-- end")[0]
    listed = re.findall(r"^\| ([^|`]+?) +\| `(\w+)` \|", saboteurs, re.MULTILINE)
    assert listed == [(saboteur.name, saboteur.breaks) for saboteur in SABOTEURS]
    styles = re.findall(r"^- (.+)$", text.split("<!-- styles -->")[1].split("<!-- end")[0], re.MULTILINE)
    assert styles == list(STYLES)
