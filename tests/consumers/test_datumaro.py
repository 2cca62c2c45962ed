"""What `--for datumaro` says, on the real importer."""

from __future__ import annotations

import copy
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from cocoproof.consumers.account import account_of
from cocoproof.consumers.datumaro import CONSUMER
from cocoproof.model.findings import Kind
from cocoproof.profiles.datumaro import PROFILE
from cocoproof.reading.document import read
from cocoproof.reading.source import read_document
from cocoproof.rules.examples import dataset

from .claims import agrees, every_tested_claim_has_a_case, loads, on_the_loader
from .comparison import CORPUS_FILES, Measured, check_corpus, check_crafted, modelled
from .defects import DEFECTS
from .documents import DOCUMENTS
from .importer_documents import IMPORTER_DOCUMENTS
from .other_types import OTHER_TYPES, agrees_on

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TASKS = {Kind.INSTANCES: "instances", Kind.KEYPOINTS: "person_keypoints"}


@dataclass
class Imported:
    """The names of the items, and for each annotation its shape, its label, its row in the file, and its group."""

    names: set[str]
    annotations: list[tuple[str, str | None, int, int]]

    @property
    def items(self) -> int:
        return len(self.names)

    @property
    def shapes(self) -> list[tuple[str, str | None]]:
        return [(shape, label) for shape, label, _, _ in sorted(self.annotations, key=lambda one: (one[2], one[0]))]

    @property
    def labels(self) -> list[str | None]:
        return [label for shape, label in self.shapes if shape == "bbox"]

    @property
    def groups(self) -> list[int]:
        return [group for shape, _, _, group in self.annotations if shape == "bbox"]


def load(document: Any, folder: Path) -> Imported:
    from datumaro.components.annotation import AnnotationType
    from datumaro.components.dataset import Dataset

    marked = copy.deepcopy(document)
    for k, row in enumerate(marked.get("annotations") or []):
        row["attributes"] = {"row": k}
    for name in ("annotations", "images"):
        (folder / name).mkdir()
    task = TASKS[read(read_document(document)).kind]
    (folder / "annotations" / f"{task}_default.json").write_text(json.dumps(marked), encoding="utf-8")
    held = Dataset.import_from(str(folder), "coco")
    labels = held.categories()[AnnotationType.label]
    items = list(held)
    return Imported(
        {item.id for item in items},
        [
            (one.type.name, None if one.label is None else labels[one.label].name, one.attributes["row"], one.group)
            for item in items
            for one in item.annotations
        ],
    )


def arrives(document: Any, folder: Path) -> Measured:
    held = load(document, folder)
    rows = {number: name for _, name, number, _ in held.annotations}
    nameless = {one["id"]: one["name"] for one in document["categories"]}.get(0)
    masks = {number for shape, _, number, _ in held.annotations if shape in {"polygon", "mask"}}
    return Measured(
        images=held.items,
        annotations=len(rows),
        by_class=Counter(nameless if name is None else name for name in rows.values()),
        masks=len(masks),
    )


def labels(*expected: str | None) -> Any:
    """The labels of the boxes, in the order of the file."""
    return loads(lambda held: held.labels == list(expected))


def refused(why: str) -> Any:
    """The import fails for this reason; datumaro wraps its exceptions in others, in ways that differ from release to release."""

    def expect(run: Callable[[], Any]) -> None:
        with pytest.raises(Exception) as caught:  # noqa: PT011 # the reason is looked at below
            run()
        texts, at = [], caught.value
        while at is not None:
            texts.append(str(at))
            at = at.__cause__ or at.__context__  # type: ignore[assignment]  # None ends it
        assert why in "; ".join(texts)

    return expect


