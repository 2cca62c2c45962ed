"""`compare`: what supervision's exporter loses is found, located and measured; what ours keeps is not."""

from __future__ import annotations

import copy
import json
import warnings

import numpy as np
import pytest

from cocoproof import ClassMapping
from cocoproof.export import PlainDetections, export_coco
from cocoproof.roundtrip import FieldNames, LossKind, Tolerance, compare

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import supervision as sv

READERS = ["pycocotools", "own"]


def edited(path, change):
    """A copy of a file after `change` had its document."""
    document = json.loads(path.read_text())
    change(document)
    other = path.with_name("edited.json")
    other.write_text(json.dumps(document))
    return other


def kinds(report):
    return {kind.value: count for kind, count in report.counts.items()}


@pytest.fixture
def three():
    """Two images; three detections with everything on the first."""
    masks = np.zeros((3, 30, 40), bool)
    masks[0, 2:12, 3:13] = True
    masks[1, 15:25, 3:13] = True
    masks[2, 2:12, 20:35] = True
    boxes = [[3, 2, 13, 12], [3, 15, 13, 25], [20.25, 2, 35, 12]]
    detections = PlainDetections(
        np.array(boxes),
        np.array([0, 1, 0]),
        masks,
        np.array([0.5, 0.25, 0.75]),
        np.array([7, 8, 9]),
        {
            "iscrowd": np.array([0, 1, 0]),
            "note": np.array(["a", "b", "c"]),
            "xyxyxyxy": np.arange(24.0).reshape(3, 4, 2),
        },
    )
    return [(("a/one.png", (40, 30)), detections), (("two.png", (40, 30)), None)]


@pytest.fixture
def exported(three, same_mapping, tmp_path):
    export_coco(three, tmp_path / "ours.json", mapping=same_mapping)
    return tmp_path / "ours.json"


# supervision's exporter: S1 to S5 of the facts.


@pytest.mark.parametrize("via", READERS)
def test_s1_a_hole_becomes_a_crowd(masks, dataset_of, by_supervision, same_mapping, via):
    source = dataset_of(masks[1:2])
    (loss,) = compare(source, by_supervision(source), mapping=same_mapping, via=via).of(LossKind.CROWD)
    assert str(loss) == "image im3.png, detection 0: iscrowd 0 in, 1 out; evaluation ignores what is a crowd"
    assert (loss.image, loss.detection, loss.expected, loss.found) == ("im3.png", 0, 0, 1)


@pytest.mark.parametrize("via", READERS)
def test_s2_a_polygon_through_pixel_centres(masks, dataset_of, by_supervision, same_mapping, via):
    source = dataset_of(masks[:1])
    report = compare(source, by_supervision(source), mapping=same_mapping, via=via)
    (loss,) = report.losses
    assert str(loss) == "image im3.png, detection 0: mask 600 px in, 551 px out, IoU 0.918"
    assert loss.kind is LossKind.MASK
    assert loss.measure == 551 / 600
    # Its own reload hides it.
    assert compare(source, by_supervision(source), mapping=same_mapping, via="supervision").ok


@pytest.mark.parametrize("via", READERS)
def test_s3_a_hole_of_no_crowd_becomes_an_object(masks, dataset_of, by_supervision, same_mapping, via):
    source = dataset_of(masks[1:2], data={"iscrowd": np.array([0])})
    (loss,) = compare(source, by_supervision(source), mapping=same_mapping, via=via).losses
    assert (loss.kind, loss.expected) == (LossKind.MASK, 575)
    assert 0 < loss.measure < 0.95


@pytest.mark.parametrize("via", READERS)
def test_s4_no_segmentation_that_cannot_be_read(masks, dataset_of, by_supervision, same_mapping, via):
    bare = dataset_of(xyxy=[[1, 2, 11, 22]])
    (loss,) = compare(bare, by_supervision(bare), mapping=same_mapping, via=via).losses
    assert str(loss) == "image im3.png, detection 0: no mask in, out: segmentation [], for which annToMask raises IndexError"
    pixel = dataset_of(masks[2:])
    (loss,) = compare(pixel, by_supervision(pixel), mapping=same_mapping, via=via).losses
    assert (loss.kind, loss.expected, loss.measure) == (LossKind.MASK_UNREADABLE, 1, 0.0)


