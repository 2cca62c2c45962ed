"""The contract tested: a right exporter passes, and of the broken ones each is caught by the property that names it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cocoproof.testing.property_list import PROPERTIES
from cocoproof.testing.trial import PropertyBroken

from ..examples import PROFILE, TIER
from .honest import Honest
from .saboteurs import SABOTEURS

SEEDS = (1,) if PROFILE == "ordinary" else (1, 2, 3)


class TestHonest(Honest):
    """The whole contract on an exporter that is right."""

    max_examples = 30


pytestmark = TIER


@pytest.mark.parametrize("saboteur", SABOTEURS, ids=lambda saboteur: saboteur.name)
def test_is_caught_by_the_property_that_names_it(saboteur) -> None:
    for seed in SEEDS:
        contract = saboteur.make()
        contract.seed = seed
        with pytest.raises(PropertyBroken, match=rf"^{saboteur.breaks}: ") as caught:
            contract.prove(saboteur.breaks, shrink=False)
        # A saboteur that stumbles over itself would be caught by anything.
        assert ("export raised" in str(caught.value)) == (saboteur.name == "fails on a data set without images")


def test_there_are_enough_and_every_property_is_broken_by_one() -> None:
    assert len(SABOTEURS) >= 30
    assert {saboteur.breaks for saboteur in SABOTEURS} == set(PROPERTIES)
    assert len({saboteur.name for saboteur in SABOTEURS}) == len(SABOTEURS)


def test_the_documentation_has_them_all() -> None:
    text = (Path(__file__).parents[2] / "docs" / "contract.md").read_text(encoding="utf-8")
    properties = re.findall(r"^\| `(\w+)` \| (.+) \|$", text.split("<!-- properties -->")[1].split("<!-- end")[0], re.MULTILINE)
    assert properties == [(name, (entry.check.__doc__ or "").splitlines()[0]) for name, entry in PROPERTIES.items()]
    told = re.findall(r"^\| ([^|`]+?) +\| `(\w+)` \| \d", text, re.MULTILINE)
    assert told == [(saboteur.name, saboteur.breaks) for saboteur in SABOTEURS]
