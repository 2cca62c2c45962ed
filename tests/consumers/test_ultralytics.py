"""The claims of `--for ultralytics`, on its real converter and the check of labels that training begins with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from cocoproof.consumers.coco_names import COCO_CATEGORIES
from cocoproof.consumers.ultralytics import CONSUMER
from cocoproof.profiles.ultralytics import PROFILE
from cocoproof.rules.examples import GONE, dataset

from .claims import agrees, every_tested_claim_has_a_case, loads, on_the_loader, raises, write
from .comparison import CORPUS_FILES, MOST_IMAGES, Measured, check_corpus, check_crafted
from .comparison import write as write_pictures
from .documents import DOCUMENTS
from .other_types import OTHER_TYPES, agrees_on

if TYPE_CHECKING:
    from pathlib import Path

TWO = [{}, {"category_id": 2}]
SQUARE = 8
"""Numbers of a polygon of four corners."""


@dataclass
class Loaded:
    """What training makes of the converted labels.

    Attributes:
        classes: The classes by file name.
        corners: The count of a polygon's numbers, by file name.
        refused: What is said of images that training leaves out.
        written: The label files, by their place below the test's folder.
    """

    classes: dict[str, list[int]] = field(default_factory=dict)
    corners: dict[str, list[int]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)


def load(document: Any, folder: Path, *, segments: bool = False, cls91to80: bool = False) -> Loaded:
    from ultralytics.data.converter import convert_coco
    from ultralytics.data.utils import verify_image_label

    written = write(document, folder)
    out = folder / "data" / "converted"
    convert_coco(str(written.path.parent), str(out), use_segments=segments, cls91to80=cls91to80)
    held = Loaded(written=sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.txt")))
    for image in document["images"]:
        name = image["file_name"]
        labels = (out / "labels" / "annotations" / name).with_suffix(".txt")
        found = verify_image_label((str(written.pictures / name), str(labels), "", False, len(document["categories"]), 0, 0, False))
        if found[0] is None:
            held.refused[name] = found[-1]
        else:
            held.classes[name] = found[1][:, 0].astype(int).tolist()
            held.corners[name] = [2 * len(polygon) for polygon in found[3]]
    return held


def classes(*expected: list[int]) -> Any:
    return loads(lambda held: not held.refused and list(held.classes.values()) == list(expected))


def refused(why: str) -> Any:
    return loads(lambda held: list(held.refused) == ["1.jpg"] and why in held.refused["1.jpg"])


SEGMENTED = {"COCO601", "COCO602", "COCO606"}
THREE_CORNERS = [[4, 5, 24, 5, 24, 21]]

CASES = {
    "COCO106": (dataset([{"area": GONE, "iscrowd": GONE}]), classes([0])),
    "COCO202": (dataset([{}, {"id": 1, "category_id": 2}]), classes([0, 1])),
    "COCO205": (dataset([{}, {"image_id": 2, "category_id": 2}], images=[{}, {"file_name": "1.jpg"}]), classes([0, 1])),
    "COCO206": (dataset([{}, {"bbox": [4, 5, 20, 16], "segmentation": [[4, 5, 24, 5, 24, 21, 4, 21]]}]), classes([0])),
    "COCO207": (dataset([{"id": 0}, {"category_id": 2}]), classes([0, 1])),
    "COCO301": (dataset([{"image_id": 7}]), raises(KeyError, "7")),
    "COCO302": (dataset([{"category_id": 7}]), refused("exceeds dataset class count 2")),
    "COCO404": (dataset([{}, {"category_id": 3}], categories=[{}, {"id": 3}]), refused("exceeds dataset class count 2")),
    "COCO406": (dataset([{"category_id": 5}], categories=[{"id": 5}, {"id": 6}]), refused("exceeds dataset class count 2")),
    "COCO410": (dataset([{"category_id": 0}], categories=[{"id": 0}, {"id": 1}]), refused("negative label values")),
    "COCO501": (dataset([{}, {"bbox": [4, 5, 0, 16]}, {"bbox": [24, 5, -20, 16]}]), classes([0])),
    "COCO503": (dataset([{}, {"bbox": [100, 5, 20, 16]}]), refused("out of bounds coordinates")),
    "COCO506": (dataset([{"area": 77}, {"category_id": 2}]), classes([0, 1])),
    "COCO507": (dataset([{"area": 0}, {"category_id": 2}]), classes([0, 1])),
    "COCO601": (dataset([{"segmentation": [[*THREE_CORNERS[0], 4]]}]), loads(lambda held: held.corners == {"1.jpg": [SQUARE]})),
    "COCO602": (dataset([{"segmentation": [THREE_CORNERS[0][:4]]}]), loads(lambda held: held.corners == {"1.jpg": [SQUARE]})),
    "COCO606": (dataset([{"segmentation": []}]), loads(lambda held: held.corners == {"1.jpg": [SQUARE]})),
    "COCO805": (dataset(images=[{"file_name": "../../../1.jpg"}]), loads(lambda held: all("labels" not in path for path in held.written))),
}


@on_the_loader("ultralytics")
@pytest.mark.parametrize("code", CASES)
def test_the_loader_does_what_the_claim_says(code: str, tmp_path: Path) -> None:
    document, expect = CASES[code]
    expect(lambda: load(document, tmp_path, segments=code in SEGMENTED))


@on_the_loader("ultralytics")
def test_a_sound_file_loads_whole(tmp_path: Path) -> None:
    sound = dataset([{"segmentation": THREE_CORNERS}, {"category_id": 2}], images=[{}, {}])
    held = load(sound, tmp_path, segments=True)
    assert held.classes == {"1.jpg": [0, 1], "2.jpg": []}
    assert held.corners["1.jpg"] == [6, SQUARE]


@on_the_loader("ultralytics")
@pytest.mark.parametrize(("number", "error"), [(0, TypeError), (12, TypeError), (95, IndexError)])
def test_the_default_is_for_cocos_own_ids(number: int, error: type[Exception], tmp_path: Path) -> None:
    with pytest.raises(error):
        load(dataset([{"category_id": number}], categories=[{"id": number}]), tmp_path, cls91to80=True)


@pytest.mark.parametrize("code", CASES)
def test_the_profile_finds_the_defect_as_grave_as_claimed(code: str, tmp_path: Path) -> None:
    agrees(PROFILE, code, CASES[code][0], tmp_path)


def test_every_tested_claim_has_a_case() -> None:
    every_tested_claim_has_a_case(PROFILE, CASES)


@on_the_loader("ultralytics")
@pytest.mark.parametrize("other", OTHER_TYPES, ids=str)
def test_what_is_refused_is_stated(other: Any, tmp_path: Path) -> None:
    agrees_on(other, CONSUMER, lambda document, folder: load(document, folder, segments=True), tmp_path)


def arrives(document: Any, folder: Path) -> Measured:
    """The labels that training accepts, with the defaults of `convert_coco`; `data.yaml` names the file's categories, or COCO's 80."""
    from ultralytics.data.converter import convert_coco
    from ultralytics.data.utils import verify_image_label

    written = write_pictures(document, folder)
    out = folder / "data" / "converted"
    convert_coco(str(written.path.parent), str(out))
    categories = document.get("categories", [])
    is_coco = all(COCO_CATEGORIES.get(row.get("id")) == row.get("name") for row in categories)
    classes = 80 if is_coco else len({row.get("id") for row in categories})
    images, labels = 0, []
    for image in document["images"]:
        picture = written.pictures / image["file_name"]
        written_label = (out / "labels" / "annotations" / image["file_name"]).with_suffix(".txt")
        found = verify_image_label((str(picture), str(written_label), "", False, classes, 0, 0, False))
        if found[0] is not None:
            images += 1
            labels += found[1][:, 0].astype(int).tolist()
    return Measured(images, len(labels), Counter(labels), "label", masks=0)


NOT_COVERED = {
    "annotations_without_categories",
    "box_empty",
    "box_null",
    "box_of_five",
    "box_of_texts",
    "category_ids_as_text",
    "dangling_category",
    "file_names_differ_in_the_ending",
    "file_names_repeat",
    "image_ids_as_text",
    "image_ids_as_text_in_images",
    "no_file_name",
    "no_section_categories",
}


@on_the_loader("ultralytics")
@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_model_says_what_arrives(name: str, tmp_path: Path) -> None:
    document = DOCUMENTS[name]
    check_crafted(CONSUMER, document, lambda: arrives(document, tmp_path), covered=name not in NOT_COVERED)


@on_the_loader("ultralytics")
@pytest.mark.parametrize("path", CORPUS_FILES, ids=[path.stem for path in CORPUS_FILES])
def test_the_model_says_what_arrives_of_real_files(path: Path, tmp_path: Path) -> None:
    check_corpus(CONSUMER, path, lambda document: arrives(document, tmp_path), most_images=MOST_IMAGES)
