from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from cocoproof.model.findings import Kind
from cocoproof.readers import Counts, Ending, Limits, Loader, ReloadProcess, ReloadRequest
from cocoproof.readers.safe_masks import differ_in_a_block

if TYPE_CHECKING:
    from pathlib import Path

    from tests.reload.conftest import Build, Reload

SQUARE = [[4, 4, 24, 4, 24, 20, 4, 20]]
CORNER = {"size": [48, 64], "counts": [0, 5, 48 * 64 - 5]}


def test_sound_file(through_supervision: Reload, build: Build) -> None:
    document = build(
        {"segmentation": SQUARE, "category_id": 90},
        {"segmentation": CORNER, "category_id": 3, "bbox": [0, 0, 1, 5]},
        {"image_id": 2, "bbox": [1 / 3, 1e6 / 7, 1e-3, 5]},
        categories=[{"id": 90, "name": "dog"}, {"id": 3, "name": "cat"}, {"id": 1, "name": "bee"}],
    )
    outcome = through_supervision(document)
    assert (outcome.ending, outcome.losses) == (Ending.COMPLETE, ())
    assert outcome.counts == Counts(images=2, annotations=3, categories=3, masks=2, masks_left_out=0)


@pytest.mark.parametrize(
    ("row", "failure"),
    [
        ({"category_id": 9}, "supervision raised ValueError"),
        ({"bbox": ...}, "supervision raised KeyError: 'bbox'"),
        ({"image_id": [1]}, "supervision raised TypeError"),
    ],
)
def test_what_supervision_raises(through_supervision: Reload, build: Build, row: dict[str, object], failure: str) -> None:
    outcome = through_supervision(build(row))
    assert str(outcome.failure).startswith(failure)
    assert (outcome.loaded, outcome.ending) == (False, Ending.RAISED)


def test_broken_json(through_supervision: Reload) -> None:
    assert str(through_supervision("[").failure).startswith("supervision raised JSONDecodeError")


def test_path_out_of_the_folder_names_no_path_of_this_machine(through_supervision: Reload, build: Build) -> None:
    images = [{"id": 1, "file_name": "../1.png", "width": 64, "height": 48}]
    failure = str(through_supervision(build({}, images=images)).failure)
    assert "outside" in failure
    assert "the images directory images-of-the-file" in failure.replace("\n", " ")


def test_dropped_annotations_are_losses_of_one_sort(through_supervision: Reload, build: Build) -> None:
    outcome = through_supervision(build({}, {"image_id": 9}, {"image_id": 8}))
    assert [(loss.pointer, loss.annotation_id) for loss in outcome.losses] == [
        ("/annotations/1/image_id", 2),
        ("/annotations/2/image_id", 3),
    ]
    assert [(sort.sort, sort.table, sort.rows, sort.count) for sort in outcome.loss_rows] == [("dropped", "annotations", (1, 2), 2)]


def test_shared_image_id(through_supervision: Reload, build: Build) -> None:
    images = [{"id": 1, "file_name": f"{n}.png", "width": 64, "height": 48} for n in (1, 2)]
    outcome = through_supervision(build({}, images=images))
    assert [loss.pointer for loss in outcome.losses] == ["/images/0/id", "/images/1/id"]
    assert outcome.counts.annotations == 2


def test_shared_category_id(through_supervision: Reload, build: Build) -> None:
    outcome = through_supervision(build({}, categories=[{"id": 1, "name": "cat"}, {"id": 1, "name": "dog"}]))
    assert [loss.pointer for loss in outcome.losses] == ["/categories/0/id"]


def test_box_of_text_is_held_as_numbers(through_supervision: Reload, build: Build) -> None:
    outcome = through_supervision(build({"bbox": ["4", "4", "20", "16"]}, {}))
    assert [loss.pointer for loss in outcome.losses] == ["/annotations/0/bbox"]


def test_empty_mask_for_want_of_one(through_supervision: Reload, build: Build) -> None:
    outcome = through_supervision(build({"segmentation": SQUARE}, {"segmentation": []}))
    assert [(loss.pointer, loss.annotation_id) for loss in outcome.losses] == [("/annotations/1", 2)]


def test_masks_beyond_the_budget_are_left_out(through_supervision: Reload, build: Build) -> None:
    large = {"id": 3, "file_name": "3.png", "width": 100_000, "height": 100_000}
    document = build({"segmentation": SQUARE}, {"segmentation": SQUARE, "image_id": 3})
    document["images"] = [*document["images"], large]  # type: ignore[misc]
    outcome = through_supervision(document)
    assert (outcome.ending, outcome.losses) == (Ending.COMPLETE, ())
    assert (outcome.counts.annotations, outcome.counts.masks, outcome.counts.masks_left_out) == (2, 1, 1)


def test_what_a_border_may_differ_by() -> None:
    square = np.zeros((40, 40), bool)
    square[10:30, 10:30] = True
    wider = np.zeros((40, 40), bool)
    wider[9:31, 9:32] = True
    shifted = np.roll(square, 4, axis=0)
    assert not differ_in_a_block(square, square)
    assert not differ_in_a_block(square, wider)
    assert differ_in_a_block(square, shifted)
    assert differ_in_a_block(square, np.zeros_like(square))


def test_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.joinpath("supervision.py").write_text("raise ModuleNotFoundError('none', name='supervision')")
    monkeypatch.syspath_prepend(tmp_path)
    with ReloadProcess.start(Loader.SUPERVISION, Limits(wall_seconds=20)) as process:
        process.submit(ReloadRequest("any.json", Kind.INSTANCES))
        outcome = process.result()
    assert (outcome.ending, outcome.failure) == (Ending.NOT_INSTALLED, "supervision is not installed")
    assert not outcome.loaded


@pytest.mark.slow
def test_many_edges_and_many_polygons_count_towards_the_budget(through_supervision: Reload, build: Build) -> None:
    """supervision draws each polygon in Python over a mask of the whole image: 100,000 points out of order took it 20 s."""
    scrambled = [[number for k in range(50_000) for number in (k * 7919 % 64, k * 104729 % 48)]]
    many = SQUARE * 400_000
    for large in (scrambled, many):
        outcome = through_supervision(build({"segmentation": SQUARE, "image_id": 2}, {"segmentation": large}))
        assert (outcome.ending, outcome.losses) == (Ending.COMPLETE, ())
        assert (outcome.counts.masks, outcome.counts.masks_left_out) == (1, 1)
