"""No input brings the verifier down: damaged files give findings, never an exception and never a crashed rule.

500 damaged documents in the ordinary run; `pytest -m fuzz` judges 20,000 more. A case is its seed: `_damaged(seed)`.
"""

from __future__ import annotations

import json
import random
import re
from typing import Any

import pytest

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.model.findings import FileReport, Kind, Verdict
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading.source import Source

ORDINARY, LONG = 500, 20_000

IMAGES: list[Any] = [
    {"id": 1, "width": 64, "height": 48, "file_name": "a/é.jpg", "license": 1, "date_captured": "2017-01-01"},
    {"id": 2, "width": 48, "height": 64, "file_name": "b.jpg", "coco_url": "http://x/b.jpg", "not_exhaustive_category_ids": []},
]
CATEGORIES: list[Any] = [{"id": 1, "name": "person", "supercategory": "animal"}, {"id": 3, "name": "cat", "supercategory": None}]
POSE: list[Any] = [{"id": 1, "name": "person", "keypoints": ["nose", "left_eye", "right_eye"], "skeleton": [[1, 2], [1, 3]]}]
BOX: dict[str, Any] = {"image_id": 1, "category_id": 1, "bbox": [4, 5, 20.5, 16], "area": 320, "iscrowd": 0}
POLYGON: dict[str, Any] = {"segmentation": [[4, 5, 24.5, 5, 24.5, 21, 4, 21], [30, 30, 35, 30, 35, 35]]}
RUNS: dict[str, Any] = {"segmentation": {"size": [48, 64], "counts": [240, 20, 2812]}, "iscrowd": 1}
TEXT_RUNS: dict[str, Any] = {"segmentation": {"size": [3, 4], "counts": "52P0"}}
POINTS: dict[str, Any] = {"keypoints": [5, 6, 2, 7, 8, 1, 0, 0, 0], "num_keypoints": 2}
SEGMENTS: list[Any] = [
    {"id": 3, "category_id": 1, "area": 5, "iscrowd": 0, "bbox": [0, 0, 2, 2]},
    {"id": 4, "category_id": 3, "area": 9, "iscrowd": 0},
]


def _dataset(annotations: list[Any], categories: list[Any] = CATEGORIES, **more: Any) -> Any:
    rows = [{"id": k, **row} for k, row in enumerate(annotations, 1)]
    return {
        "info": {"year": 2017},
        "licenses": [{"id": 1, "name": "CC"}],
        "images": IMAGES,
        "annotations": rows,
        "categories": categories,
        **more,
    }


DOCUMENTS: list[Any] = [
    _dataset([BOX, BOX | {"image_id": 2, "category_id": 3}]),
    _dataset([BOX | POLYGON, BOX | {"segmentation": []}]),
    _dataset([BOX | RUNS, BOX | TEXT_RUNS]),
    _dataset([BOX | POLYGON | {"attributes": {"occluded": True, "z": [1.5, None]}, "score": 0.5}] * 4),
    _dataset([BOX] * 12, type="instances", videos=[]),
    _dataset([BOX | POINTS, BOX | POINTS | POLYGON], POSE),
    _dataset([{"image_id": 1, "caption": "a cat"}, {"image_id": 2, "caption": "two cats — “deux”"}], []),
    _dataset([{key: value for key, value in (BOX | POLYGON).items() if key != "iscrowd"}], [{**row, "synset": "x.n.01", "frequency": "r"} for row in CATEGORIES]),
    {"images": IMAGES, "annotations": [{"image_id": 1, "file_name": "1.png", "segments_info": SEGMENTS}, {"image_id": 2, "file_name": "2.png", "segments_info": []}], "categories": [{**row, "isthing": 1} for row in CATEGORIES]},
    {"images": IMAGES, "categories": CATEGORIES},
    {"images": [], "annotations": [], "categories": []},
    [{"image_id": 1, "category_id": 1, "bbox": [4, 5, 20, 16], "score": 0.9}] * 3,
    [{"image_id": 1, "category_id": 1, "score": 0.9, **TEXT_RUNS}, {"image_id": 2, "category_id": 1, "score": 0.1, **RUNS}],
    [{"image_id": 1, "category_id": 1, "score": 0.5, "keypoints": POINTS["keypoints"]}, {"image_id": 1, "caption": "a"}],
    {"features": [{"type": "Feature", "geometry": None}]},
]  # fmt: skip
TEXTS = [json.dumps(document, ensure_ascii=k % 2 == 0, indent=(None, 1, 4)[k % 3]).encode() for k, document in enumerate(DOCUMENTS)]

