"""What `--for fiftyone` says, on the real importer. A data set of FiftyOne needs a database; what the importer gives it does not."""

from __future__ import annotations

import copy
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from cocoproof.consumers.fiftyone import CONSUMER
from cocoproof.profiles.fiftyone import PROFILE
from cocoproof.rules.examples import dataset

from .claims import GONE_PICTURE, agrees, every_tested_claim_has_a_case, loads, on_the_loader, raises
from .comparison import CORPUS_FILES, Measured, check_corpus, check_crafted
from .defects import DEFECTS
from .documents import DOCUMENTS
from .importer_documents import IMPORTER_DOCUMENTS

if TYPE_CHECKING:
    from pathlib import Path


def load(document: Any, folder: Path) -> list[tuple[str, str, str, int]]:
    """The kind of each label, its class, its image and the row of its annotation. All images but those that are to be missing are taken to exist."""
    from fiftyone.utils.coco import COCODetectionDatasetImporter

    marked = copy.deepcopy(document)
    for k, row in enumerate(marked.get("annotations") or []):
        row["row_number"] = k
    path = folder / "labels.json"
    path.write_text(json.dumps(marked), encoding="utf-8")
    names = [image.get("file_name") for image in document.get("images", []) if image.get("file_name") != GONE_PICTURE]
    importer = COCODetectionDatasetImporter(data_path={name: f"/{name}" for name in names if isinstance(name, str)}, labels_path=str(path))
    importer.setup()
    out = []
    for image, _, label in importer:
        out.append(("image", "", image, -1))
        for key, found in (label or {}).items():
            rows = found.keypoints if key == "keypoints" else found.detections
            out += [(key, one.label, image, one.row_number) for one in rows if key != "segmentations" or one.mask.size]
    return out


def arrives(document: Any, folder: Path) -> Measured:
    held = load(document, folder)
    rows = {number: name for kind, name, _, number in held if kind in {"detections", "keypoints"}}
    masks = {number for kind, _, _, number in held if kind == "segmentations"}
    images = sum(kind == "image" for kind, _, _, _ in held)
    by_class = Counter(rows.values()) if document.get("categories") else Counter()  # without categories a label is an id
    return Measured(images=images, annotations=len(rows), by_class=by_class, masks=len(masks))


def labels(held: list[tuple[str, str, str, int]], kind: str = "detections") -> list[str]:
    return [name for one, name, _, _ in held if one == kind]


def boxes(*expected: str) -> Any:
    return loads(lambda held: labels(held) == list(expected))


CASES = {
    "COCO106": boxes("cat"),
    "COCO107": boxes("cat"),
    "COCO201": loads(
        lambda held: [image for kind, _, image, _ in held if kind == "image"] == ["/2.jpg"] and labels(held) == ["cat", "cat"]
    ),
    "COCO202": boxes("cat", "cat"),
    "COCO204": boxes("cat", "cat"),
    "COCO205": loads(lambda held: [number for kind, _, _, number in held if kind == "detections"] == [1, 1]),
    "COCO207": boxes("cat", "cat"),
    "COCO301": boxes("cat"),
    "COCO302": raises(KeyError, "7"),
    "COCO303": boxes("cat"),
    "COCO404": boxes("cat", "dog"),
    "COCO405": boxes("dog", "cat"),
    "COCO406": boxes("cat", "dog"),
    "COCO410": boxes("cat", "dog"),
    "COCO412": boxes("cat"),
    "COCO501": loads(lambda held: labels(held) == ["cat"] and labels(held, "segmentations") == []),
    "COCO502": loads(lambda held: labels(held) == ["cat"] and labels(held, "segmentations") == []),
    "COCO506": boxes("cat"),
    "COCO507": boxes("cat"),
    "COCO606": loads(lambda held: labels(held) == ["cat"] and labels(held, "segmentations") == []),
    "COCO701": raises(ValueError),
    "COCO801": raises(KeyError, GONE_PICTURE),
}


@on_the_loader("fiftyone")
@pytest.mark.parametrize("code", CASES)
def test_the_loader_does_what_the_claim_says(code: str, tmp_path: Path) -> None:
    CASES[code](lambda: load(DEFECTS[code], tmp_path))


@on_the_loader("fiftyone")
def test_a_sound_file_loads_whole(tmp_path: Path) -> None:
    held = load(dataset([{}, {"category_id": 2}], images=[{}, {}]), tmp_path)
    assert [kind for kind, _, _, _ in held].count("image") == 2
    assert labels(held) == labels(held, "segmentations") == ["cat", "dog"]


@on_the_loader("fiftyone")
def test_the_classes_are_the_names_in_the_order_of_the_ids(tmp_path: Path) -> None:
    from fiftyone.utils.coco import COCODetectionDatasetImporter

    path = tmp_path / "labels.json"
    path.write_text(json.dumps(DEFECTS["COCO412"]), encoding="utf-8")
    importer = COCODetectionDatasetImporter(data_path={"1.jpg": "/1.jpg"}, labels_path=str(path))
    importer.setup()
    assert importer.get_dataset_info()["classes"] == ["cat"]


@pytest.mark.parametrize("code", CASES)
def test_the_profile_finds_the_defect_as_grave_as_claimed(code: str, tmp_path: Path) -> None:
    agrees(PROFILE, code, DEFECTS[code], tmp_path)


def test_every_tested_claim_has_a_case() -> None:
    every_tested_claim_has_a_case(PROFILE, CASES)


MOST_MASK_PIXELS = 2_000_000_000
"""FiftyOne decodes each mask in the size of its image."""

CRAFTED = DOCUMENTS | IMPORTER_DOCUMENTS

NOT_COVERED = {
    "width_null_of_an_image_without_annotations",
    "box_empty",
    "box_null",
    "box_of_five",
    "box_of_texts",
    "category_ids_as_text",
    "image_ids_as_text",
    "image_ids_as_text_in_images",
    "segmentation_flat",
    "segmentation_null",
}


def of_usual_size(document: Any) -> Any:
    """The document, if its masks have no more pixels than that."""
    pixels = {one["id"]: one.get("width", 0) * one.get("height", 0) for one in document["images"]}
    if sum(pixels.get(row["image_id"], 0) for row in document["annotations"] if row.get("segmentation")) > MOST_MASK_PIXELS:
        pytest.skip("masks of too many pixels")
    return document


@on_the_loader("fiftyone")
@pytest.mark.parametrize("name", CRAFTED)
def test_the_model_says_what_arrives(name: str, tmp_path: Path) -> None:
    document = CRAFTED[name]
    check_crafted(CONSUMER, document, lambda: arrives(document, tmp_path), covered=name not in NOT_COVERED)


@on_the_loader("fiftyone")
@pytest.mark.parametrize("path", CORPUS_FILES, ids=[path.stem for path in CORPUS_FILES])
def test_the_model_says_what_arrives_of_real_files(path: Path, tmp_path: Path) -> None:
    check_corpus(CONSUMER, path, lambda document: arrives(of_usual_size(document), tmp_path))