CASES = {
    "COCO106": refused("Missing annotation field 'iscrowd'"),
    "COCO107": labels("cat"),
    "COCO201": loads(lambda held: held.items == 1 and held.names == {"1"}),
    "COCO202": loads(lambda held: held.groups == [1, 1]),
    "COCO204": refused("cat"),
    "COCO205": refused("is repeated"),
    "COCO207": loads(lambda held: sorted(held.groups) == [0, 2]),
    "COCO301": labels("cat"),
    "COCO302": refused("Undeclared label '7'"),
    "COCO303": labels("cat"),
    "COCO404": labels("cat", "dog"),
    "COCO405": labels("dog", "cat"),
    "COCO406": labels("cat", "dog"),
    "COCO410": labels(None, "dog"),
    "COCO506": labels("cat"),
    "COCO507": labels("cat"),
    "COCO601": refused("not divisible by 2"),
    "COCO602": refused("at least 3"),
    "COCO606": loads(lambda held: held.shapes == [("bbox", "cat")]),
    "COCO607": refused("does not match image size"),
    "COCO701": refused("not divisible by 3"),
    "COCO703": refused("Visibility"),
    "COCO805": refused("not allowed to reference the parent"),
}


@on_the_loader("datumaro")
@pytest.mark.parametrize("code", CASES)
def test_the_loader_does_what_the_claim_says(code: str, tmp_path: Path) -> None:
    CASES[code](lambda: load(DEFECTS[code], tmp_path))


@on_the_loader("datumaro")
def test_a_sound_file_loads_whole(tmp_path: Path) -> None:
    held = load(dataset([{}, {"category_id": 2}], images=[{}, {}]), tmp_path)
    assert (held.items, held.shapes) == (2, [("bbox", "cat"), ("polygon", "cat"), ("bbox", "dog"), ("polygon", "dog")])


def test_the_model_has_the_row_and_the_reason_of_a_loss() -> None:
    first = modelled(CONSUMER, DEFECTS["COCO201"])
    assert [(loss.what, loss.reason, loss.count) for loss in first.losses] == [("images", "share their id with an earlier one", 1)]
    found = read(read_document(DEFECTS["COCO201"])).dataset
    assert found is not None
    assert [loss.rows.tolist() for loss in account_of(CONSUMER, found).losses] == [[1]]


def test_the_model_says_that_annotations_of_category_0_get_no_label() -> None:
    (change,) = modelled(CONSUMER, DEFECTS["COCO410"]).changes
    assert (change.examples, change.annotations) == (("cat",), 1)
    assert modelled(CONSUMER, DEFECTS["COCO406"]).changes == ()


@pytest.mark.parametrize("code", CASES)
def test_the_profile_finds_the_defect_as_grave_as_claimed(code: str, tmp_path: Path) -> None:
    agrees(PROFILE, code, DEFECTS[code], tmp_path)


def test_every_tested_claim_has_a_case() -> None:
    every_tested_claim_has_a_case(PROFILE, CASES)


CRAFTED = DOCUMENTS | IMPORTER_DOCUMENTS

NOT_COVERED = {
    "width_null_of_an_image_without_annotations",
    "annotation_ids_as_text",
    "box_empty",
    "box_null",
    "box_of_five",
    "box_of_texts",
    "category_ids_as_text",
    "image_ids_as_text",
    "image_ids_as_text_in_images",
    "no_annotations",
    "no_categories",
    "no_images",
    "no_section_annotations",
    "segmentation_flat",
    "segmentation_null",
}


@on_the_loader("datumaro")
@pytest.mark.parametrize("name", CRAFTED)
def test_the_model_says_what_arrives(name: str, tmp_path: Path) -> None:
    document = CRAFTED[name]
    check_crafted(CONSUMER, document, lambda: arrives(document, tmp_path), covered=name not in NOT_COVERED)


@on_the_loader("datumaro")
@pytest.mark.parametrize("path", CORPUS_FILES, ids=[path.stem for path in CORPUS_FILES])
def test_the_model_says_what_arrives_of_real_files(path: Path, tmp_path: Path) -> None:
    check_corpus(CONSUMER, path, lambda document: arrives(document, tmp_path))


@on_the_loader("datumaro")
@pytest.mark.parametrize("other", OTHER_TYPES, ids=str)
def test_what_is_refused_is_stated(other: Any, tmp_path: Path) -> None:
    agrees_on(other, CONSUMER, load, tmp_path, key=lambda held: (held.names, held.annotations))
