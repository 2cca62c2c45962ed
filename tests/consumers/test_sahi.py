"""The claims of `--for sahi`, and its model, on the real `Coco`."""

from __future__ import annotations

import contextlib
import io
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from cocoproof.consumers.sahi import CONSUMER
from cocoproof.profiles.sahi import PROFILE
from cocoproof.rules.examples import GONE, dataset

from .claims import agrees, every_tested_claim_has_a_case, example_of, loads, on_the_loader, raises
from .comparison import CORPUS_FILES, Measured, check_corpus, check_crafted
from .documents import DOCUMENTS
from .other_types import OTHER_TYPES, agrees_on

if TYPE_CHECKING:
    from pathlib import Path

TWO = [{}, {"category_id": 2}]
SMALL_RUNS = {"size": [24, 64], "counts": [100, 20, 24 * 64 - 120]}


def load(document: Any, folder: Path) -> dict[str, Any]:
    """What sahi holds, as its own export has it."""
    from sahi.utils.coco import Coco

    path = folder / "annotations.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        held: dict[str, Any] = Coco.from_coco_dict_or_path(str(path)).json
    return held


def has(field: str, *expected: object) -> Any:
    """The annotations have these values."""
    return loads(lambda held: [row[field] for row in held["annotations"]] == list(expected))


CASES = {
    "COCO106": (dataset([{"area": GONE, "iscrowd": GONE}]), has("area", 320)),
    "COCO107": (dataset(document={"info": GONE, "licenses": GONE}), has("category_id", 1)),
    "COCO201": (dataset([{}, {}], images=[{}, {"id": 1}]), loads(lambda held: len(held["images"]) == 1)),
    "COCO202": (dataset([{}, {"id": 1, "category_id": 2}]), has("category_id", 1, 2)),
    "COCO207": (dataset([{"id": 0}]), has("category_id", 1)),
    "COCO301": (dataset([{}, {"image_id": 7}]), has("category_id", 1)),
    "COCO302": (dataset([{"category_id": 7}]), raises(KeyError, "7")),
    "COCO404": (dataset([{}, {"category_id": 3}], categories=[{}, {"id": 3}]), has("category_id", 1, 3)),
    "COCO405": (dataset(TWO, categories=[{"id": 2}, {"id": 1}]), has("category_id", 1, 2)),
    "COCO406": (dataset([{"category_id": 5}, {"category_id": 6}], categories=[{"id": 5}, {"id": 6}]), has("category_id", 5, 6)),
    "COCO501": (
        dataset([{"bbox": [4, 5, 0, 16], "segmentation": []}, {"bbox": [24, 5, -20, 16], "segmentation": []}]),
        has("bbox", [], [4, 5, 20, 16]),
    ),
    "COCO506": (dataset([{"area": 5}]), has("area", 320)),
    "COCO507": (dataset([{"area": 0}]), has("area", 320)),
    "COCO508": (dataset([{"bbox": [30, 30, 5, 5]}]), has("bbox", [4, 5, 20, 16])),
    "COCO601": (dataset([{"segmentation": [[4, 5, 24, 5, 24, 21, 4]]}]), has("area", 160)),
    "COCO602": (dataset([{"segmentation": [[4, 5, 24, 5]]}]), raises(ValueError, "at least 4 coordinates")),
    "COCO604": (dataset([{"segmentation": [[4, 5, 14, 5, 24, 5]]}]), has("bbox", [])),
    "COCO606": (dataset([{"segmentation": []}]), has("bbox", [4, 5, 20, 16])),
    "COCO607": (dataset([{"segmentation": SMALL_RUNS}]), has("segmentation", [])),
    "COCO611": (dataset([{"segmentation": {"size": [48, 64], "counts": [48 * 64]}}]), has("bbox", [4, 5, 20, 16])),
    "COCO612": (
        example_of("COCO612"),
        loads(lambda held: [(row["iscrowd"], len(row["segmentation"])) for row in held["annotations"]] == [(0, 1), (0, 0)]),
    ),
}


@on_the_loader("sahi")
@pytest.mark.parametrize("code", CASES)
def test_the_loader_does_what_the_claim_says(code: str, tmp_path: Path) -> None:
    document, expect = CASES[code]
    expect(lambda: load(document, tmp_path))


