"""Masks that are decoded where they are asked for: as all at once."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.examples import thorough

from cocoproof.geometry import mask_runs
from cocoproof.geometry.kernels import kernels
from cocoproof.geometry.mask_runs import MaskRuns, Stored
from cocoproof.geometry.ragged import Ragged
from cocoproof.geometry.rle import areas, check_runs, decode_counts, decode_spans, encode_counts
from cocoproof.reading.document import read
from cocoproof.reading.source import Source

TEXTS = st.lists(st.text(st.characters(min_codepoint=47, max_codepoint=112), max_size=20) | st.text("\\PQRo0", max_size=12), max_size=8)


def in_one(texts: list[bytes]) -> tuple[np.ndarray, np.ndarray]:
    """All texts in one, with something between them, and where each is."""
    joined, spans = b"~", []
    for text in texts:
        spans.append((len(joined), len(joined) + len(text)))
        joined += text + b"~"
    return np.frombuffer(joined, np.uint8), np.array(spans, np.int64).reshape(-1, 2)


@thorough(1000)
@given(TEXTS)
@example([""])
@example(["P\\", "\\P", "\\\\", "\\"])
@example(["PPPPPPP0", "ooooooo", "PPPPPP0", "a" * 20, "o0", "O", "PP", "P0", "o_"])
@example(["10" * 40, "4N" * 30, "m\\0" * 9])
def test_spans_are_decoded_as_texts_are(texts: list[str]) -> None:
    expected, faults = decode_counts(texts)
    for escaped in (False, True):
        written = [text.replace("\\", "\\\\") if escaped else text for text in texts]
        found, found_faults = decode_spans(*in_one([text.encode() for text in written]), escaped=escaped)
        assert found_faults.tolist() == faults.tolist()
        assert (found.values.tolist(), found.offsets.tolist()) == (expected.values.tolist(), expected.offsets.tolist())


def test_without_the_library_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    texts, spans = in_one([b"PP3", b"", b"m\\\\0", b"\\\\"])
    found = decode_spans(texts, spans, escaped=True)
    monkeypatch.setattr("cocoproof.geometry.rle.kernels", lambda: None)
    again = decode_spans(texts, spans, escaped=True)
    assert found[0].values.tolist() == again[0].values.tolist() == decode_counts(["PP3", "m\\0", "\\"])[0].values.tolist()
    assert found[1].tolist() == again[1].tolist()
    assert kernels is not None


ROWS = [[197, 16, 2859], [0, 3072], [3072], [5, 2**28], [1, 0, 3], [7, 9, 11, 3045]]


def drawn(order: list[int]) -> MaskRuns:
    """Masks of all sorts, each stored in another way."""
    rows = Ragged.from_rows([ROWS[k] for k in order], np.int64)
    texts = encode_counts(rows)
    document, spans = in_one([text.replace(b"\\", b"\\\\") for text in texts])
    own, own_spans = in_one(texts)
    stored = np.array([(Stored.ESCAPED, Stored.OWN, Stored.LISTED)[k % 3] for k in range(len(order))], np.uint8)
    listed_spans = np.stack([rows.offsets[:-1], rows.offsets[1:]], 1)
    every = np.where((stored == Stored.OWN)[:, None], own_spans, np.where((stored == Stored.LISTED)[:, None], listed_spans, spans))
    unchecked = MaskRuns(document, own, rows.values, stored, every, np.zeros(0, np.int64))
    return mask_runs.check_masks(unchecked, np.full((len(order), 2), (48, 64)))[0]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=12), st.data())
def test_any_choice_of_masks_in_any_order(order: list[int], data: st.DataObject) -> None:
    runs = drawn(order)
    assert [runs[k].tolist() for k in range(len(runs))] == [ROWS[k] for k in order]
    assert runs.lengths.tolist() == [len(ROWS[k]) for k in order]
    chosen = data.draw(st.lists(st.integers(0, len(order) - 1), max_size=20))
    taken = runs.take(np.array(chosen, np.int64))
    assert [taken[k].tolist() for k in range(len(taken))] == [ROWS[order[k]] for k in chosen]
    mask = np.isin(np.arange(len(order)), chosen)
    assert runs.take(mask).values.tolist() == [run for k in sorted(set(chosen)) for run in ROWS[order[k]]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mask_runs, "_PORTION", 5)
        parts = list(runs.portions())
        assert [run for _, part in parts for run in part.values.tolist()] == [run for k in order for run in ROWS[k]]
        assert len(parts) > 1 or runs.lengths.sum() <= 5


def test_the_faults_are_those_of_all_masks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mask_runs, "_PORTION", 3)
    runs = drawn([0, 1, 2, 3, 4, 5])
    sizes = np.full((6, 2), (48, 64))
    expected = check_runs(Ragged.from_rows(ROWS, np.int64), sizes)
    assert mask_runs.check_masks(runs, sizes)[1].tolist() == expected.tolist()


def test_a_file_of_masks_of_all_forms() -> None:
    """As the format has them, escaped, with escapes of other characters, as lists, and beyond 32 bits."""
    counts: list[object] = ["PP3", "e0\\0n2", [0, 3072], [5, 2**40], [2**70, 1], "\u0050P3", "é"]
    rows = [{"id": k, "segmentation": {"size": [48, 64], "counts": one}} for k, one in enumerate(counts)]
    text = json.dumps({"images": [], "annotations": rows, "categories": []}).replace('"PP3"', '"\\u0050P3"', 1)
    dataset = read(Source("a.json", text.encode())).dataset
    assert dataset is not None
    found = dataset.annotations.segmentation
    readable, _ = decode_counts(["PP3", "e0\\0n2"])
    assert found.rle_runs[0].tolist() == found.rle_runs[5].tolist() == readable[0].tolist()
    assert found.rle_runs[1].tolist() == readable[1].tolist()
    assert [found.rle_runs[k].tolist() for k in (2, 3, 4, 6)] == [[0, 3072], [5, 2**40], [2**62, 1], []]
    assert found.areas[2] == 3072
    assert areas(found.rle_runs.take(np.array([0, 2]))).tolist() == [areas(found.rle_runs.take(np.array([0])))[0], 3072]
