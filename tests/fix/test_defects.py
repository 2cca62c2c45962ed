"""Sound documents with one defect: mended, they are the sound ones again, wherever the file says which those are."""

from __future__ import annotations

import copy
import json

import pycocotools.mask
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cocoproof import check
from cocoproof.fix import FixOptions, NotFixable, fix
from cocoproof.reading.source import Source
from cocoproof.testing.strategies.defects import defects
from cocoproof.testing.strategies.documents import coco_documents
from cocoproof.testing.strategies.seeds import MIN_SIDE, SEEDS, base_kind

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools' own, by numpy 2

FEW = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))


def mend(document, *, unsafe=False):
    return json.loads(fix(Source("drawn.json", json.dumps(document).encode()), FixOptions(unsafe=unsafe)).data)


@st.composite
def spoilt(draw, code):
    """A sound document, and a copy with a defect."""
    sound = draw(coco_documents(kind=base_kind(code), min_side=MIN_SIDE, max_annotations=3, max_images=2))
    broken = copy.deepcopy(sound)
    other = SEEDS[code](draw, broken)
    return sound, broken if other is None else other


def with_fresh_id(sound, broken):
    due = copy.deepcopy(broken)
    taken = {row["id"] for row in sound["annotations"]}
    above = max(taken) + 1
    due["annotations"][-1]["id"] = above if above < 2**53 else next(number for number in range(1, 9) if number not in taken)
    return due


def with_integer_category(_, broken):
    due = copy.deepcopy(broken)
    for row in due["annotations"]:
        row["category_id"] = int(row["category_id"])
    return due


def with_flag_and_area(sound, broken):
    """As it was; a flag that is gone is read as 0."""
    due = copy.deepcopy(broken)
    for row, old in zip(due["annotations"], sound["annotations"], strict=True):
        row.setdefault("area", old["area"])
        row.setdefault("iscrowd", 0)
    return due


def with_boxes_of(sides, area):
    def due(_, broken):
        mended = copy.deepcopy(broken)
        for row in mended["annotations"]:
            row["bbox"][2:] = sides
            row["area"] = area
        return mended

    return due


def where_spoilt(**values):
    """The rows that differ from the sound ones get these values."""

    def due(sound, broken):
        mended = copy.deepcopy(broken)
        for section in ("annotations", "categories"):
            for row, old in zip(mended[section], sound[section], strict=True):
                if row != old:
                    row.update(values)
        return mended

    return due


def without_noise(document):
    """A drawn side of 1.0000000000000002 px makes an area that nobody would write so."""
    rows = [row | ({"area": float(f"{row['area']:.10g}")} if "area" in row else {}) for row in document["annotations"]]
    return document | {"annotations": rows}


DUE = {
    "COCO103": with_integer_category,
    "COCO106": with_flag_and_area,
    "COCO202": with_fresh_id,
    "COCO207": with_fresh_id,
    "COCO504": with_boxes_of([2, 2], 4),
    "COCO506": where_spoilt(area=9),
    "COCO507": where_spoilt(area=9),
    "COCO702": where_spoilt(num_keypoints=2),
    "COCO705": where_spoilt(skeleton=[[1, 2]]),
}


ON_REQUEST = {"COCO506"}
"""Rules whose seeds have no segmentation, so that the area is changed on request only."""


@pytest.mark.parametrize("code", DUE)
def test_a_defect_with_one_right_answer(code):
    @FEW
    @given(spoilt(code))
    def test(pair):
        sound, broken = pair
        assert without_noise(mend(broken, unsafe=code in ON_REQUEST)) == without_noise(DUE[code](sound, broken))

    test()


@FEW
@given(defects(code="COCO610"))
def test_a_crowd_keeps_its_pixels(document):
    after = mend(document)
    for before, row in zip(document["annotations"], after["annotations"], strict=True):
        image = next(one for one in document["images"] if one["id"] == row["image_id"])
        if isinstance(before.get("segmentation", {}), list) and before["iscrowd"]:
            size = image["height"], image["width"]
            drawn = pycocotools.mask.merge(pycocotools.mask.frPyObjects(before["segmentation"], *size))
            assert pycocotools.mask.frPyObjects(row["segmentation"], *size) == drawn
            row["segmentation"] = before["segmentation"]
    assert after == document


@settings(FEW, max_examples=30)
@given(defects())
def test_no_defect_ends_in_an_exception_and_nothing_gets_worse(document):
    try:
        found = fix(Source("drawn.json", json.dumps(document).encode()), FixOptions(unsafe=True))
    except NotFixable:
        return  # of no COCO kind any more
    before, after = (check(json.loads(text), reload="never") for text in (found.original, found.data))
    assert after.summary.errors <= before.summary.errors


@FEW
@given(coco_documents())
def test_a_sound_document_stays(document):
    assert fix(Source("drawn.json", json.dumps(document).encode())).same
