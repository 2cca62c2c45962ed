from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pycocotools import mask as oracle

from cocoproof.model.findings import Kind
from cocoproof.readers import MAX_LOSSES, Counts, Ending, Stage, loaded_dataset, safe_masks
from cocoproof.readers.loaded_dataset import ReaderCalls
from cocoproof.readers.safe_masks import readable_masks

if TYPE_CHECKING:
    from tests.reload.conftest import Build, Reload

SQUARE = [[4, 4, 24, 4, 24, 20, 4, 20]]


def rle(*, compressed: bool, size: tuple[int, int] = (48, 64)) -> dict[str, object]:
    mask = np.zeros(size, np.uint8, order="F")
    mask[5:9, 3:30] = 1
    text = oracle.encode(mask)["counts"].decode()
    if compressed:
        return {"size": list(size), "counts": text}
    flat = mask.ravel(order="F")
    edges = np.flatnonzero(np.diff(flat)) + 1
    return {"size": list(size), "counts": np.diff([0, *edges, flat.size]).tolist()}


def test_sound_file(through_pycocotools: Reload, build: Build) -> None:
    outcome = through_pycocotools(
        build(
            {"segmentation": SQUARE},
            {"segmentation": rle(compressed=True), "image_id": 2},
            {"segmentation": rle(compressed=False), "iscrowd": 1, "category_id": 2},
            {"segmentation": [[4, 4, 24, 4, 24, 4, 24, 20, 4, 20, 4, 4]], "category_id": 2},  # closed, and a point twice
        )
    )
    assert outcome.ending is Ending.COMPLETE
    assert outcome.stage is Stage.EVALUATE
    assert (outcome.loaded, outcome.failure, outcome.losses, outcome.loss_count) == (True, None, (), 0)
    assert outcome.counts == Counts(images=2, annotations=4, categories=2, masks=4, masks_left_out=0)
    assert [(e.iou_type, e.ap, e.ran, e.reason) for e in outcome.evaluations] == [
        ("bbox", pytest.approx(1), True, None),
        ("segm", pytest.approx(1), True, None),
    ]


@pytest.mark.parametrize(
    ("text", "failure"),
    [
        ('{"annotations": [{"image_id": 1}]}', "pycocotools raised KeyError: 'id'"),
        ("[]", "pycocotools raised AssertionError: annotation file format <class 'list'> not supported"),
        ('{"images": [', "pycocotools raised JSONDecodeError: Expecting value"),
        ("", "pycocotools raised JSONDecodeError"),
        ('{"images": null}', "pycocotools raised TypeError: 'NoneType' object is not iterable"),
        ('{"images": [{"id": [1]}]}', "pycocotools raised TypeError"),
        ('{"images": ' + "[" * 100_000, "pycocotools raised RecursionError"),
        ('{"images": [{"id": 1' + "0" * 5000 + "}]}", "pycocotools raised ValueError: Exceeds the limit"),
        ("\ufeff{}", "pycocotools raised JSONDecodeError: Unexpected UTF-8 BOM"),
    ],
)
def test_what_pycocotools_raises(through_pycocotools: Reload, text: str, failure: str) -> None:
    outcome = through_pycocotools(text)
    assert outcome.failure is not None
    assert outcome.failure.startswith(failure)
    assert (outcome.loaded, outcome.ending, outcome.stage) == (False, Ending.RAISED, Stage.LOAD)


def test_ground_truth_that_does_not_load(through_pycocotools: Reload) -> None:
    outcome = through_pycocotools([], Kind.RESULTS, ground_truth=[1])
    assert outcome.failure == "pycocotools raised AssertionError: annotation file format <class 'list'> not supported"


@pytest.mark.parametrize("text", ["{}", '{"images": [{"id": NaN}], "annotations": [{"id": NaN, "image_id": NaN}]}'])
def test_odd_documents_end_in_an_outcome(through_pycocotools: Reload, text: str) -> None:
    outcome = through_pycocotools(text)
    assert (outcome.loaded, outcome.ending, outcome.loss_count) == (True, Ending.COMPLETE, 0)
    assert all(evaluation.ap is None for evaluation in outcome.evaluations)


