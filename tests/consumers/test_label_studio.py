"""What `--for label-studio` says, on the real converter."""

from __future__ import annotations

import copy
import json
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from cocoproof.consumers.label_studio import CONSUMER
from cocoproof.profiles.label_studio import PROFILE
from cocoproof.rules.examples import dataset

from .claims import agrees, every_tested_claim_has_a_case, loads, on_the_loader, raises
from .comparison import CORPUS_FILES, Measured, check_corpus, check_crafted, modelled
from .defects import DEFECTS
from .documents import DOCUMENTS
from .importer_documents import IMPORTER_DOCUMENTS

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Converted:
    """The tasks, and the labeling configuration."""

    tasks: list[Any]
    configuration: str

    @property
    def regions(self) -> list[Any]:
        return [region for task in self.tasks for region in task["annotations"][0]["result"]]

    @property
    def labels(self) -> set[str]:
        """The labels of the configuration."""
        return {one.attrib["value"] for one in ET.fromstring(self.configuration).iter("Label")}  # noqa: S314 # made by the converter, of our documents


def convert(document: Any, folder: Path) -> Converted:
    from label_studio_sdk.converter.imports.coco import convert_coco_to_ls

    source, out = folder / "coco.json", folder / "out.json"
    source.write_text(json.dumps(document), encoding="utf-8")
    convert_coco_to_ls(str(source), str(out))
    tasks = json.loads(out.read_bytes()) if out.exists() else []
    return Converted(tasks, (folder / "out.label_config.xml").read_text(encoding="utf-8"))


def class_of(region: Any) -> str:
    (name,) = region["value"][region["type"]]
    return str(name)


def arrives(document: Any, folder: Path) -> Measured:
    """What is converted. Regions do not name their annotation: in a second run every annotation has a category of its own."""
    held = convert(document, folder)
    (folder / "marked").mkdir()
    marked = copy.deepcopy(document)
    marked["categories"] = [{"id": k, "name": f"row {k}"} for k in range(len(marked["annotations"]))]
    for k, row in enumerate(marked["annotations"]):
        row["category_id"] = k
    regions = convert(marked, folder / "marked").regions
    assert Counter(one["type"] for one in regions) == Counter(one["type"] for one in held.regions)
    names = {f"row {k}": [row.get("category_id")] for k, row in enumerate(document["annotations"])}
    classes = {int(one["id"]): one["name"] for one in document["categories"]}
    rows = {class_of(one) for one in regions}
    masks = {class_of(one) for one in regions if one["type"] == "polygonlabels" and one["value"]["points"]}
    by_class = Counter(classes[int(names[row][0])] for row in rows)
    assert set(by_class) == {class_of(one) for one in held.regions}
    return Measured(images=len(held.tasks), annotations=len(rows), by_class=by_class, masks=len(masks))


def rectangles_of(held: Converted) -> list[str]:
    return [class_of(one) for one in held.regions if one["type"] == "rectanglelabels"]


def rectangles(*expected: str) -> Any:
    return loads(lambda held: rectangles_of(held) == list(expected) and held.labels >= set(expected))


CASES = {
    "COCO106": rectangles("cat"),
    "COCO107": rectangles("cat"),
    "COCO201": loads(
        lambda held: [task["data"]["image"][-5:] for task in held.tasks] == ["2.jpg"] and rectangles_of(held) == ["cat", "cat"]
    ),
    "COCO202": rectangles("cat", "cat"),
    "COCO207": rectangles("cat", "cat"),
    "COCO301": raises(KeyError, "7"),
    "COCO302": raises(KeyError, "7"),
    "COCO303": rectangles("cat"),
    "COCO306": loads(lambda held: len(held.tasks) == 1 and held.labels == set()),
    "COCO404": rectangles("cat", "dog"),
    "COCO405": rectangles("dog", "cat"),
    "COCO406": rectangles("cat", "dog"),
    "COCO410": rectangles("cat", "dog"),
    "COCO412": rectangles("cat"),
    "COCO506": rectangles("cat"),
    "COCO507": rectangles("cat"),
    "COCO606": loads(lambda held: [one["type"] for one in held.regions] == ["rectanglelabels"]),
    "COCO607": raises(TypeError),
    "COCO701": raises(ValueError),
}


@on_the_loader("label_studio_sdk")
@pytest.mark.parametrize("code", CASES)
def test_the_loader_does_what_the_claim_says(code: str, tmp_path: Path) -> None:
    CASES[code](lambda: convert(DEFECTS[code], tmp_path))


@on_the_loader("label_studio_sdk")
def test_a_sound_file_is_converted_whole(tmp_path: Path) -> None:
    held = convert(dataset([{}, {"category_id": 2}], images=[{}, {}]), tmp_path)
    assert (len(held.tasks), held.labels) == (2, {"cat", "dog"})
    assert [(one["type"], class_of(one)) for one in held.regions] == [
        ("rectanglelabels", "cat"),
        ("polygonlabels", "cat"),
        ("rectanglelabels", "dog"),
        ("polygonlabels", "dog"),
    ]


@on_the_loader("label_studio_sdk")
@pytest.mark.parametrize("name", ["R&D", "a<b", 'the "cat"'])
def test_the_configuration_is_not_xml_for_some_names(name: str, tmp_path: Path) -> None:
    document = dataset(categories=[{"name": name}, {}])
    with pytest.raises(ET.ParseError):
        _ = convert(document, tmp_path).labels
    (change,) = modelled(CONSUMER, document).changes
    assert "not XML" in change.reason


@on_the_loader("label_studio_sdk")
@pytest.mark.parametrize("name", ["a>b", "it's", "über", "cat, dog"])
def test_the_configuration_is_xml_for_other_names(name: str, tmp_path: Path) -> None:
    document = dataset(categories=[{"name": name}, {}])
    assert convert(document, tmp_path).labels == {name, "dog"}
    assert modelled(CONSUMER, document).changes == ()


@pytest.mark.parametrize("code", CASES)
def test_the_profile_finds_the_defect_as_grave_as_claimed(code: str, tmp_path: Path) -> None:
    agrees(PROFILE, code, DEFECTS[code], tmp_path)


def test_every_tested_claim_has_a_case() -> None:
    every_tested_claim_has_a_case(PROFILE, CASES)


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


@on_the_loader("label_studio_sdk")
@pytest.mark.parametrize("name", CRAFTED)
def test_the_model_says_what_arrives(name: str, tmp_path: Path) -> None:
    document = CRAFTED[name]
    check_crafted(CONSUMER, document, lambda: arrives(document, tmp_path), covered=name not in NOT_COVERED)


@on_the_loader("label_studio_sdk")
@pytest.mark.parametrize("path", CORPUS_FILES, ids=[path.stem for path in CORPUS_FILES])
def test_the_model_says_what_arrives_of_real_files(path: Path, tmp_path: Path) -> None:
    check_corpus(CONSUMER, path, lambda document: arrives(document, tmp_path))
