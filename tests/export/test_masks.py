"""Masks come back from pycocotools bit for bit, whatever their form; areas and boxes are the pixels' own."""

from __future__ import annotations

import json

import numpy as np
import pytest
import supervision as sv

from cocoproof import ClassMapping
from cocoproof.export import ExportError, PlainDetections, Runs, Segmentations, export_coco
from cocoproof.geometry.ragged import Ragged

# pycocotools.decode under numpy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

ONE = ClassMapping.from_names(["thing"])
HEIGHT, WIDTH = 33, 41


def random_masks(count, seed=0):
    rng = np.random.default_rng(seed)
    ys, xs = np.mgrid[:HEIGHT, :WIDTH]
    for number in range(count):
        mask = np.zeros((HEIGHT, WIDTH), bool)
        kind = number % 10
        if kind == 0:
            mask = rng.random((HEIGHT, WIDTH)) < rng.random()
        elif kind == 1:
            mask[rng.integers(HEIGHT), rng.integers(WIDTH)] = True
        elif kind == 2:
            mask[[0, -1]] = mask[:, [0, -1]] = True
        elif kind == 3:
            mask[:] = True
        elif kind == 4 and number % 100 == 4:
            pass  # empty
        elif kind == 5:
            mask = (ys + xs) % rng.integers(2, 5) == 0
        elif kind == 6:
            mask[5:25, 5:30] = True
            for top, left in rng.integers(6, 22, (4, 2)):
                mask[top : top + rng.integers(1, 4), left : left + rng.integers(1, 4)] = False
        elif kind == 7:
            radius = np.hypot(ys - rng.uniform(0, HEIGHT), xs - rng.uniform(0, WIDTH))
            mask = (radius // rng.integers(2, 6)) % 2 == 0
        else:
            for top, left in rng.integers(0, (HEIGHT - 2, WIDTH - 2), (4, 2)):
                mask[top : top + rng.integers(1, 9), left : left + rng.integers(1, 9)] = True
        yield mask


def extent(mask):
    ys, xs = np.nonzero(mask)
    return [xs.min(), ys.min(), xs.max() + 1 - xs.min(), ys.max() + 1 - ys.min()]


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["rle", "polygon", "auto"])
def test_2000_random_masks_are_read_back_bit_for_bit(mode, tmp_path, load):
    masks = list(random_masks(2000))
    empty = sum(not mask.any() for mask in masks)
    assert empty >= 20
    images = [
        (
            (f"{at}.png", (WIDTH, HEIGHT)),
            PlainDetections(np.tile([0, 0, WIDTH, HEIGHT], (100, 1)), np.zeros(100, int), mask=np.array(masks[at : at + 100])),
        )
        for at in range(0, 2000, 100)
    ]
    report = export_coco(images, tmp_path / "out.json", mapping=ONE, masks=mode, boxes="mask", empty_masks="keep")
    coco = load(tmp_path / "out.json")
    assert report.annotations == len(coco.anns) == 2000
    for annotation_id, mask in enumerate(masks, 1):
        annotation = coco.anns[annotation_id]
        assert np.array_equal(coco.annToMask(annotation).astype(bool), mask)
        assert annotation["area"] == mask.sum()
        assert annotation["iscrowd"] == 0
        if mask.any():
            assert annotation["bbox"] == extent(mask)
    kinds = [isinstance(annotation["segmentation"], list) for annotation in coco.anns.values()]
    assert (report.masks.polygon, report.masks.rle, report.masks.none) == (sum(kinds), 2000 - sum(kinds), 0)
    assert sum(kinds) == {"rle": 0, "polygon": 2000 - empty}.get(mode, sum(kinds))
    if mode == "auto":
        assert 200 < sum(kinds) < 1800