TOKENS = [
    *(b"NaN", b"-Infinity", b"null", b"true", b"false", b"[]", b"{}", b'""', b"0", b"-1", b"1.0", b"-0", b"0.5", b"1e400", b"1e-400", b"1E308"),
    *(b'"', b"\\", b"[", b"]", b"{", b"}", b",", b":", b"\x00", b"\xff", b"\n", b"\xef\xbb\xbf", "é".encode(), "\u202e".encode(), b"\x7f"),
    *(str(number).encode() for number in (2**31, 2**53 + 1, 2**61 - 1, 2**63 - 1, 2**63, 2**64, 2**70, -(2**63), -(2**63) - 1, 10**399)),
    *(b"9" * 5000, b"[" * 300 + b"]" * 300, b"[" * 1200 + b"]" * 1200, b"[[[1]]]", b"[1,2,3]", b"[[1,2,3]]", b"[[1,2]]", b"[[1e308,-1e308,1e308,1e308,5,5]]"),
    *(b'"id":1,', b'"id":"1",', b'"\\u0069d":3,', b'"bbox":[1,2,3],', b'"segmentation":null,', b'"keypoints":[1,2,7],', b'"iscrowd":7,', b'"image_id":9,', b"null,", b"{},"),
    *(b'"\\ud800"', b'"\\ud83d\\ude00"', b'"\\u0000"', b'"../../etc/passwd"', b'"\\u001b[31m"', b'"::error::x"', b'"PPP0"', b'{"size":[48,64],"counts":"PPPPPPPPP"}', b'{"size":[0,0],"counts":[]}', b'{"size":[1e9,2],"counts":[-1]}', b'{"size":[99999999,99999999],"counts":[9999999800000001]}'),
]  # fmt: skip
VALUES = [token for token in TOKENS if token[:1] in b'-0123456789tfnNI"[{' and token[-1:] in b']}"lyeN0123456789' and len(token) > 1]
_VALUE = re.compile(rb'(?:"(?:[^"\\]|\\.)*"|(?<![\w.+-])(?:[-0-9.eE+]+|\w+))(?=\s*[,\]}])')
"""Scalars that are no keys: in their place any value leaves JSON, and the rules are reached."""
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[-0-9.eE+]+|[\[\]{}:,]|\w+')


def _damaged(seed: int) -> bytes:
    """A sound document with one to eight places damaged, by bytes and by tokens."""
    chance = random.Random(seed)  # noqa: S311 # the same damage in every run
    data = bytearray(chance.choice(TEXTS))
    for _ in range(chance.choice([1, 1, 1, 2, 3, 8])):
        how = chance.randrange(8)
        at = chance.randrange(len(data) + 1)
        if how == 0 and data:
            data[at % len(data)] = chance.randrange(256)
        elif how == 1:
            data[at:at] = chance.choice(TOKENS)
        elif how == 2:
            del data[at : at + chance.choice([1, 2, 5, 50])]
        else:
            pattern = _TOKEN if how == 3 else _VALUE
            spans = [match.span() for match in pattern.finditer(bytes(data))]
            if spans:
                start, end = chance.choice(spans)
                other = chance.choice(spans)
                data[start:end] = chance.choice(VALUES) if how > 4 else data[other[0] : other[1]]
    return bytes(data)


KINDS = [None, None, None, *(kind for kind in Kind if kind is not Kind.UNKNOWN)]


def _judge(seed: int) -> FileReport:
    """The report on a damaged document, as the kind that it looks like or as any other."""
    kind = KINDS[seed % len(KINDS)]
    return check_source(Source("x", _damaged(seed)), CheckSettings(kind=kind, reload=ReloadMode.NEVER))


def _assert_sane(seed: int) -> FileReport:
    report = _judge(seed)
    crashed = [(rule.code, rule.reason) for rule in report.rules if rule.verdict is Verdict.CRASHED]
    assert not crashed, (seed, crashed)
    assert not [finding for finding in report.findings if finding.code == "COCO999"], seed
    data = _damaged(seed)
    lines = data.split(b"\n")
    for finding in report.findings:
        assert finding.message, seed
        assert len(finding.message) < 2000, (seed, finding.code)
        if finding.line is not None:
            # There is such a place. Bytes that are no UTF-8 have columns all the same.
            assert finding.column is not None
            assert 1 <= finding.line <= len(lines), (seed, finding)
            assert 1 <= finding.column <= len(lines[finding.line - 1]) + 1, (seed, finding)
    return report


@pytest.mark.parametrize("block", range(5))
def test_damaged_documents(block: int) -> None:
    seen: set[str] = set()
    size = ORDINARY // 5
    for seed in range(block * size, (block + 1) * size):
        seen |= {finding.code for finding in _assert_sane(seed).findings}
    # The damage reaches the parser, the structure and the rules behind them.
    assert {"COCO002", "COCO103"} <= seen
    assert any(code > "COCO2" for code in seen)


@pytest.mark.fuzz
@pytest.mark.parametrize("block", range(20))
def test_many_damaged_documents(block: int) -> None:
    size = LONG // 20
    for seed in range(10**6 + block * size, 10**6 + (block + 1) * size):
        _assert_sane(seed)


@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_cut_at_every_place(number: int) -> None:
    data = TEXTS[number]
    for end in range(1, len(data), max(len(data) // 40, 1)):
        report = check_source(Source("x", data[:end]), CheckSettings(reload=ReloadMode.NEVER))
        assert {finding.code for finding in report.findings} <= {"COCO002", "COCO003"}
        assert len(report.findings) == 1


@pytest.mark.parametrize("number", range(len(TEXTS)))
@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.UNKNOWN])
def test_any_document_as_any_kind(number: int, kind: Kind) -> None:
    report = check_source(Source("x", TEXTS[number]), CheckSettings(kind=kind, reload=ReloadMode.NEVER))
    assert not [rule for rule in report.rules if rule.verdict is Verdict.CRASHED]


@pytest.mark.parametrize("seed", range(5))
def test_the_same_input_gives_the_same_report(seed: int) -> None:
    assert _judge(seed) == _judge(seed)


@pytest.mark.parametrize("box", [[4, -20, 20, 16], [-100, 5, 20, 16]])
def test_a_box_off_an_image_that_is_not_there(box: list[int]) -> None:
    """COCO503 asked for the size of that image; found by seed 1017112."""
    data = json.dumps([{"image_id": 1, "category_id": 1, "bbox": box, "score": 0.9}]).encode()
    report = check_source(Source("x", data), CheckSettings(reload=ReloadMode.NEVER))
    assert not [rule for rule in report.rules if rule.verdict is Verdict.CRASHED]