@pytest.mark.parametrize("via", READERS)
def test_s5_renumbered_and_gone(masks, dataset_of, by_supervision, via):
    source = dataset_of(
        masks[:1], confidence=np.array([0.5]), tracker_id=np.array([4]), data={"note": np.array(["a"]), "xyxyxyxy": np.zeros((1, 4, 2))}
    )
    mapping = ClassMapping.from_names(["dog", "cat"], {3: "dog", 90: "cat"})
    report = compare(source, by_supervision(source), mapping=mapping, via=via)
    assert kinds(report) == {"category-id": 2, "mask": 1, "score": 1, "track-id": 1, "oriented-box": 1, "data": 1}
    assert [str(loss) for loss in report.of(LossKind.CATEGORY_ID, LossKind.SCORE, LossKind.DATA)] == [
        "the category 'dog' has id 3 in, 1 out",
        "the category 'cat' has id 90 in, 2 out",
        "image im3.png, detection 0: score 0.5 in, none out",
        "image im3.png, detection 0: data['note'] 'a' in, none out",
    ]


# Ours.


@pytest.mark.parametrize("via", [*READERS, "supervision"])
@pytest.mark.parametrize("how", ["auto", "polygon", "rle"])
def test_our_exporter_loses_nothing(masks, dataset_of, tmp_path, via, how):
    if via == "supervision" and how != "rle":
        pytest.skip("supervision fills polygons with their outline")
    mapping = ClassMapping.from_names(["dog", "cat"], {3: "dog", 90: "cat"})
    columns = {"confidence": np.array([0.1, 0.2, 0.3], np.float32), "tracker_id": np.arange(3), "data": {"x": np.arange(3.0)}}
    source = dataset_of(masks, **columns)
    export_coco(source, tmp_path / "ours.json", mapping=mapping, masks=how)
    report = compare(source, tmp_path / "ours.json", mapping=mapping, via=via)
    assert report.ok, str(report)
    assert (report.images, report.detections) == (1, 3)
    assert bool(report.notes) == (via == "supervision")


@pytest.mark.parametrize("via", READERS)
def test_a_file_of_everything_comes_back(three, exported, same_mapping, via):
    assert compare(three, exported, mapping=same_mapping, via=via).losses == ()


# One thing wrong at a time.


def annotation(k, **fields):
    def change(document):
        document["annotations"][k].update(fields)

    return change


def swap(section, a, b):
    def change(document):
        rows = document[section]
        rows[a], rows[b] = rows[b], rows[a]

    return change


def drop(section, k):
    def change(document):
        del document[section][k]

    return change


def again(document):
    document["annotations"].append({**copy.deepcopy(document["annotations"][0]), "id": 99})


def rename_image(document):
    document["images"][0]["file_name"] = "one.png"


def resize_image(document):
    document["images"][1]["width"] = 41


def swap_names(document):
    one, two = document["categories"]
    one["name"], two["name"] = two["name"], one["name"]


CHANGES = {
    "class": (annotation(0, category_id=2), {"class": 1}),
    "no such class": (annotation(0, category_id=5), {"class": 1}),
    "box": (annotation(0, bbox=[4, 2, 10, 10]), {"box": 1}),
    "box as corners": (annotation(2, bbox=[20.25, 2, 35, 12]), {"box": 1}),
    "mask": (annotation(0, segmentation=[[3, 2, 13, 2, 13, 11, 3, 11]]), {"mask": 1}),
    "no mask": (annotation(0, segmentation=[]), {"mask-unreadable": 1}),
    "malformed mask": (annotation(0, segmentation={"size": [30, 40], "counts": "0"}), {"mask-unreadable": 1}),
    "polygon of two vertices": (annotation(0, segmentation=[[1, 2, 3, 4]]), {"mask-unreadable": 1}),
    "area": (annotation(2, area=149), {"area": 1}),
    "crowd": (annotation(1, iscrowd=0), {"crowd": 1}),
    "score": (annotation(1, score=0.26), {"score": 1}),
    "track": (annotation(1, track_id=1), {"track-id": 1}),
    "oriented box": (annotation(1, obb=[0.0] * 8), {"oriented-box": 1}),
    "column": (annotation(2, attributes={"note": "d"}), {"data": 1}),
    "order": (swap("annotations", 0, 2), {"detection-order": 1}),
    "missing": (drop("annotations", 1), {"detection-missing": 1}),
    "extra": (again, {"detection-extra": 1}),
    "image missing": (drop("images", 1), {"image-missing": 1}),
    "image order": (swap("images", 0, 1), {"image-order": 1}),
    "image name": (rename_image, {"image-name": 1}),
    "image size": (resize_image, {"image-size": 1}),
    "category order": (swap("categories", 0, 1), {"category-order": 1}),
    "category missing": (drop("categories", 1), {"category-missing": 1, "class": 1}),
    "names swapped": (swap_names, {"category-id": 2, "category-order": 1, "class": 3}),
}


