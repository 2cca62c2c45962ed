"""The how-to's own scenario: a model's classes to ["person", "car", "dog"], beside what supervision writes for it."""

from __future__ import annotations

import json

import numpy as np
import pytest
import supervision as sv
from PIL import Image

from cocoproof import ClassMapping
from cocoproof.export import ExportVerificationError, export_coco

TARGET = ["person", "car", "dog"]


@pytest.fixture
def dataset(tmp_path):
    """A model that knows dogs, persons, cars and vans, and sees no person."""
    paths = []
    for number in range(2):
        path = tmp_path / "images" / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.zeros((30, 40, 3), np.uint8)).save(path)
        paths.append(str(path))
    found = {
        path: sv.Detections(np.array([[1.0, 2, 11, 22], [3, 4, 9, 9]]), class_id=np.array(ids))
        for path, ids in zip(paths, [[0, 2], [3, 0]], strict=True)
    }
    return sv.DetectionDataset(["dog", "person", "car", "van"], paths, found)


def names_of(path):
    document = json.loads(path.read_text())
    names = {row["id"]: row["name"] for row in document["categories"]}
    return [names[row["category_id"]] for row in document["annotations"]], [(row["id"], row["name"]) for row in document["categories"]]


def test_every_category_is_listed_in_order_and_vans_become_cars(dataset, tmp_path):
    mapping = ClassMapping.from_names(dataset.classes, TARGET, rename={"van": "car"})
    report = export_coco(dataset, tmp_path / "out.json", mapping=mapping, verify=True)
    found, categories = names_of(tmp_path / "out.json")
    assert found == ["dog", "car", "car", "dog"]
    assert categories == [(1, "person"), (2, "car"), (3, "dog")]
    assert report.merged == {"car": {"car": 1, "van": 1}}
    assert report.verification.ok()
    assert "car: merged from car (1), van (1)" in str(report)


def test_the_how_to_s_subclass_gives_the_right_classes_here_and_the_wrong_ones_there(dataset, tmp_path):
    index = {0: 2, 1: 0, 2: 1, 3: 1}

    class Mapped(sv.DetectionDataset):
        def __iter__(self):
            for path, image, found in super().__iter__():
                mapped = found[:]
                mapped.class_id = np.array([index[number] for number in found.class_id.tolist()])
                yield path, image, mapped

    mapped = Mapped(dataset.classes, dataset.image_paths, dataset.annotations)
    export_coco(mapped, tmp_path / "ours.json", mapping=ClassMapping.from_names(TARGET))
    assert names_of(tmp_path / "ours.json")[0] == ["dog", "car", "car", "dog"]
    # supervision asks the dataset it was made with, so that the ids that were to be remapped are written as they are.
    theirs = Mapped([*TARGET, "van"], dataset.image_paths, dataset.annotations)
    theirs.as_coco(annotations_path=str(tmp_path / "theirs.json"))
    assert names_of(tmp_path / "theirs.json")[0] == ["person", "dog", "van", "person"]


def test_what_the_mapping_drops_is_counted_by_name(dataset, tmp_path):
    mapping = ClassMapping.from_names(dataset.classes, TARGET, drop=["van"])
    report = export_coco(dataset, tmp_path / "out.json", mapping=mapping)
    assert report.dropped == {"van": 1}
    assert [(row.class_name, row.category, row.written, row.dropped) for row in report.classes] == [
        ("dog", "dog", 2, 0),
        ("car", "car", 1, 0),
        ("van", None, 0, 1),
    ]


def test_ids_with_gaps_and_in_another_order(dataset, tmp_path):
    mapping = ClassMapping.from_names(dataset.classes, {18: "dog", 1: "person", 3: "car"}, rename={"van": "car"})
    export_coco(dataset, tmp_path / "out.json", mapping=mapping, verify=True)
    found, categories = names_of(tmp_path / "out.json")
    assert found == ["dog", "car", "car", "dog"]
    assert categories == [(1, "person"), (3, "car"), (18, "dog")]


def test_verification_fails_loudly_and_leaves_the_file(dataset, tmp_path):
    dataset.annotations[dataset.image_paths[1]].xyxy[0] = [900, 900, 950, 950]
    mapping = ClassMapping.from_names(dataset.classes, TARGET, rename={"van": "car"})
    with pytest.raises(ExportVerificationError, match=r"COCO503.*The file was not removed") as caught:
        export_coco(dataset, tmp_path / "out.json", mapping=mapping, verify=True)
    assert caught.value.export.annotations == 4
    assert not caught.value.verification.ok()
    assert len(names_of(tmp_path / "out.json")[0]) == 4
