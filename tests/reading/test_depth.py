"""Nesting of every depth in every place: no stage of reading may raise, and what is too deep is set aside and named."""

from __future__ import annotations

import msgspec
import pytest

from cocoproof.reading.document import Document, read
from cocoproof.reading.source import Source
from cocoproof.reading.strict_text import MAX_DEPTH, make_strict

from ..examples import PROFILE, in_each_tier

STEP = 35 if PROFILE == "ordinary" else 7
"""Of the depths near the limit the slow tier tries every one, or every seventh."""


def _read(text: str) -> Document:
    return read(Source("x", text.encode()))


def _codes(document: Document) -> list[str]:
    return [defect.code for defect in document.defects]


@pytest.mark.parametrize("levels", [1_001, 5_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a": ', "}]")])
def test_deep_values_are_set_aside(levels: int, opening: str, closing: str) -> None:
    deep = opening * levels + "1" + closing * levels
    rows = f'{{"id": 1, "width": 4, "height": 3, "file_name": "a", "x": {deep}}}, {{"id": null, "width": 1, "height": 1, "file_name": ""}}'
    text = f'{{"images": [{rows}], "annotations": []}}'
    document = _read(text)
    assert sorted((defect.code, defect.path[:3]) for defect in document.defects) == [
        ("COCO008", ("images", 0, "x")),
        ("COCO103", ("images", 1, "id")),
    ]
    assert document.dataset is not None
    assert document.dataset.images.id.values[0] == 1


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 99_999, '[{"":' * 50_000, "]" * 100_000, '["' + "[" * 100_000]
)
def test_deep_and_never_closed(text: str) -> None:
    assert "COCO002" in _codes(_read(text))


PLACES = {
    "unknown key": '"x": %s',
    "segmentation": '"segmentation": %s',
    "inside a polygon": '"segmentation": [[1, %s]]',
    "inside an RLE": '"segmentation": {"size": [3, 4], "counts": "52", "x": %s}',
    "keypoints": '"keypoints": %s',
    "box": '"bbox": %s',
    "id": '"id": %s',
    "beside a wrong id": '"id": "1", "x": %s',
    "under a repeated key": '"y": {"a": 1, "a": %s}',
}


@in_each_tier
@pytest.mark.parametrize("place", sorted(PLACES))
@pytest.mark.parametrize(("opening", "closing", "each"), [("[", "]", 1), ('{"a":', "}", 1), ('[{"a":', "}]", 2)])
def test_every_depth_in_every_place(place: str, opening: str, closing: str, each: int) -> None:
    """Near the limit of recursion some stage has a frame less than another; none may raise."""
    for levels in (150, 450, 470, 490, *range(900, 1005, STEP)):
        deep = opening * (levels // each) + "1" + closing * (levels // each)
        text = '{"images": [], "annotations": [{%s}], "categories": [{"keypoints": ["a"]}]}' % (PLACES[place] % deep)
        document = _read(text)
        assert "COCO002" not in _codes(document)
        assert document.readable
        if levels > 1000:
            assert "COCO008" in _codes(document)


@in_each_tier
@pytest.mark.parametrize(
    "place",
    [
        '{"images": %s}',
        '{"images": [%s], "annotations": []}',
        "%s",
        '{"info": %s}',
        '{"images": [], "annotations": [{"segmentation": {"size": [1, 2], "counts": %s}}]}',
    ],
)
def test_every_depth_near_the_limit(place: str) -> None:
    for levels in range(900, 1003, STEP // 7):
        assert "COCO002" not in _codes(_read(place % ("[" * levels + "]" * levels)))


def _from_further_down(frames: int, data: bytes) -> object:
    return _from_further_down(frames - 1, data) if frames else msgspec.json.decode(data, type=list[msgspec.Raw])


def test_what_passes_at_first_passes_every_later_look() -> None:
    """Later looks are taken from some frames further down the stack, of which each counts as a level."""
    fits = [levels for levels in range(800, 1003) if not make_strict(b"[" * levels + b"]" * levels).defects]
    assert fits
    _from_further_down(40, b"[" * fits[-1] + b"]" * fits[-1])


def test_depth_is_cut_only_where_a_reader_gives_up() -> None:
    """A NaN elsewhere does not make 500 levels too deep."""
    for levels in (MAX_DEPTH + 1, 500):
        text = '{"images": [], "info": NaN, "x": %s}' % ("[" * levels + "]" * levels)
        assert _codes(_read(text)) == ["COCO006"]
