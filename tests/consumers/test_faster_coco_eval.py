"""What `--for faster-coco-eval` says, on the real COCO and COCOeval_faster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cocoproof.consumers.faster_coco_eval import CONSUMER
from cocoproof.profiles.faster_coco_eval import PROFILE
from cocoproof.rules.examples import dataset

from .claims import agrees, every_tested_claim_has_a_case, loads, on_the_loader
from .comparison import CORPUS_FILES, Measured, check_corpus, check_crafted
from .defects import DEFECTS
from .documents import DOCUMENTS
from .evaluators import found, measure
from .importer_documents import IMPORTER_DOCUMENTS

if TYPE_CHECKING:
    from pathlib import Path


def evaluate(truth: Path, results: Path, iou_type: str) -> tuple[list[Any], Any]:
    from faster_coco_eval import COCO, COCOeval_faster

    coco = COCO(str(truth))
    evaluation = COCOeval_faster(coco, coco.loadRes(str(results)), iou_type)
    evaluation.evaluate()
    evaluation.accumulate()
    return list(evaluation.params.catIds), evaluation.eval["recall"]


def arrives(document: Any, folder: Path) -> Measured:
    return measure(evaluate, document, folder)


def matched(expected: dict[int, int]) -> Any:
    """How many annotations of each category are found."""
    return loads(lambda held: {key: count for key, count in held.by_class.items() if count} == expected)


CASES = {
    "COCO106": matched({1: 1}),
    "COCO107": matched({1: 1}),
    "COCO202": matched({1: 1}),
    "COCO207": matched({1: 1}),
    "COCO303": matched({1: 1}),
    "COCO404": matched({1: 1, 3: 1}),
    "COCO405": matched({1: 1, 2: 1}),
    "COCO406": matched({5: 1, 6: 1}),
    "COCO410": matched({0: 1, 1: 1}),
    "COCO412": matched({74673216: 1}),
    "COCO606": matched({1: 1}),
}


@on_the_loader("faster_coco_eval")
@pytest.mark.parametrize("code", CASES)
def test_the_loader_does_what_the_claim_says(code: str, tmp_path: Path) -> None:
    CASES[code](lambda: arrives(DEFECTS[code], tmp_path))


@on_the_loader("faster_coco_eval")
def test_a_sound_file_is_evaluated_whole(tmp_path: Path) -> None:
    held = arrives(dataset([{}, {"category_id": 2}], images=[{}, {}]), tmp_path)
    assert (held.images, held.annotations, held.masks) == (2, 2, 2)


@on_the_loader("faster_coco_eval")
def test_of_two_annotations_with_one_id_the_first_is_not_found(tmp_path: Path) -> None:
    assert found(evaluate, DEFECTS["COCO202"], tmp_path, row=0) == 0
    assert found(evaluate, DEFECTS["COCO202"], tmp_path, row=1) == 1


@pytest.mark.parametrize("code", CASES)
def test_the_profile_finds_the_defect_as_grave_as_claimed(code: str, tmp_path: Path) -> None:
    agrees(PROFILE, code, DEFECTS[code], tmp_path)


def test_every_tested_claim_has_a_case() -> None:
    every_tested_claim_has_a_case(PROFILE, CASES)


CRAFTED = DOCUMENTS | IMPORTER_DOCUMENTS

NOT_COVERED = {
    "annotation_ids_as_text",
    "box_empty",
    "box_null",
    "box_of_five",
    "box_of_texts",
    "category_ids_as_text",
    "image_ids_as_text",
    "image_ids_as_text_in_images",
}


@on_the_loader("faster_coco_eval")
@pytest.mark.parametrize("name", CRAFTED)
def test_the_model_says_what_arrives(name: str, tmp_path: Path) -> None:
    document = CRAFTED[name]
    check_crafted(CONSUMER, document, lambda: arrives(document, tmp_path), covered=name not in NOT_COVERED)


@on_the_loader("faster_coco_eval")
@pytest.mark.parametrize("path", CORPUS_FILES, ids=[path.stem for path in CORPUS_FILES])
def test_the_model_says_what_arrives_of_real_files(path: Path, tmp_path: Path) -> None:
    check_corpus(CONSUMER, path, lambda document: arrives(document, tmp_path))