@on_the_loader("sahi")
def test_a_sound_file_loads_whole(tmp_path: Path) -> None:
    held = load(dataset(TWO, images=[{}, {}]), tmp_path)
    assert [row["name"] for row in held["categories"]] == ["cat", "dog"]
    assert [row["bbox"] for row in held["annotations"]] == [[4, 5, 20, 16], [7, 7, 20, 16]]
    assert [len(row["segmentation"][0]) for row in held["annotations"]] == [8, 8]


@on_the_loader("sahi")
def test_a_crowd_becomes_an_object(tmp_path: Path) -> None:
    assert [row["iscrowd"] for row in load(dataset([{"iscrowd": 1}]), tmp_path)["annotations"]] == [0]


@pytest.mark.parametrize("code", CASES)
def test_the_profile_finds_the_defect_as_grave_as_claimed(code: str, tmp_path: Path) -> None:
    agrees(PROFILE, code, CASES[code][0], tmp_path)


def test_every_tested_claim_has_a_case() -> None:
    every_tested_claim_has_a_case(PROFILE, CASES)


def arrives(document: Any, folder: Path) -> Measured:
    """The annotations that have a box, and those of them that have a polygon."""
    held = load(document, folder)
    rows = [row for row in held["annotations"] if row["bbox"]]
    masks = sum(any(row["segmentation"]) for row in rows)
    return Measured(len(held["images"]), len(rows), Counter(row["category_id"] for row in rows), "id", masks)


@on_the_loader("sahi")
def test_texts_for_category_ids_raise(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        arrives(DOCUMENTS["category_ids_as_text"], tmp_path)


def _rings(*rings: list[float]) -> Any:
    return dataset([{}, {"segmentation": list(rings)}])


POLYGONS = {
    "retraced": _rings([0, 0, 10, 0, 10, 10, 10, 0]),
    "bow_tie": _rings([0, 0, 10, 10, 10, 0, 0, 10]),
    "bow_tie_beside_a_line": _rings([20, 0, 30, 0, 25, 0], [0, 0, 10, 10, 10, 0, 0, 10]),
    "twice_the_same": _rings([0, 0, 10, 0, 10, 10, 0, 10], [0, 0, 10, 0, 10, 10, 0, 10]),
    "and_in_reverse": _rings([0, 0, 10, 0, 10, 10, 0, 10], [0, 10, 10, 10, 10, 0, 0, 0]),
    "a_hole": _rings([0, 0, 10, 0, 10, 10, 0, 10], [2, 2, 4, 2, 4, 4, 2, 4]),
    "tiny": _rings([0.1, 0.1, 0.1000001, 0.1, 0.1000001, 0.1000001]),
    "line_in_fractions": _rings([0, 0, 3.3, 1.1, 6.6, 2.2]),
    "point": _rings([5, 5, 5, 5, 5, 5]),
    "seven_numbers_in_a_line": _rings([0, 0, 5, 5, 10, 10, 3]),
    "five_numbers": _rings([0, 0, 10, 0, 10]),
    "rle_without_id": dataset([{}, {"id": GONE, "segmentation": SMALL_RUNS}]),
    "neither_box_nor_polygon": dataset([{}, {"bbox": GONE, "segmentation": GONE}]),
    "line_of_many_points": _rings([float(k // 2) for k in range(500)]),
}

NOT_COVERED = {
    "annotation_ids_as_text",
    "box_empty",
    "box_null",
    "box_of_five",
    "box_of_texts",
    "category_ids_as_text",
    "category_ids_repeat",
    "image_ids_as_text",
    "image_ids_as_text_in_images",
    "line_of_many_points",
    "segmentation_flat",
    "segmentation_null",
}


@on_the_loader("sahi")
@pytest.mark.parametrize("name", DOCUMENTS | POLYGONS)
def test_the_model_says_what_arrives(name: str, tmp_path: Path) -> None:
    document = (DOCUMENTS | POLYGONS)[name]
    check_crafted(CONSUMER, document, lambda: arrives(document, tmp_path), covered=name not in NOT_COVERED)


@on_the_loader("sahi")
@pytest.mark.parametrize("path", CORPUS_FILES, ids=[path.stem for path in CORPUS_FILES])
def test_the_model_says_what_arrives_of_real_files(path: Path, tmp_path: Path) -> None:
    check_corpus(CONSUMER, path, lambda document: arrives(document, tmp_path))


@on_the_loader("sahi")
@pytest.mark.parametrize("other", OTHER_TYPES, ids=str)
def test_what_is_refused_is_stated(other: Any, tmp_path: Path) -> None:
    agrees_on(other, CONSUMER, load, tmp_path, key=lambda held: held)