def test_auto_takes_the_shorter_text_and_never_a_polygon_with_a_hole(tmp_path, load, plain):
    ys, xs = np.mgrid[:HEIGHT, :WIDTH]
    masks = np.zeros((3, HEIGHT, WIDTH), bool)
    masks[0, 5:20, 5:20] = True
    masks[1] = masks[0]
    masks[1, 10, 10] = False
    masks[2] = np.hypot(ys - 16, xs - 20) < 14
    found = plain([[0, 0, 9, 9]] * 3, mask=masks)
    export_coco([(("a.png", (WIDTH, HEIGHT)), found)], tmp_path / "auto.json", mapping=ONE)
    kinds = [type(row["segmentation"]) for row in load(tmp_path / "auto.json").dataset["annotations"]]
    assert kinds == [list, dict, dict]


def has_hole(mask):
    """Whether some background is cut off from outside the frame, by flood fill over all eight neighbours."""
    open_ = ~np.pad(mask, 1)
    seen, todo = np.zeros_like(open_), [(0, 0)]
    while todo:
        y, x = todo.pop()
        if 0 <= y < open_.shape[0] and 0 <= x < open_.shape[1] and open_[y, x] and not seen[y, x]:
            seen[y, x] = True
            todo += [(y + down, x + right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    return bool((open_ & ~seen).any())


def test_auto_is_the_polygon_if_it_has_no_hole_and_is_not_longer(tmp_path, load):
    masks = np.array([mask for mask in random_masks(400, seed=5) if mask.any()])
    found = PlainDetections(np.tile([0, 0, WIDTH, HEIGHT], (len(masks), 1)), np.zeros(len(masks), int), mask=masks)
    segmentations = {}
    for mode in ("auto", "polygon", "rle"):
        export_coco([(("a.png", (WIDTH, HEIGHT)), found)], tmp_path / "out.json", mapping=ONE, masks=mode)
        segmentations[mode] = [row["segmentation"] for row in load(tmp_path / "out.json").dataset["annotations"]]
    for mask, auto, polygon, rle in zip(masks, *segmentations.values(), strict=True):
        longer = len(json.dumps(polygon, separators=(",", ":"))) > len(json.dumps(rle, separators=(",", ":")))
        assert auto == (rle if longer or has_hole(mask) else polygon)


def compact(masks):
    boxes = np.array([[0, 0, WIDTH - 1, HEIGHT - 1]] * len(masks), float)
    return sv.detection.compact_mask.CompactMask.from_dense(masks, boxes, (HEIGHT, WIDTH))


def tight_compact(masks):
    boxes = sv.mask_to_xyxy(masks)
    return sv.detection.compact_mask.CompactMask.from_dense(masks, boxes, (HEIGHT, WIDTH))


def as_runs(masks):
    from cocoproof.geometry.rle import encode_mask

    return Runs(Ragged.from_rows([encode_mask(mask) for mask in masks], np.int64), (HEIGHT, WIDTH))


def as_compressed(masks):
    import pycocotools.mask

    return Segmentations(
        [{**one, "size": list(one["size"])} for one in (pycocotools.mask.encode(np.asfortranarray(mask)) for mask in masks)]
    )


def as_counts(masks):
    """Counts as a list, one run of 0 in the middle, which pycocotools must not see."""
    rows = []
    for mask in masks:
        flat = np.concatenate([[False], mask.T.ravel()])
        edges = np.flatnonzero(flat[1:] != flat[:-1])
        counts = np.diff(edges, prepend=0, append=HEIGHT * WIDTH).tolist()
        rows.append({"size": [HEIGHT, WIDTH], "counts": [counts[0], 0, 0, *counts[1:]]})
    return Segmentations(rows)


@pytest.mark.parametrize("form", [np.asarray, np.uint8, compact, tight_compact, as_runs, as_compressed, as_counts])
@pytest.mark.parametrize("mode", ["rle", "polygon"])
def test_every_form_of_masks_gives_the_same_bytes(form, mode, tmp_path):
    masks = np.array([mask for mask in random_masks(40, seed=3) if mask.any()])
    boxes, ids = np.tile([1.0, 2, 30, 31], (len(masks), 1)), np.zeros(len(masks), int)
    written = []
    for number, value in enumerate((masks, form(masks))):
        path = tmp_path / f"{number}.json"
        found = PlainDetections(boxes, ids, mask=value)
        export_coco([(("a.png", (WIDTH, HEIGHT)), found)], path, mapping=ONE, masks=mode)
        written.append(path.read_bytes())
    assert written[0] == written[1]


def test_polygons_of_the_source_stay_those_polygons(tmp_path, load, plain):
    rings = [[1.5, 1.25, 20.75, 2.0, 11.0, 19.5], [25, 25, 35, 25, 35, 30]]
    found = plain([[1, 1, 30, 30]], mask=Segmentations([rings]))
    export_coco([(("a.png", (WIDTH, HEIGHT)), found)], tmp_path / "out.json", mapping=ONE)
    coco = load(tmp_path / "out.json")
    assert coco.anns[1]["segmentation"] == rings
    assert coco.anns[1]["area"] == coco.annToMask(coco.anns[1]).sum()
    export_coco([(("a.png", (WIDTH, HEIGHT)), found)], tmp_path / "rle.json", mapping=ONE, masks="rle")
    again = load(tmp_path / "rle.json")
    assert np.array_equal(again.annToMask(again.anns[1]), coco.annToMask(coco.anns[1]))


def test_a_crowd_is_the_source_s_word_and_run_length_encoded(tmp_path, load, plain):
    masks = np.zeros((3, HEIGHT, WIDTH), bool)
    masks[:, 5:20, 5:20] = True
    masks[2, 8:10, 8:10] = False
    found = plain([[5, 5, 20, 20]] * 3, mask=masks, data={"iscrowd": np.array([0, 1, 0]), "area": np.array([-1, 7, 7])})
    for mode in ("polygon", "auto", "rle"):
        export_coco([(("a.png", (WIDTH, HEIGHT)), found)], tmp_path / "out.json", mapping=ONE, masks=mode)
        rows = load(tmp_path / "out.json").dataset["annotations"]
        assert [row["iscrowd"] for row in rows] == [0, 1, 0]
        assert isinstance(rows[1]["segmentation"], dict)
        assert [row["area"] for row in rows] == [225, 225, 221]


def test_boxes_without_masks_have_no_segmentation_unless_asked(tmp_path, load, plain):
    found = plain([[1, 2, 11, 22.5]])
    path = tmp_path / "out.json"
    assert export_coco([(("a.png", (40, 30)), found)], path, mapping=ONE).masks.none == 1
    row = load(path).anns[1]
    assert "segmentation" not in row
    assert row["area"] == 205.0
    export_coco([(("a.png", (40, 30)), found)], path, mapping=ONE, segment_boxes=True)
    coco = load(path)
    assert coco.anns[1]["segmentation"] == [[1, 2, 11, 2, 11, 22.5, 1, 22.5]]
    assert coco.annToMask(coco.anns[1]).sum() in (200, 210)


def test_masks_none_writes_boxes(tmp_path, load, plain):
    found = plain([[0, 0, 10, 10]], mask=np.ones((1, 30, 40), bool))
    report = export_coco([(("a.png", (40, 30)), found)], tmp_path / "out.json", mapping=ONE, masks="none")
    assert load(tmp_path / "out.json").anns[1] == {
        "id": 1,
        "image_id": 1,
        "category_id": 1,
        "bbox": [0, 0, 10, 10],
        "area": 100,
        "iscrowd": 0,
    }
    assert report.masks.none == 1


def test_a_mask_without_a_pixel_is_named_or_written_as_asked(tmp_path, load, plain):
    source = [(("a.png", (40, 30)), plain([[0, 0, 10, 10]], mask=np.zeros((1, 30, 40), bool)))]
    path = tmp_path / "out.json"
    with pytest.raises(ExportError, match=r"^image a.png, detection 0: its mask has no pixel"):
        export_coco(source, path, mapping=ONE)
    assert export_coco(source, path, mapping=ONE, on_error="skip").left_out == {"mask-empty": 1}
    export_coco(source, path, mapping=ONE, empty_masks="box")
    assert "segmentation" not in load(path).anns[1]
    export_coco(source, path, mapping=ONE, empty_masks="keep")
    coco = load(path)
    assert coco.annToMask(coco.anns[1]).sum() == 0


def test_masks_outside_the_area_shares_are_left_out_counted_and_named(tmp_path, load, plain):
    masks = np.zeros((3, 10, 10), bool)
    masks[0, 0, 0] = masks[1, :5] = masks[2] = True
    source = [(("a.png", (10, 10)), plain([[0, 0, 5, 5]] * 3, mask=masks))]
    report = export_coco(source, tmp_path / "out.json", mapping=ONE, min_area_share=0.02, max_area_share=0.5)
    (row,) = load(tmp_path / "out.json").dataset["annotations"]
    assert (row["id"], row["area"]) == (1, 50)
    assert report.left_out == {"mask-above-max-area-share": 1, "mask-below-min-area-share": 1}
    assert [(one.image, one.detection) for one in report.examples] == [("a.png", 0), ("a.png", 2)]
    assert "1 px, 0.01 of the image" in report.examples[0].detail


@pytest.mark.parametrize("limits", [{"min_iou": 0.9}, {"max_vertices": 12}, {"keep_vertices": 0.25}])
def test_a_tolerance_states_the_iou_that_pycocotools_sees(limits, tmp_path, load, plain):
    ys, xs = np.mgrid[:120, :160]
    masks = np.array([np.hypot(ys - 60, xs - 80) < radius + 4 * np.sin(5 * np.arctan2(ys - 60, xs - 80)) for radius in (15, 30, 50)])
    source = [(("a.png", (160, 120)), plain([[0, 0, 99, 99]] * 3, mask=masks))]
    exact = tmp_path / "exact.json"
    assert export_coco(source, exact, mapping=ONE, masks="polygon").fidelity is None
    report = export_coco(source, tmp_path / "out.json", mapping=ONE, masks="polygon", **limits)
    coco, whole = load(tmp_path / "out.json"), load(exact)
    assert report.fidelity.annotation_ids.tolist() == [1, 2, 3]
    for number, (mask, iou) in enumerate(zip(masks, report.fidelity.iou, strict=True), 1):
        back = coco.annToMask(coco.anns[number]).astype(bool)
        assert iou == pytest.approx((back & mask).sum() / (back | mask).sum(), abs=1e-12)
        assert coco.anns[number]["area"] == back.sum()
        vertices = sum(map(len, coco.anns[number]["segmentation"])) // 2
        full = sum(map(len, whole.anns[number]["segmentation"])) // 2
        assert vertices < full
        assert iou >= limits.get("min_iou", 0)
        assert vertices <= limits.get("max_vertices", full)
        assert vertices <= np.ceil(limits.get("keep_vertices", 1) * full)
    assert report.fidelity.least == report.fidelity.iou.min() < 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"masks": "rle", "min_iou": 0.9}, "masks='rle'"),
        ({"masks": "mask"}, "expected one of 'auto'"),
        ({"min_iou": 1.5}, "min_iou is 1.5"),
        ({"min_area_share": 0.5, "max_area_share": 0.25}, "above max_area_share"),
        ({"max_vertices": 3}, "max_vertices is 3"),
        ({"keep_vertices": float("nan")}, "keep_vertices is nan"),
        ({"first_annotation_id": 0}, "first_annotation_id is 0"),
        ({"boxes": "both"}, "boxes is 'both'"),
        ({"on_error": "ignore"}, "on_error is 'ignore'"),
    ],
)
def test_options_out_of_their_domain_are_refused_before_anything_is_read(options, message, tmp_path):
    def never():
        raise AssertionError
        yield

    with pytest.raises(ValueError, match=message):
        export_coco(never(), tmp_path / "out.json", mapping=ONE, **options)
    assert list(tmp_path.iterdir()) == []