def test_shared_ids_collapse(through_pycocotools: Reload, build: Build) -> None:
    document = build({"id": 7}, {"id": 8}, {"id": 7}, {"id": 1}, {"id": True})
    document["images"] = [*document["images"], *document["images"][:1]]  # type: ignore[index,misc]
    outcome = through_pycocotools(document)
    assert [(loss.pointer, loss.image_id, loss.annotation_id) for loss in outcome.losses] == [
        ("/images/0/id", 1, None),
        ("/annotations/0/id", 1, 7),
        ("/annotations/3/id", 1, 1),
    ]
    assert "/annotations/2" in outcome.losses[1].message
    assert "there spelt true" in outcome.losses[2].message
    assert outcome.counts.annotations == 3


def test_dangling_ids(through_pycocotools: Reload, build: Build) -> None:
    outcome = through_pycocotools(build({}, {"image_id": 9}, {"category_id": "1"}))
    assert [(loss.pointer, loss.annotation_id) for loss in outcome.losses] == [
        ("/annotations/1/image_id", 2),
        ("/annotations/2/category_id", 3),
    ]
    assert outcome.losses[1].category_id == "1"


def test_captions_have_no_category(through_pycocotools: Reload, build: Build) -> None:
    outcome = through_pycocotools(build({"caption": "a cat", "category_id": 0}, categories=[]), Kind.CAPTIONS)
    assert (outcome.loaded, outcome.loss_count, outcome.evaluations) == (True, 0, ())


def test_losses_are_all_counted(through_pycocotools: Reload, build: Build) -> None:
    outcome = through_pycocotools(build(*({"image_id": 9} for _ in range(MAX_LOSSES + 5))), evaluate=False)
    assert (len(outcome.losses), outcome.loss_count) == (MAX_LOSSES, MAX_LOSSES + 5)


@pytest.mark.parametrize(
    "polygon",
    [
        pytest.param([10.01, 5, 10.1, 5, 10.1, 35, 10.01, 35], id="between two columns"),
        pytest.param([100, 5, 120, 5, 120, 35], id="outside the image"),
    ],
)
def test_polygon_that_vanishes(through_pycocotools: Reload, build: Build, polygon: list[float]) -> None:
    assert oracle.area(oracle.merge(oracle.frPyObjects([polygon], 48, 64))) == 0
    outcome = through_pycocotools(build({"segmentation": [polygon]}))
    assert [loss.pointer for loss in outcome.losses] == ["/annotations/0/segmentation"]
    assert "encloses" in outcome.losses[0].message


def test_polygon_narrower_than_the_rasterisers_grid_vanishes(through_pycocotools: Reload, build: Build) -> None:
    outcome = through_pycocotools(build({"segmentation": [[2, 5, 62, 5, 62, 5.08, 2, 5.08]]}))
    (loss,) = outcome.losses
    assert loss.message == "annotation 1: the polygon encloses 4.8 px and pycocotools sets none of them: it is too thin"
    assert loss.slight


def test_edges_of_no_length_never_reach_c() -> None:
    row = {"image_id": 1, "segmentation": [[4, 4, 24, 4, 24.01, 4, 24, 20, 4, 20, 4, 4]]}
    masks, _ = readable_masks([row], {1: {"height": 48, "width": 64}}, ())
    (ring,) = masks[0].segmentation
    assert len(ring) == 8


def test_polygon_that_encloses_nothing_is_no_loss(through_pycocotools: Reload, build: Build) -> None:
    outcome = through_pycocotools(build({"segmentation": [[4, 4, 20, 20, 4, 4]]}, {"segmentation": [[5, 5, 5, 5, 5, 5]]}))
    assert (outcome.loss_count, outcome.counts.masks) == (0, 2)


def test_no_segmentation_is_no_loss(through_pycocotools: Reload, build: Build) -> None:
    outcome = through_pycocotools(build({"segmentation": []}, {}, {"segmentation": None}))
    assert (outcome.loss_count, outcome.counts.masks, outcome.counts.masks_left_out) == (0, 0, 0)
    assert [evaluation.iou_type for evaluation in outcome.evaluations] == ["bbox"]


