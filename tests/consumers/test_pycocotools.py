"""The claims of `--for pycocotools`, on the real COCO and COCOeval."""

from __future__ import annotations

import contextlib
import copy
import importlib.metadata
import io
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from cocoproof.consumers.pycocotools import CONSUMER
from cocoproof.profiles.pycocotools import PROFILE
from cocoproof.rules.examples import GONE, dataset

from .claims import agrees, every_tested_claim_has_a_case, loads, raises, write
from .comparison import CORPUS_FILES, Measured, check_corpus, check_crafted
from .documents import DOCUMENTS

if TYPE_CHECKING:
    from pathlib import Path

COPIES_INFO_BLINDLY = importlib.metadata.version("pycocotools") in {"2.0.9", "2.0.10"}


@dataclass
class Loaded:
    """The file as pycocotools holds it, and evaluated against itself."""

    coco: COCO
    boxes: float
    masks: float


def load(document: Any, folder: Path, *iou_types: str) -> Loaded:
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(write(document, folder).path))
        scores = {iou_type: _average_precision(coco, iou_type) for iou_type in iou_types or ("bbox", "segm")}
    return Loaded(coco, scores.get("bbox", -1), scores.get("segm", -1))


def _average_precision(coco: COCO, iou_type: str) -> float:
    keys = ("image_id", "category_id", "bbox") if iou_type == "bbox" else ("image_id", "category_id", "segmentation")
    found = [{key: copy.deepcopy(row[key]) for key in keys} | {"score": 1.0} for row in coco.dataset["annotations"]]
    for row in found:
        if iou_type == "segm":
            row["segmentation"] = coco.annToRLE(row)
    evaluation = COCOeval(coco, coco.loadRes(found), iou_type)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return float(evaluation.stats[0])


def perfect(held: Loaded) -> bool:
    return held.boxes == held.masks == pytest.approx(1)


WITHOUT_INFO = dataset(document={"info": GONE})

CASES = {
    "COCO106": (dataset([{"area": GONE}]), raises(KeyError, "area")),
    "COCO107": (WITHOUT_INFO, raises(KeyError, "info") if COPIES_INFO_BLINDLY else loads(perfect)),
    "COCO202": (dataset([{}, {"id": 1}]), loads(lambda held: len(held.coco.anns) == 1 < len(held.coco.dataset["annotations"]))),
    "COCO207": (dataset([{"id": 0}, {}]), loads(lambda held: held.boxes < 0.9 and held.masks < 0.9)),
    "COCO404": (dataset([{}, {"category_id": 3}], categories=[{}, {"id": 3}]), loads(perfect)),
    "COCO406": (dataset([{"category_id": 0}], categories=[{"id": 0}]), loads(perfect)),
    "COCO606": (dataset([{"segmentation": []}]), raises(IndexError)),
    "COCO805": (dataset(images=[{"file_name": "../1.jpg"}]), loads(perfect)),
}


@pytest.mark.parametrize("code", CASES)
def test_the_loader_does_what_the_claim_says(code: str, tmp_path: Path) -> None:
    document, expect = CASES[code]
    expect(lambda: load(document, tmp_path))


def test_without_iscrowd_nothing_can_be_evaluated(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="iscrowd"):
        load(dataset([{"iscrowd": GONE}]), tmp_path)


def test_without_masks_boxes_can_be_evaluated(tmp_path: Path) -> None:
    assert load(dataset([{"segmentation": []}]), tmp_path, "bbox").boxes == pytest.approx(1)


def test_a_sound_file_loads_whole(tmp_path: Path) -> None:
    assert perfect(load(dataset([{}, {"category_id": 2}]), tmp_path))


@pytest.mark.parametrize("code", CASES)
def test_the_profile_finds_the_defect_as_grave_as_claimed(code: str, tmp_path: Path) -> None:
    agrees(PROFILE, code, CASES[code][0], tmp_path)


def test_every_tested_claim_has_a_case() -> None:
    every_tested_claim_has_a_case(PROFILE, CASES)


def arrives(document: Any, folder: Path) -> Measured:
    """The annotations whose box a result repeats with a match, in the evaluation over all areas, and those whose mask can be evaluated."""
    path = folder / "annotations.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    coco = COCO(str(path))
    rows = [row for row in coco.dataset.get("annotations", []) if not row.get("iscrowd", 0)]
    results = [{key: row[key] for key in ("image_id", "category_id", "bbox")} | {"score": 1.0} for row in rows]
    known = [row for row in results if row["image_id"] in coco.imgs]
    found = coco.loadRes(known) if known else _without_results(coco)
    evaluation = COCOeval(coco, found, "bbox")
    evaluation.evaluate()
    kept = []
    for one in evaluation.evalImgs:
        if one is not None and one["aRng"] == evaluation.params.areaRng[0]:
            matched = {int(number) for number, match in zip(one["dtIds"], one["dtMatches"][0], strict=True) if match}
            for number, ignored, match in zip(one["gtIds"], one["gtIgnore"], one["gtMatches"][0], strict=True):
                if not ignored and int(match) in matched:
                    kept.append((number, one["category_id"]))
    kept = list(dict.fromkeys(kept))
    masks = sum(bool(coco.anns[number].get("segmentation")) for number, _ in kept) if _masks_can_be_evaluated(path) else 0
    return Measured(len(coco.imgs), len(kept), Counter(category for _, category in kept), "id", masks)


def _without_results(coco: COCO) -> COCO:
    """`loadRes` raises IndexError for an empty list; the rest of it is as here."""
    found = COCO()
    found.dataset = {"images": coco.dataset["images"], "categories": coco.dataset["categories"], "annotations": []}
    found.createIndex()
    return found


def _masks_can_be_evaluated(path: Path) -> bool:
    coco = COCO(str(path))
    evaluation = COCOeval(coco, coco, "segm")
    try:
        evaluation._prepare()
    except Exception:  # of many kinds
        return False
    return True


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


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_model_says_what_arrives(name: str, tmp_path: Path) -> None:
    document = DOCUMENTS[name]
    check_crafted(CONSUMER, document, lambda: arrives(document, tmp_path), covered=name not in NOT_COVERED)


@pytest.mark.consumers
@pytest.mark.parametrize("path", CORPUS_FILES, ids=[path.stem for path in CORPUS_FILES])
def test_the_model_says_what_arrives_of_real_files(path: Path, tmp_path: Path) -> None:
    check_corpus(CONSUMER, path, lambda document: arrives(document, tmp_path))