@pytest.mark.parametrize("via", READERS)
@pytest.mark.parametrize("case", CHANGES)
def test_each_change_is_named_and_nothing_else(three, exported, same_mapping, via, case):
    change, wanted = CHANGES[case]
    path = edited(exported, change)
    report = compare(three, path, mapping=same_mapping, via=via)
    assert kinds(report) == wanted, str(report)


def test_losses_are_located_and_measured(three, exported, same_mapping):
    def loss(change):
        (one,) = compare(three, edited(exported, change), mapping=same_mapping).losses
        return one

    moved = loss(annotation(0, bbox=[4, 2, 10, 10]))
    assert (moved.image, moved.detection, moved.measure, moved.expected, moved.found) == (
        "a/one.png",
        0,
        1.0,
        [3, 2, 13, 12],
        [4, 2, 14, 12],
    )
    order = loss(swap("annotations", 0, 2))
    assert (order.found, order.measure) == ([2, 1, 0], 2.0)
    missing = loss(drop("annotations", 1))
    assert str(missing) == "image a/one.png, detection 1: 'cat', box 3, 15, 13, 25 in, nothing out"
    unsafe = loss(annotation(0, segmentation={"size": [30, 40], "counts": [5, 5]}))
    assert "must not reach pycocotools' C code: its counts are malformed (sum)" in str(unsafe)


def test_tolerances(three, exported, same_mapping):
    def ok(change, **tolerance):
        return compare(three, edited(exported, change), mapping=same_mapping, tolerance=Tolerance(**tolerance)).ok

    assert not ok(annotation(0, bbox=[4, 2, 10, 10]), box=0.99)
    assert ok(annotation(0, bbox=[4, 2, 10, 10]), box=1)
    mask = annotation(0, segmentation=[[3, 2, 13, 2, 13, 11, 3, 11]])  # 90 of 100 px
    assert not ok(mask, mask_iou=0.91)
    assert ok(mask, mask_iou=0.9)
    assert not ok(annotation(2, area=149), area=0.5)
    assert ok(annotation(2, area=149), area=1)
    assert ok(annotation(1, score=0.26), score=0.011)
    with pytest.raises(ValueError, match="mask_iou is 2"):
        Tolerance(mask_iou=2)


def test_an_order_among_equal_boxes_is_told_by_what_else_they_have(same_mapping, tmp_path):
    boxes = np.tile([1.0, 2.0, 11.0, 12.0], (3, 1))
    source = [(("a.png", (40, 30)), PlainDetections(boxes, np.zeros(3, int), confidence=np.array([0.1, 0.2, 0.3])))]
    export_coco(source, tmp_path / "ours.json", mapping=same_mapping)
    (loss,) = compare(source, edited(tmp_path / "ours.json", swap("annotations", 0, 1)), mapping=same_mapping).losses
    assert (loss.kind, loss.found) == (LossKind.DETECTION_ORDER, [1, 0, 2])


def test_dropped_and_unmapped_classes(tmp_path):
    source = [(("a.png", (40, 30)), PlainDetections(np.array([[1, 2, 11, 12], [2, 2, 12, 12.0]]), np.array([0, 1])))]
    mapping = ClassMapping.from_names(["dog", "cat"], ["dog"], drop=["cat"])
    export_coco(source, tmp_path / "ours.json", mapping=mapping)
    report = compare(source, tmp_path / "ours.json", mapping=mapping)
    assert report.ok
    assert report.detections == 1
    strict = ClassMapping.from_names(["dog", "cat"], ["dog"])
    report = compare(source, tmp_path / "ours.json", mapping=strict)
    assert [loss.kind for loss in report.losses] == [LossKind.DETECTION_MISSING]