HOSTILE = {
    "null coordinate": [[4, None, 24, 4, 24, 20]],
    "NaN coordinate": [[4, float("nan"), 24, 4, 24, 20]],
    "far coordinate": [[4, 4, 2e9, 4, 24, 20]],
    "box for a ring": [[4, 4, 20, 16]],
    "no numbers": [[]],
    "dicts": [{"size": [48, 64], "counts": "PP"}],
    "text": "04",
    "short sum": {"size": [48, 64], "counts": [10, 5]},
    "negative": {"size": [48, 64], "counts": [-5, 3077]},
    "huge": {"size": [48, 64], "counts": [2**70, 5]},
    "size 0": {"size": [0, 0], "counts": "0"},
    "size of another image": rle(compressed=True, size=(64, 48)),
    "truncated": {"size": [48, 64], "counts": "PPP"},
    "no counts": {"size": [48, 64]},
    "bool size": {"size": [True, 64], "counts": "0"},
}


@pytest.mark.parametrize("segmentation", [pytest.param(value, id=name) for name, value in HOSTILE.items()])
def test_hostile_masks_never_reach_c(through_pycocotools: Reload, build: Build, segmentation: object) -> None:
    outcome = through_pycocotools(build({"segmentation": segmentation}, {"segmentation": SQUARE}))
    assert (outcome.ending, outcome.loss_count) == (Ending.COMPLETE, 0)
    assert (outcome.counts.masks, outcome.counts.masks_left_out) == (1, 1)
    segm = outcome.evaluations[1]
    assert (segm.iou_type, segm.ap, segm.reason) == ("segm", pytest.approx(1), "1 annotation without a mask that can be read left out")


def test_masks_the_parent_names_are_left_out(through_pycocotools: Reload, build: Build) -> None:
    outcome = through_pycocotools(build({"segmentation": SQUARE}, {"segmentation": SQUARE}), unsafe=(1,))
    assert (outcome.counts.masks, outcome.counts.masks_left_out) == (1, 1)


def test_mask_of_an_image_without_size(through_pycocotools: Reload, build: Build) -> None:
    outcome = through_pycocotools(build({"segmentation": SQUARE}, images=[{"id": 1, "file_name": "1.png", "height": 48}]))
    assert (outcome.ending, outcome.counts.masks, outcome.counts.masks_left_out) == (Ending.COMPLETE, 0, 1)


class FalseCoco:
    """pycocotools, were it wrong by one pixel."""

    def annToMask(self, annotation: dict[str, object]) -> np.ndarray:  # noqa: N802
        mask = oracle.decode(annotation["segmentation"])
        mask[0, 0] ^= 1
        return mask

    def annToRLE(self, annotation: dict[str, object]) -> dict[str, object]:  # noqa: N802
        return oracle.encode(np.asfortranarray(self.annToMask(annotation)))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("decode", [True, False])
def test_mask_that_is_another_is_told_apart(decode: bool) -> None:
    row = {"image_id": 1, "segmentation": rle(compressed=True)}
    masks, left_out = readable_masks([row], {1: {"height": 48, "width": 64}}, ())
    assert left_out == 0
    false = FalseCoco()
    trouble = loaded_dataset._trouble(ReaderCalls("pycocotools", false.annToMask, false.annToRLE), row, masks[0], decode=decode)
    assert trouble is not None
    assert "109 px" in trouble.text
    assert "108 px" in trouble.text


def test_panoptic_and_image_info(through_pycocotools: Reload, build: Build) -> None:
    panoptic = build(annotations=[{"image_id": 1, "file_name": "1.png", "segments_info": []}])
    outcome = through_pycocotools(panoptic, Kind.PANOPTIC)
    assert (outcome.loaded, outcome.counts.images, outcome.evaluations) == (True, 2, ())
    plain = {key: value for key, value in build().items() if key != "annotations"}
    assert through_pycocotools(plain, Kind.IMAGE_INFO).counts == Counts(images=2, categories=2)


