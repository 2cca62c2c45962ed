"""Results of a ground truth itself score 1; with one class swapped they do not."""

from __future__ import annotations

import json

import numpy as np
import pytest
import supervision as sv

from cocoproof import ClassMapping
from cocoproof.export import ExportError, Segmentations, Skeleton, export_coco, export_results

# pycocotools.decode under numpy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

CLASSES = ["dog", "person", "car"]
TRUTH = ClassMapping.from_names(CLASSES, {7: "car", 2: "person", 40: "dog"})
MODEL = ClassMapping.from_names(CLASSES, ["person", "car", "dog"])
SWAPPED = ClassMapping.from_names(["person", "dog", "car"], ["person", "car", "dog"])
WIDTH, HEIGHT = 90, 70


def images(seed=0):
    """Five images with holed and parted masks."""
    rng = np.random.default_rng(seed)
    ys, xs = np.mgrid[:HEIGHT, :WIDTH]
    for number in range(5):
        masks = []
        for _ in range(6):
            radius = np.hypot(ys - rng.uniform(15, 55), xs - rng.uniform(15, 75))
            masks.append((radius < 13) & (radius > rng.uniform(0, 6)))
        masks = np.array(masks)
        boxes = sv.mask_to_xyxy(masks) + np.array([0, 0, 1, 1])
        yield (
            (f"set/{number}.jpg", (WIDTH, HEIGHT)),
            sv.Detections(boxes.astype(float), class_id=rng.integers(0, 3, 6), mask=masks, confidence=rng.uniform(0.5, 1, 6)),
        )


@pytest.mark.parametrize("masks", ["auto", "polygon", "rle"])
@pytest.mark.parametrize("task", ["bbox", "segm"])
def test_a_ground_truth_scores_1_on_itself_and_less_with_a_class_swapped(task, masks, tmp_path, evaluate):
    truth, results = tmp_path / "truth.json", tmp_path / "results.json"
    export_coco(images(), truth, mapping=TRUTH, masks=masks)
    report = export_results(images(), results, mapping=MODEL, gt=truth, task=task, verify=True)
    assert report.annotations == 30
    assert evaluate(truth, results, task) == pytest.approx(1.0)
    rows = json.loads(results.read_text())
    assert {row["category_id"] for row in rows} == {2, 7, 40}
    assert set(rows[0]) == {"image_id", "category_id", "score", "bbox" if task == "bbox" else "segmentation"}
    export_results(images(), results, mapping=SWAPPED, gt=truth, task=task)
    assert evaluate(truth, results, task) < 0.6


def test_key_points_score_1_on_themselves(tmp_path, evaluate):
    skeleton = Skeleton(tuple(f"k{number}" for number in range(17)))
    rng = np.random.default_rng(1)
    source = [
        (
            (f"{number}.jpg", (WIDTH, HEIGHT)),
            sv.KeyPoints(rng.uniform(1, 60, (3, 17, 2)), class_id=rng.integers(0, 3, 3), detection_confidence=rng.uniform(0.5, 1, 3)),
        )
        for number in range(4)
    ]
    truth, results = tmp_path / "truth.json", tmp_path / "results.json"
    export_coco(source, truth, mapping=TRUTH, skeletons=skeleton)
    export_results(source, results, mapping=MODEL, gt=truth, verify=True)
    assert evaluate(truth, results, "keypoints") == pytest.approx(1.0)
    export_results(source, results, mapping=SWAPPED, gt=truth)
    assert evaluate(truth, results, "keypoints") < 0.6