def test_float64_boxes_that_float32_cannot_hold(same_mapping, tmp_path):
    boxes = np.array([[2.0**24 + 1, 0.1, 2.0**24 + 8, 10.3], [1 / 3, 1 / 7, 2 / 3, 10.0]])
    source = [(("a.png", (40, 30)), PlainDetections(boxes, np.zeros(2, int)))]
    export_coco(source, tmp_path / "ours.json", mapping=same_mapping)
    for via in ("pycocotools", "own"):
        assert compare(source, tmp_path / "ours.json", mapping=same_mapping, via=via).ok

    def narrow(document):
        for row in document["annotations"]:
            row["bbox"] = np.array(row["bbox"], np.float32).astype(float).tolist()

    report = compare(source, edited(tmp_path / "ours.json", narrow), mapping=same_mapping)
    assert [loss.detection for loss in report.of(LossKind.BOX)] == [0, 1]
    assert report.losses[0].measure == pytest.approx(1)


def test_keypoints(tmp_path):
    points = sv.KeyPoints(
        xy=np.array([[[1.5, 2], [0, 0], [9, 12]]]), class_id=np.array([0]), keypoint_confidence=np.array([[0.5, 0.25, 1.0]])
    )
    mapping = ClassMapping.from_names(["dog"])
    source = [(("a.png", (40, 30)), points)]
    from cocoproof.export import Skeleton

    export_coco(source, tmp_path / "ours.json", mapping=mapping, skeletons=Skeleton(("nose", "tail", "paw")))
    for via in READERS:
        assert compare(source, tmp_path / "ours.json", mapping=mapping, via=via).ok
    wrong = edited(tmp_path / "ours.json", annotation(0, keypoints=[1.5, 2, 2, 0, 0, 0, 9, 12, 1]))
    (loss,) = compare(source, wrong, mapping=mapping).losses
    assert str(loss) == "image a.png, detection 0: keypoints: number 8 is 2 in, 1 out"


def test_a_file_that_cannot_be_loaded_is_one_loss(three, same_mapping, tmp_path):
    (tmp_path / "broken.json").write_text('{"images": [')
    for via in (*READERS, "supervision"):
        (loss,) = compare(three, tmp_path / "broken.json", mapping=same_mapping, via=via).losses
        assert loss.kind is LossKind.FILE
        assert via in str(loss)


def test_other_keys(three, exported, same_mapping):
    def rekey(document):
        for row in document["annotations"]:
            row["confidence"] = row.pop("score")
            row.update(row.pop("attributes"))

    path = edited(exported, rekey)
    assert kinds(compare(three, path, mapping=same_mapping)) == {"score": 3, "data": 3}
    assert compare(three, path, mapping=same_mapping, keys=FieldNames(score="confidence", attributes=None)).ok


def test_the_source_is_not_changed_and_must_be_readable_twice(three, exported, same_mapping):
    before = copy.deepcopy(three)
    compare(three, exported, mapping=same_mapping)
    for (_, one), (_, other) in zip(before, three, strict=True):
        if one is not None:
            assert np.array_equal(one.xyxy, other.xyxy)
            assert np.array_equal(one.mask, other.mask)
            assert one.data.keys() == other.data.keys()
    with pytest.raises(TypeError, match="generator or iterator"):
        compare(iter(three), exported, mapping=same_mapping)
    with pytest.raises(ValueError, match="expected one of pycocotools, supervision, own"):
        compare(three, exported, mapping=same_mapping, via="json")


def test_a_dataset_that_iterates_in_its_own_way_means_what_it_gives(dataset_of, by_supervision, tmp_path):
    """The how-to's MappedDataset."""
    plain = dataset_of(xyxy=[[1, 2, 11, 22], [5, 5, 9, 9]], class_id=np.array([0, 1]))

    class Mapped(sv.DetectionDataset):
        def __iter__(self):
            for path, image, detections in super().__iter__():
                turned = copy.deepcopy(detections)
                turned.class_id = 1 - turned.class_id
                yield path, image, turned

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mapped = Mapped(plain.classes, plain.image_paths, plain.annotations)
        mapping = ClassMapping.from_names(["dog", "cat"])
        written = by_supervision(mapped)
        report = compare(mapped, written, mapping=mapping, images_dir=tmp_path / "images")
    assert kinds(report.without({LossKind.MASK_UNREADABLE})) == {"class": 2}
