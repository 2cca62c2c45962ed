"""`diff` against every small change of a file: nothing is left unnoticed, and only ids, orders and equal masks are no change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.leaf_flips import Outcome, flips, sample

from cocoproof.diff.diff_files import diff
from cocoproof.diff.input import NotComparable
from cocoproof.reading.source import read_source

FIXTURES = Path(__file__).parents[2] / "fixtures" / "accept"
NOT_COMPARED = {"coco_text.json"}
"""`diff` refuses these files: their sections are dictionaries."""
SAMPLE = 15
"""Changes of each file in the default tier."""


def tracked() -> Any:
    """A file with sections and fields that COCO does not define, and references into them."""
    return {
        "info": {"year": 2024, "contributors": ["a", "b"], "nested": {"deep": [{"x": 1.5}]}},
        "licenses": [{"id": 1, "name": "MIT", "url": None}, {"id": 2, "name": "CC"}, {"id": 3, "name": "CC"}],
        "videos": [{"id": 5, "name": "v1", "length": 2}, {"id": 6, "name": "v2"}],
        "tracks": [{"id": 9, "video_id": 5, "category_id": 1}],
        "images": [
            {"id": 10, "file_name": "a.jpg", "width": 40, "height": 30, "license": 3, "video_id": 5, "frame": 0},
            {"id": 11, "file_name": "b.jpg", "width": "640", "height": 100.5, "license": 2, "video_id": 6, "tags": []},
        ],
        "categories": [{"id": 1, "name": "dog", "color": [1, 2, 3]}, {"id": 2, "name": "cat", "extra": {"a": None}}],
        "annotations": [
            {"id": 1, "image_id": 10, "category_id": 1, "bbox": [1, 2, 3, 4], "area": 12, "iscrowd": 0, "track_id": 9},
            {"id": 2, "image_id": 10, "category_id": 2, "bbox": [9, 9, 3, 4], "area": 2**53 + 1, "iscrowd": False, "score": "0.5"},
            {"id": "x", "image_id": 11, "category_id": 7, "bbox": [9, 9, 3], "segmentation": [], "attributes": [1, {"b": True}]},
            {"id": 4.5, "image_id": 99, "caption": "c", "obb": [[1, 2], [3, 4]], "keypoints": []},
        ],
        "user": [{"id": 1, "value": 1e300}, {"id": 2}],
        "scalar": 7,
    }


def documents() -> dict[str, Any]:
    files = {path.name: json.loads(path.read_bytes()) for path in sorted(FIXTURES.glob("*.json")) if path.name not in NOT_COMPARED}
    return {**files, "tracked": tracked()}


@pytest.mark.parametrize("name", documents())
def test_a_sample_of_the_changes(name: str) -> None:
    outcome = Outcome()
    document = documents()[name]
    for flip in sample(document, 60 if name == "tracked" else SAMPLE):
        outcome.take(document, flip)
    assert not outcome.unnoticed, outcome.unnoticed[:5]


@pytest.mark.slow
@pytest.mark.parametrize("name", documents())
def test_all_changes(name: str) -> None:
    outcome = Outcome()
    document = documents()[name]
    every = list(flips(document))
    for flip in every:
        outcome.take(document, flip)
    assert not outcome.unnoticed, outcome.unnoticed[:5]
    assert outcome.counts.total() == len(every)
    assert outcome.counts["change"] > 0.8 * len(every)


def test_files_that_are_not_compared_are_refused() -> None:
    for name in NOT_COMPARED:
        source = read_source(FIXTURES / name)
        with pytest.raises(NotComparable):
            diff(source, source)
