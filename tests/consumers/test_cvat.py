"""The claims of `--for cvat`, on the datumaro of the package index, which CVAT's branch is cut from.

CVAT's own branch is no package. Where the two differ (a missing `iscrowd`, missing licences, the box of an annotation that has a segmentation), the profile
speaks of CVAT's, and the claim rests on its source.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from cocoproof.consumers.cvat import CONSUMER
from cocoproof.profiles.cvat import PROFILE
from cocoproof.rules.examples import GONE, dataset

from .claims import agrees, every_tested_claim_has_a_case, loads, on_the_loader, raises, write
from .comparison import CORPUS_FILES, Measured, check_corpus, check_crafted
from .documents import DOCUMENTS
from .other_types import OTHER_TYPES, agrees_on

if TYPE_CHECKING:
    from pathlib import Path

TWO = [{}, {"category_id": 2}]
RUNS = {"size": [24, 64], "counts": [100, 20, 24 * 64 - 120]}


@dataclass
class Loaded:
    """What is imported: shape, label and group of each annotation, image by image, without the boxes that go with a segmentation."""

    shapes: list[list[tuple[str, str | None, int]]]

    @property
    def labels(self) -> list[list[str | None]]:
        return [[label for _, label, _ in one] for one in self.shapes]


def load(document: Any, folder: Path) -> Loaded:
    from datumaro.components.annotation import AnnotationType
    from datumaro.components.dataset import StreamDataset

    written = write(document, folder, "annotations/instances_default.json", "images")
    held = StreamDataset.import_from(str(written.path), "coco_instances")
    labels = held.categories()[AnnotationType.label]
    out = []
    for item in sorted(held, key=lambda item: item.attributes["id"]):
        found = sorted((each.id, each.type.name, each.label, each.group) for each in item.annotations)
        drawn = {number for number, shape, _, _ in found if shape != "bbox"}
        shapes = [one for one in found if one[1] != "bbox" or one[0] not in drawn]
        out.append([(shape, None if label is None else labels[label].name, group) for _, shape, label, group in shapes])
    return Loaded(out)


def labels(*expected: list[str | None]) -> Any:
    return loads(lambda held: held.labels == list(expected))


CASES = {
    "COCO106": (dataset([{"area": GONE}]), labels(["cat"])),
    "COCO202": (dataset([{}, {"id": 1}]), loads(lambda held: [group for _, _, group in held.shapes[0]] == [1, 1])),
    "COCO204": (dataset(TWO, categories=[{}, {"name": "cat"}]), raises(Exception)),
    "COCO207": (dataset([{"id": 0}, {}]), loads(lambda held: [group for _, _, group in held.shapes[0]] == [0, 2])),
    "COCO301": (dataset([{}, {"image_id": 7}]), labels(["cat"])),
    "COCO302": (dataset([{"category_id": 7}]), raises(Exception)),
    "COCO303": (dataset(images=[{"license": 9}]), labels(["cat"])),
    "COCO404": (dataset([{}, {"category_id": 3}], categories=[{}, {"id": 3}]), labels(["cat", "dog"])),
    "COCO405": (dataset(TWO, categories=[{"id": 2}, {"id": 1}]), labels(["dog", "cat"])),
    "COCO406": (dataset([{"category_id": 5}, {"category_id": 6}], categories=[{"id": 5}, {"id": 6}]), labels(["cat", "dog"])),
    "COCO410": (dataset([{"category_id": 0}, {"category_id": 1}], categories=[{"id": 0}, {"id": 1}]), labels([None, "dog"])),
    "COCO506": (dataset([{"area": 77}]), labels(["cat"])),
    "COCO507": (dataset([{"area": 0}]), labels(["cat"])),
    "COCO601": (dataset([{"segmentation": [[4, 5, 24, 5, 24, 21, 4]]}]), raises(Exception)),
    "COCO602": (dataset([{"segmentation": [[4, 5, 24, 5]]}]), raises(Exception)),
    "COCO606": (dataset([{"segmentation": []}]), loads(lambda held: held.shapes == [[("bbox", "cat", 1)]])),
    "COCO607": (dataset([{}, {"segmentation": RUNS}]), raises(Exception)),
}

WHY = {
    "COCO204": "cat",
    "COCO302": "Undeclared label '7'",
    "COCO601": "not divisible by 2",
    "COCO602": "at least 3",
    "COCO607": "does not match image size",
}
"""What datumaro says; it wraps its exceptions in others, in ways that differ from release to release."""


def said(error: BaseException) -> str:
    """The messages of an exception and of those that caused it."""
    texts, at = [], error
    while at is not None:
        texts.append(str(at))
        at = at.__cause__ or at.__context__  # type: ignore[assignment]  # None ends it
    return "; ".join(texts)


@on_the_loader("datumaro")
@pytest.mark.parametrize("code", CASES)
def test_the_loader_does_what_the_claim_says(code: str, tmp_path: Path) -> None:
    document, expect = CASES[code]
    expect(lambda: load(document, tmp_path))


@on_the_loader("datumaro")
@pytest.mark.parametrize("code", WHY)
def test_the_file_is_refused_for_this_and_nothing_else(code: str, tmp_path: Path) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011 # what is said is looked at below
        load(CASES[code][0], tmp_path)
    assert WHY[code] in said(caught.value)


@on_the_loader("datumaro")
def test_a_sound_file_loads_whole(tmp_path: Path) -> None:
    held = load(dataset(TWO, images=[{}, {}]), tmp_path)
    assert held.shapes == [[("polygon", "cat", 1), ("polygon", "dog", 2)], []]


@pytest.mark.parametrize("code", CASES)
def test_the_profile_finds_the_defect_as_grave_as_claimed(code: str, tmp_path: Path) -> None:
    agrees(PROFILE, code, CASES[code][0], tmp_path)


def test_every_tested_claim_has_a_case() -> None:
    every_tested_claim_has_a_case(PROFILE, CASES)


@on_the_loader("datumaro")
@pytest.mark.parametrize("other", OTHER_TYPES, ids=str)
def test_what_is_refused_is_stated(other: Any, tmp_path: Path) -> None:
    agrees_on(other, CONSUMER, load, tmp_path)


def arrives(document: Any, folder: Path) -> Measured:
    """Each annotation has a box; its mask is a shape with the same id. CVAT refuses a shape without a label.

    CVAT's branch does without `licenses` and `info`, and takes a missing `iscrowd` for 0; datumaro is given these.
    """
    from datumaro.components.annotation import AnnotationType
    from datumaro.components.dataset import StreamDataset

    document = {"licenses": [], "info": {}} | copy.deepcopy(document)
    for row in document.get("annotations", []):
        row.setdefault("iscrowd", 0)
    path = folder / "annotations" / "instances_default.json"
    for needed in (path.parent, folder / "images"):
        needed.mkdir()
    path.write_text(json.dumps(document), encoding="utf-8")
    held = StreamDataset.import_from(str(path), "coco_instances")
    names = held.categories()[AnnotationType.label]
    items = list(held)
    shapes = [shape for item in items for shape in item.annotations]
    if any(shape.label is None for shape in shapes):
        msg = "annotation has no label"
        raise ValueError(msg)
    boxes = [shape for shape in shapes if shape.type is AnnotationType.bbox]
    ids = Counter(shape.id for shape in boxes)
    masks = len({shape.id for shape in shapes if shape.type is not AnnotationType.bbox}) if max(ids.values(), default=0) < 2 else None
    return Measured(len(items), len(boxes), Counter(names[shape.label].name for shape in boxes), masks=masks)


NOT_COVERED = {
    "annotation_ids_as_text",
    "box_empty",
    "box_null",
    "box_of_five",
    "box_of_texts",
    "category_ids_as_text",
    "file_names_differ_in_the_ending",
    "file_names_repeat",
    "image_ids_as_text",
    "image_ids_as_text_in_images",
    "image_ids_repeat",
    "keypoints",
    "keypoints_none_labelled",
    "no_annotations",
    "no_box",
    "no_box_of_a_crowd",
    "no_categories",
    "no_images",
    "no_num_keypoints",
    "no_section_annotations",
    "no_section_categories",
    "segmentation_flat",
    "segmentation_null",
}


@on_the_loader("datumaro")
@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_model_says_what_arrives(name: str, tmp_path: Path) -> None:
    document = DOCUMENTS[name]
    check_crafted(CONSUMER, document, lambda: arrives(document, tmp_path), covered=name not in NOT_COVERED)


@on_the_loader("datumaro")
@pytest.mark.parametrize("path", CORPUS_FILES, ids=[path.stem for path in CORPUS_FILES])
def test_the_model_says_what_arrives_of_real_files(path: Path, tmp_path: Path) -> None:
    check_corpus(CONSUMER, path, lambda document: arrives(document, tmp_path))
