"""Directed datasets: what they cover, how a failing one is reduced, and that what is printed can be pasted."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cocoproof.testing import DrawnDataset, DrawnImage
from cocoproof.testing.claims import Claims
from cocoproof.testing.code_text import literal
from cocoproof.testing.directed.covering import alone_rows, large_rows, pairwise_rows
from cocoproof.testing.directed.dimensions import DIMENSIONS
from cocoproof.testing.directed.minimise import minimised
from cocoproof.testing.directed.shapes import mask_at
from cocoproof.testing.directed.worlds import worlds
from cocoproof.testing.drawn import DrawnCase
from cocoproof.testing.trial import PropertyBroken

from .honest import Honest
from .saboteurs import SABOTEURS

if TYPE_CHECKING:
    from pathlib import Path

ANY = Claims(masks=True, crowds=True, folders=True, mapped=True, first_category_id=None)
NONE = Claims(masks=False, crowds=False, folders=False, mapped=False, first_category_id=1)


def test_every_two_bands_meet_and_every_level_occurs() -> None:
    rows = pairwise_rows(DIMENSIONS)
    for one, other in itertools.combinations(DIMENSIONS, 2):
        met = {(row[one.name], row[other.name]) for row in rows}
        for a, b in itertools.product(one.bands, other.bands):
            assert any((x, y) in met for x, y in itertools.product(a, b)), (one.name, a, other.name, b)
    for dimension in DIMENSIONS:
        assert {row[dimension.name] for row in [*rows, *alone_rows(DIMENSIONS)]} == set(dimension.levels()), dimension.name
        assert {row[dimension.name] for row in large_rows(DIMENSIONS)} >= set(dimension.large), dimension.name
    assert len(rows) < 100


def test_datasets_have_what_their_levels_say() -> None:
    cases = [world.case for world in worlds(ANY, twins=True)]
    images = [image for case in cases for image in case.dataset.images]
    assert {len(case.dataset.images) for case in cases} >= {10, 11, 16, 17, 32, 33, 100, 101, 128, 129, 256, 257, 1000, 1001, 1024, 1025}
    assert {len(image) for image in images} >= {10, 11, 16, 17, 32, 33, 100, 101, 128, 129, 256, 257, 1000, 1001, 1024, 1025}
    assert {len(case.dataset.classes) for case in cases} >= {10, 11, 16, 17, 32, 33, 100, 101, 128, 129, 256, 257, 1000, 1001, 1024, 1025}
    assert {image.width for image in images} >= {254, 255, 256, 257, 32_767, 32_768, 65_535, 65_536}
    assert {image.height for image in images} >= {255, 256, 257, 32_767, 32_768, 65_535, 65_536}
    assert {len(name) for case in cases for name in case.dataset.classes} >= {10, 11, 16, 17, 31, 32, 33, 64, 65, 100, 101, 255, 256}
    assert {len(image.file_name) for image in images} >= {10, 11, 16, 17, 31, 32, 33, 64, 65, 100, 101, 255}
    assert {str(image.detections().confidence.dtype) for image in images if image.confidence} >= {"float16", "float32", "float64"}
    crowded = [image.detections().data["iscrowd"].dtype for image in images if image.crowd]
    assert {str(dtype) for dtype in crowded} == {"bool", "int64", "uint8"}
    columns = [column for image in images if image.data for column in image.detections().data.values()]
    assert {column.dtype.kind for column in columns} >= {"b", "i", "u", "f", "U"}
    assert {column.ndim for column in columns} >= {1, 2, 3}
    boxes = [box for image in images for box in image.boxes]
    assert max((box[2] - box[0]) * (box[3] - box[1]) for box in boxes) > 2**53
    assert min(min(box[:2]) for box in boxes) < 0
    assert max(row.category_id or 0 for case in cases for row in case.mapping.classes) > 2**53


@pytest.mark.parametrize("length", [15, 255, 32_767])
def test_masks_have_runs_of_a_length(length) -> None:
    flat = mask_at(("runs", length)).ravel(order="F").astype(int)
    ends = np.flatnonzero(np.diff(np.concatenate([[1 - flat[0]], flat, [1 - flat[-1]]])))
    assert length in np.diff(ends)


def test_datasets_stay_within_the_claims() -> None:
    for world in worlds(NONE, twins=True):
        case = world.case
        assert not any(image.masks or image.crowd or "/" in image.file_name for image in case.dataset.images)
        assert len({image.file_name.casefold() for image in case.dataset.images}) == len(case.dataset.images)
        assert [row.category_id for row in case.mapping.classes] == list(range(1, len(case.dataset.classes) + 1))


def saboteur(name: str) -> Any:
    (found,) = (one for one in SABOTEURS if one.name == name)
    return found


@pytest.mark.parametrize(
    ("name", "images", "detections", "classes"),
    [
        ("images after the 32th left out", 33, 0, 1),
        ("detections after the 16th of an image left out", 1, 17, 1),
        ("category names cut at 32 characters", 0, 0, 1),
        pytest.param("parts after the 10th lost", 1, 1, 1, marks=pytest.mark.slow),
        pytest.param("categories after the 10th left out", 0, 0, 11, marks=pytest.mark.slow),
        pytest.param("scores only if the first image has them", 2, 1, 1, marks=pytest.mark.slow),
    ],
)
def test_what_fails_is_reduced_to_what_it_needs_and_printed_as_code(name, images, detections, classes) -> None:
    found = saboteur(name)
    contract = found.make()
    contract.max_examples = 0
    with pytest.raises(PropertyBroken) as caught:
        contract.prove(found.breaks)
    case = caught.value.case
    assert case is not None
    counts = len(case.dataset.images), sum(map(len, case.dataset.images)), len(case.dataset.classes)
    assert counts == (images, detections, classes)
    code = str(caught.value).split("):\n\n", 1)[1]
    assert len(code) < 3_000
    names: dict[str, Any] = {}
    exec(code.replace("dataset = ", "# "), names)  # noqa: S102 - what we printed
    assert DrawnCase(names["drawn"], names["mapping"]) == case


def test_reducing_ends_after_so_many_tries() -> None:
    case = worlds(ANY, twins=True)[-1].case
    tried = []

    def fails(smaller: DrawnCase) -> bool:
        tried.append(smaller)
        return len(smaller.dataset.images) > 700

    least = minimised(case, fails, ANY, 12)
    assert len(tried) == 12
    assert len(least.dataset.images) <= len(case.dataset.images)


@pytest.mark.parametrize(
    "value",
    [
        tuple(range(3, 40)),
        list(range(40, 3, -1)),
        ("a",) * 7 + ("b",) * 20,
        tuple(f"n{{{k}}}.png" for k in range(8, 20)),
        tuple(f"{k:05d}\n" for k in range(8, 20)),
        "." * 300 + "#" + "." * 20,
        {k: k + 5 for k in range(50)},
        {k: "ab"[k % 2] for k in range(50)},
        {1: 2},
        ((),),
        (1.5, True, None, -0.0),
    ],
)
def test_short_code_gives_the_same_value(value) -> None:
    assert eval(literal(value)) == value  # noqa: S307 - what we printed
    assert type(eval(literal(value))) is type(value)  # noqa: S307


def test_images_alike_are_one_line() -> None:
    images = tuple(DrawnImage(f"im {k}.png", 3, 2, boxes=((0.0, 0.0, 1.0, 1.0),), class_id=(0,)) for k in range(5, 300))
    drawn = DrawnDataset(("a",), (DrawnImage("first.png", 1, 1), *images))
    assert len(repr(drawn)) < 300
    assert eval(repr(drawn)) == drawn  # noqa: S307 - what we printed


@pytest.mark.slow
def test_a_dataset_that_the_exporter_rejects_is_left_out() -> None:
    import hypothesis

    class FewImages(Honest):
        max_examples = 0

        def export(self, dataset, mapping, folder) -> Path:
            if len(dataset.image_paths) > 20:
                hypothesis.reject()
            document = self.document(dataset, mapping)
            document["images"] = document["images"][:20]
            self.save(document, folder / "coco.json")
            return folder / "coco.json"

    FewImages().prove("images_complete")


@pytest.mark.slow
def test_the_tests_of_a_class_share_the_exports_of_directed_datasets() -> None:
    class Counting(Honest):
        max_examples = 0
        count = 0

        def export(self, dataset, mapping, folder) -> Path:
            type(self).count += 1
            return super().export(dataset, mapping, folder)

    Counting()._test("image_sizes")
    first = Counting.count
    Counting()._test("boxes")
    assert Counting.count - first < 5
    assert first > len(worlds(ANY, twins=True))


def test_a_local_class_cannot_be_tried_in_a_fresh_process() -> None:
    class Local(Honest):
        def export(self, dataset, mapping, folder) -> Path:
            return super().export(dataset, mapping, folder)

    with pytest.raises(pytest.skip.Exception, match="define it at the top of a module"):
        Local().prove("independent_of_process")


@pytest.mark.slow
def test_what_differs_between_processes_is_named() -> None:
    found = saboteur("the path of the image folder").make()
    with pytest.raises(PropertyBroken, match="depends on the path of the image folder"):
        found.prove("independent_of_process", shrink=False)


def test_a_drawn_counterexample_is_of_the_sort_that_its_property_is_about() -> None:
    class Ignoring(Honest):
        max_examples = 20

        def export(self, dataset, mapping, folder) -> Path:
            if mapping.unmapped_classes:
                self.save({}, folder / "coco.json")
                return folder / "coco.json"
            return super().export(dataset, mapping, folder)

    with pytest.raises(PropertyBroken, match="has no category for '") as caught:
        Ignoring().prove("unmapped_class_refused")
    assert caught.value.case.mapping.unmapped_classes
