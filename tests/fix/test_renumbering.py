"""`fix --categories`: whatever is renumbered, no annotation changes the name of its category."""

from __future__ import annotations

import json
from collections import Counter

from tests.examples import TIER, examples
from tests.fix.renumbering import mismatches, random_case

from cocoproof.checking.check_settings import CheckSettings
from cocoproof.fix import FixOptions, fix
from cocoproof.mapping import Category, CategoryList
from cocoproof.reading.source import Source

EXAMPLES = examples(600)

pytestmark = TIER


def test_no_annotation_changes_the_name_of_its_category():
    outcomes: Counter[str] = Counter()
    for seed in range(EXAMPLES):
        text, entries = random_case(seed)
        expected = CategoryList(tuple(Category(one["id"], one["name"]) for one in entries)) if entries else None
        found = fix(Source("file.json", text.encode()), FixOptions(CheckSettings(expected=expected), unsafe=seed % 2 == 1))
        assert mismatches(text, found.data) == [], f"seed {seed}"
        outcomes[
            "renumbered" if "COCO409" in found.counts else "refused" if any(one.code == "COCO409" for one in found.left) else "same"
        ] += 1
    assert outcomes["renumbered"] > EXAMPLES / 5
    assert outcomes["refused"] > EXAMPLES / 20


def test_the_oracle_notices_a_reference_that_comes_to_mean_something():
    text, _ = random_case(0)
    document = json.loads(text)
    document["annotations"] = [{"category_id": 77}]
    before = json.dumps(document)
    document["categories"][0]["id"] = 77
    assert mismatches(before, json.dumps(document))