def test_lvis_is_loaded_and_not_evaluated(through_pycocotools: Reload, build: Build) -> None:
    outcome = through_pycocotools(build({"segmentation": SQUARE, "iscrowd": ...}), Kind.LVIS)
    assert (outcome.ending, outcome.counts.masks, outcome.evaluations) == (Ending.COMPLETE, 1, ())


def test_results(through_pycocotools: Reload, build: Build) -> None:
    boxes = [
        {"image_id": 1, "category_id": 1, "bbox": [4, 4, 20, 16], "score": 0.5},
        {"image_id": 2, "category_id": 9, "bbox": [4, 4, 20, 16], "score": 0.5},
    ]
    outcome = through_pycocotools(boxes, Kind.RESULTS, ground_truth=build({}))
    assert (outcome.ending, outcome.counts.annotations, outcome.counts.masks) == (Ending.COMPLETE, 2, 0)
    assert [(loss.pointer, loss.annotation_id) for loss in outcome.losses] == [("/1/category_id", None)]
    boxes[1]["image_id"] = 9
    outcome = through_pycocotools(boxes, Kind.RESULTS, ground_truth=build({}))
    assert outcome.failure == "pycocotools raised AssertionError: Results do not correspond to current coco set"


def test_results_with_masks(through_pycocotools: Reload, build: Build) -> None:
    shared = {"image_id": 1, "category_id": 1, "score": 0.5}
    masks = [{**shared, "segmentation": rle(compressed=True)} for _ in range(3)]
    outcome = through_pycocotools(masks, Kind.RESULTS, ground_truth=build({}), unsafe=(0,))
    assert (outcome.counts.annotations, outcome.counts.masks, outcome.counts.masks_left_out) == (2, 2, 1)
    for name, segmentation in HOSTILE.items():
        hostile = [{**shared, "segmentation": segmentation}, {**shared, "segmentation": segmentation}]
        outcome = through_pycocotools(hostile, Kind.RESULTS, ground_truth=build({}))
        assert outcome.ending in {Ending.COMPLETE, Ending.RAISED}, name
        assert outcome.counts.masks == 0, name


def test_nothing_is_printed(through_pycocotools: Reload, build: Build, capfd: pytest.CaptureFixture[str]) -> None:
    through_pycocotools(build({}))
    through_pycocotools("[")
    assert capfd.readouterr() == ("", "")


def test_ids_that_are_no_int64_are_text(through_pycocotools: Reload, build: Build) -> None:
    document = build({"id": 2**70}, {"id": 2**70}, {"id": "\ud800"}, {"id": "\ud800"}, {"id": 1.5}, {"id": 1.5})
    outcome = through_pycocotools(json.dumps(document))
    assert [loss.annotation_id for loss in outcome.losses] == [str(2**70), "\\ud800", "1.5"]


def test_masks_of_sound_annotations_beside_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """What each encloses, and about how many runs it has, whatever its neighbours are."""
    square, odd, tiny = [4, 4, 24, 4, 24, 20, 4, 20], [1, 2, 3, 4, 5], [1, 1, 1, 1, 3, 1, 3, 3]
    rows: list[dict[str, object]] = [
        {"image_id": 1, "segmentation": rings} for rings in ([square, tiny], [odd], [square], [[5, 5, 5, 5, 5, 5]])
    ]
    images: dict[object, dict[str, object]] = {1: {"height": 48, "width": 64}}
    masks, left_out = readable_masks(rows, images, ())
    assert {place: mask.enclosed for place, mask in masks.items()} == {0: 322.0, 2: 320.0, 3: 0.0}
    assert left_out == 1
    assert masks[0].run_bound == 40 + 4 + 4 + 4
    assert masks[0].segmentation == [square, [1, 1, 3, 1, 3, 3]]
    assert masks[3].segmentation == []
    monkeypatch.setattr(safe_masks, "MASK_RINGS", 1)
    assert set(readable_masks(rows, images, ())[0]) == {2, 3}