def test_image_ids_are_found_by_the_end_of_the_path(tmp_path, plain):
    gt = {
        "images": [
            {"id": 42, "file_name": "val\\1.jpg", "width": 40, "height": 30},
            {"id": 7, "file_name": "1.jpg", "width": 40, "height": 30},
        ],
        "categories": [{"id": 3, "name": "thing"}],
    }
    mapping = ClassMapping.from_names(["thing"])
    found = plain(confidence=np.array([0.5]))
    source = [("/data/val/1.jpg", found), ("C:\\x\\1.jpg", found)]
    export_results(source, tmp_path / "out.json", mapping=mapping, gt=gt)
    assert [row["image_id"] for row in json.loads((tmp_path / "out.json").read_text())] == [42, 7]
    with pytest.raises(ExportError, match=r"image val2/2.jpg: no image of the ground truth .* did you mean 'val/1.jpg'"):
        export_results([("val2/2.jpg", found)], tmp_path / "out.json", mapping=mapping, gt=gt)
    with pytest.raises(ExportError, match="is image 7 of the ground truth already"):
        export_results([("1.jpg", found), ("x/1.jpg", found)], tmp_path / "out.json", mapping=mapping, gt=gt)


def test_what_results_cannot_be(tmp_path, plain):
    mapping = ClassMapping.from_names(["thing"])
    gt = {"images": [{"id": 1, "file_name": "a.jpg", "width": 40, "height": 30}], "categories": [{"id": 3, "name": "thing"}]}
    out = tmp_path / "out.json"

    def refused(match, found, **further):
        with pytest.raises(ExportError, match=match):
            export_results([("a.jpg", found)], out, **{"mapping": mapping, "gt": gt, **further})

    score = np.array([0.5])
    refused("detection 0: the score", plain())
    refused("the score is 1.5; expected a number from 0 to 1", plain(confidence=np.array([1.5])))
    refused("cannot be segm results", plain(confidence=score), task="segm")
    refused("a segm result needs", plain(confidence=score, mask=Segmentations([None])))
    refused("masks are 40x30", plain(confidence=score, mask=np.ones((1, 40, 30), bool)))
    refused("the list of results is empty", plain([]))
    with pytest.raises(ExportError, match="ground truth has 40x30"):
        export_results([(("a.jpg", (30, 40)), plain(confidence=score))], out, mapping=mapping, gt=gt)
    other = ClassMapping.from_names(["thin"])
    refused("category 'thin' is not in the ground truth; did you mean 'thing'", plain(confidence=score), mapping=other)
    for bad in ({"images": []}, {"images": [], "categories": [{"id": 1}]}, tmp_path / "missing.json", tmp_path):
        refused("the ground truth", plain(confidence=score), gt=bad)
    doubled = {**gt, "images": gt["images"] * 2}
    refused("two images of the ground truth have the file name 'a.jpg'", plain(confidence=score), gt=doubled)
    with pytest.raises(ValueError, match="needs the ground truth as a file"):
        export_results([], out, mapping=mapping, gt=gt, verify=True)
    assert list(tmp_path.iterdir()) == []
    assert export_results([("a.jpg", None)], out, mapping=mapping, gt=gt, allow_empty=True).images == 1
    assert json.loads(out.read_text()) == []


def test_results_of_two_tasks_do_not_share_a_file(tmp_path, plain):
    mapping = ClassMapping.from_names(["thing"])
    rows = [{"id": number, "file_name": f"{number}.jpg", "width": 40, "height": 30} for number in (1, 2)]
    gt = {"images": rows, "categories": [{"id": 3, "name": "thing"}]}
    score = np.array([0.5])
    source = [("1.jpg", plain(confidence=score)), ("2.jpg", plain(confidence=score, mask=np.ones((1, 30, 40), bool)))]
    export_results(source, tmp_path / "out.json", mapping=mapping, gt=gt)  # boxes; masks are more than that asks for
    with pytest.raises(ExportError, match=r"image 1.jpg: these would be bbox results, those before them are segm"):
        export_results(source[::-1], tmp_path / "out.json", mapping=mapping, gt=gt)
    report = export_results(source[::-1], tmp_path / "out.json", mapping=mapping, gt=gt, on_error="skip")
    assert report.left_out == {"task": 1}


def test_a_pycocotools_object_is_a_ground_truth(tmp_path, load):
    truth = tmp_path / "truth.json"
    export_coco(images(), truth, mapping=TRUTH)
    export_results(images(), tmp_path / "a.json", mapping=MODEL, gt=truth)
    export_results(images(), tmp_path / "b.json", mapping=MODEL, gt=load(truth))
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
