"""Run-length masks of large texts are read as those of small ones."""

from __future__ import annotations

import json

import pytest

from cocoproof.reading import segmentation
from cocoproof.reading.segmentation import SegmentationBuilder


def read(texts: list[str]) -> list[tuple[list[int], int, bool]]:
    builder = SegmentationBuilder()
    builder.add([text.encode() for text in texts])
    columns, broken = builder.build()
    at = dict(zip(columns.rle_rows.tolist(), range(len(texts)), strict=False))
    return [
        (columns.rle_runs[at[row]].tolist() if row in at else [], int(columns.rle_faults[at[row]]) if row in at else -1, row in broken)
        for row in range(len(texts))
    ]


COUNTS = [
    [],
    [0],
    [1, 2, 3],
    list(range(40)),
    [5, -3, 4],
    [2**53 + 1, 1],
    [10**15, 123456789012345],
    [2**63, 1],
    [2**70],
    [1.0, 2],
    [1.5],
    ["1"],
    [[1, 2], 3],
    [None],
    [True],
    {},
    "62P0",
    "",
    7,
]


@pytest.mark.parametrize("piece", [1, 3, 1 << 20])
@pytest.mark.parametrize("separators", [(",", ":"), (" ,\n ", ": ")])
def test_the_size_of_a_text_changes_nothing(piece: int, separators: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [json.dumps({"size": [4, 5], "counts": counts}, separators=separators) for counts in COUNTS]
    texts += ['{"size": [4, 5], "counts": [1e1, 2]}', '{"size": [4, 5], "counts": [  ]}', '{"counts": [1, 2]}', '{"size": [4, 5]}']
    small = read(texts)
    monkeypatch.setattr(segmentation, "_LARGE", 0)
    monkeypatch.setattr(segmentation, "_PIECE", piece)
    assert read(texts) == small
    assert [runs for runs, _, _ in small][3] == list(range(40))
