"""Run-length masks, held to pycocotools on masks that are safe to give it, and to a scalar decoder on strings that are not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pycocotools import mask as reference

from cocoproof.geometry import rle
from cocoproof.geometry.ragged import Ragged
from cocoproof.geometry.rle import RleFault

from ..examples import thorough

if TYPE_CHECKING:
    from numpy.typing import NDArray

# What `decode` of pycocotools up to 2.0.11 says under numpy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

BIG = 2**63 - 1

masks = hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12))
blocky_masks = st.builds(
    lambda mask, tall, wide: np.repeat(np.repeat(mask, tall, axis=0), wide, axis=1),
    masks,
    st.integers(1, 9),
    st.integers(1, 9),
)


def reference_encode(mask: NDArray[np.bool_]) -> dict[str, object]:
    return reference.encode(np.asfortranarray(mask.astype(np.uint8)))


def ragged(*rows: list[int]) -> Ragged:
    return Ragged.from_rows(rows, np.int64)


def sizes(*rows: tuple[int, int]) -> NDArray[np.int64]:
    return np.array(rows, np.int64).reshape(-1, 2)


def scalar_runs(text: bytes) -> list[int]:
    """`rleFrString` in plain Python."""
    runs: list[int] = []
    at = 0
    while at < len(text):
        number, place, more = 0, 0, True
        while more:
            sextet = text[at] - 48
            number |= (sextet & 31) << 5 * place
            more = bool(sextet & 32)
            at, place = at + 1, place + 1
            if not more and sextet & 16:
                number |= -1 << 5 * place
        runs.append(number + runs[-2] if len(runs) > 2 else number)
    return runs


def scalar_text(runs: list[int]) -> bytes:
    """`rleToString` in plain Python."""
    text = bytearray()
    for index, run in enumerate(runs):
        number, more = run - runs[index - 2] if index > 2 else run, True
        while more:
            sextet = number & 31
            number >>= 5
            more = number != -1 if sextet & 16 else number != 0
            text.append(48 + sextet + 32 * more)
    return bytes(text)


# What pycocotools says of the same mask.


@given(st.lists(blocky_masks, max_size=6))
@thorough(150)
def test_many_masks_are_what_pycocotools_says(drawn: list[NDArray[np.bool_]]) -> None:
    runs = Ragged.from_rows([rle.encode_mask(mask) for mask in drawn], np.int64)
    expected = [reference_encode(mask) for mask in drawn]
    strings = [each["counts"] for each in expected]

    assert rle.encode_counts(runs) == strings
    decoded, faults = rle.decode_counts(strings)
    assert decoded.offsets.tolist() == runs.offsets.tolist()
    assert decoded.values.tolist() == runs.values.tolist()
    assert decoded.values.dtype == np.int64
    checked = rle.check_runs(decoded, sizes(*(mask.shape for mask in drawn)), faults)
    assert not checked.any()
    assert checked.dtype == faults.dtype == np.uint8
    assert rle.areas(runs).tolist() == [int(reference.area(each)) for each in expected]
    assert rle.areas(runs).dtype == np.int64
    tight = rle.boxes(runs, np.array([mask.shape[0] for mask in drawn], np.int64))
    assert tight.shape == (len(drawn), 4)
    assert tight.dtype == np.float64
    assert tight.tolist() == [reference.toBbox(each).tolist() for each in expected]


@given(blocky_masks)
@settings(deadline=None)
def test_a_mask_comes_back_from_its_runs(mask: NDArray[np.bool_]) -> None:
    back = rle.decode_runs(rle.encode_mask(mask), mask.shape)
    assert back.dtype == np.bool_
    assert back.flags.f_contiguous
    np.testing.assert_array_equal(back, mask)
    np.testing.assert_array_equal(back, reference.decode(reference_encode(mask)))


@given(blocky_masks, st.data())
@settings(deadline=None)
def test_a_part_is_encoded_as_the_whole(part: NDArray[np.bool_], data: st.DataObject) -> None:
    left, top, right, bottom = (data.draw(st.integers(0, 4)) for _ in range(4))
    whole = np.pad(part, ((top, bottom), (left, right)))
    runs = rle.encode_mask(part, (left, top), whole.shape)
    assert rle.encode_counts(Ragged.from_rows([runs], np.int64)) == [reference_encode(whole)["counts"]]


@pytest.mark.parametrize("corner", [(-1, 0), (0, -1), (2, 0), (0, 2)])
def test_a_part_outside_the_whole_is_refused(corner: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="not within"):
        rle.encode_mask(np.ones((3, 3), bool), corner, (4, 4))


@given(masks, st.data())
@settings(deadline=None)
def test_overlap_is_what_pycocotools_says(a: NDArray[np.bool_], data: st.DataObject) -> None:
    b = data.draw(hnp.arrays(np.bool_, a.shape))
    runs_a, runs_b = rle.encode_mask(a), rle.encode_mask(b)
    assert rle.intersection_area(runs_a, runs_b) == int((a & b).sum())
    assert rle.iou(runs_a, runs_b) == reference.iou([reference_encode(a)], [reference_encode(b)], [0])[0, 0]


def test_overlap_of_masks_of_different_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^a mask of 4 px and one of 6 px have no common pixels$"):
        rle.iou(np.array([1, 3]), np.array([2, 4]))


@pytest.mark.parametrize(
    ("runs", "height", "box"),
    [
        ([12], 3, [0, 0, 0, 0]),
        ([0, 12], 3, [0, 0, 4, 3]),
        ([4, 1, 7], 3, [1, 1, 1, 1]),
        ([2, 2, 8], 3, [0, 0, 2, 3]),  # foot of column 0 and head of column 1
        ([3, 3, 6], 3, [1, 0, 1, 3]),  # one full column
        ([1, 1, 7, 1, 2], 3, [0, 0, 4, 2]),
        ([4, 0, 8], 3, [0, 0, 0, 0]),  # not safe, and not pycocotools' answer: 2^32 is in that
        ([2, 0, 3, 1, 6], 3, [1, 2, 1, 1]),
    ],
)
def test_boxes(runs: list[int], height: int, box: list[int]) -> None:
    # Between two others, so that nothing may leak from row to row.
    rows = ragged([0, height], runs, [1, height - 1])
    assert rle.boxes(rows, np.array([height] * 3, np.int64))[1].tolist() == box


# Strings and runs that must not reach pycocotools.

TEXTS: list[tuple[bytes | str, RleFault]] = [
    (b"", RleFault.EMPTY),
    ("", RleFault.EMPTY),
    (b"9", RleFault.OK),
    ("9", RleFault.OK),
    (b"054", RleFault.OK),
    (b"1PP", RleFault.TRUNCATED),
    (b"PP1", RleFault.OK),  # 1024
    (b"P", RleFault.TRUNCATED),
    (b"9P", RleFault.TRUNCATED),
    (b"oooooooo", RleFault.TRUNCATED),
    (b"/", RleFault.BAD_CHARACTER),
    (b"p", RleFault.BAD_CHARACTER),
    (b"4 5", RleFault.BAD_CHARACTER),
    (b"45\n", RleFault.BAD_CHARACTER),
    (b"4\x005", RleFault.BAD_CHARACTER),
    (b"\xff", RleFault.BAD_CHARACTER),
    (b"4\xb0", RleFault.BAD_CHARACTER),
    ("4\xb0", RleFault.BAD_CHARACTER),
    ("45\u0660", RleFault.BAD_CHARACTER),
    ("4\u01305", RleFault.BAD_CHARACTER),  # its low byte is "0"
    ("\U00010034", RleFault.BAD_CHARACTER),
    ("4\ud834", RleFault.BAD_CHARACTER),
    (b"P~", RleFault.BAD_CHARACTER),
    (b"PPPPPPP1", RleFault.OVERLONG),  # eight characters
    (b"PPPPPP1", RleFault.OVERLONG),  # seven
    (b"PPPPP1", RleFault.OK),  # six, and all of them needed
    (b"T0", RleFault.OVERLONG),  # 4, which is "4"
    (b"_0", RleFault.OVERLONG),  # 15, which is "?"
    (b"`0", RleFault.OK),  # 16, which needs the second character for its sign
    (b"_O", RleFault.OK),  # -17
    (b"`O", RleFault.OVERLONG),  # -16, which is "@"
    (b"oO", RleFault.OVERLONG),  # -1, which is "O"
    (b"oo0", RleFault.OK),  # 1023
    (b"PP0", RleFault.OVERLONG),
    (b"4T04", RleFault.OVERLONG),
]


@pytest.mark.parametrize(("text", "fault"), TEXTS)
def test_faults_of_a_string(text: bytes | str, fault: RleFault) -> None:
    runs, faults = rle.decode_counts([text])
    assert RleFault(faults[0]) is fault
    if fault is RleFault.OK:
        assert runs[0].tolist() == scalar_runs(text if isinstance(text, bytes) else text.encode())
    else:
        assert len(runs[0]) == 0


def test_a_faulty_string_leaves_its_neighbours_alone() -> None:
    texts = [text for text, _ in TEXTS]
    for around in ([b"054"], ["054"]):
        mixed = [each for text in texts for each in (*around, text)] + around
        runs, faults = rle.decode_counts(mixed)
        assert faults[1::2].tolist() == [fault for _, fault in TEXTS]
        assert not faults[0::2].any()
        assert all(runs[row].tolist() == [0, 5, 4] for row in range(0, len(mixed), 2))


COUNTS: list[tuple[list[int], tuple[int, int], RleFault]] = [
    ([12], (3, 4), RleFault.OK),
    ([0, 12], (3, 4), RleFault.OK),
    ([4, 1, 7], (3, 4), RleFault.OK),
    ([], (3, 4), RleFault.EMPTY),
    ([], (0, 0), RleFault.EMPTY),
    ([12], (0, 4), RleFault.SIZE),
    ([12], (3, 0), RleFault.SIZE),
    ([12], (-3, -4), RleFault.SIZE),
    ([12], (2**31, 1), RleFault.SIZE),
    ([12], (1, 2**31), RleFault.SIZE),
    ([1], (2**32, 2**32), RleFault.SIZE),
    ([-1], (-(2**63), BIG), RleFault.SIZE),
    ([-1, 13], (3, 4), RleFault.NEGATIVE),
    ([4, -1, 9], (3, 4), RleFault.NEGATIVE),
    ([-(2**63)], (3, 4), RleFault.NEGATIVE),
    ([4, 0, -1], (3, 4), RleFault.NEGATIVE),
    ([12, 0], (3, 4), RleFault.ZERO_RUN),
    ([0, 0, 12], (3, 4), RleFault.ZERO_RUN),
    ([4, 0, 8], (3, 4), RleFault.ZERO_RUN),
    ([0, 0], (3, 4), RleFault.ZERO_RUN),
    ([13], (3, 4), RleFault.TOO_LARGE),
    ([0, 2**32 + 12], (3, 4), RleFault.TOO_LARGE),
    ([BIG], (3, 4), RleFault.TOO_LARGE),
    ([BIG, BIG, 14], (3, 4), RleFault.TOO_LARGE),  # 12, modulo 2^64
    ([0], (3, 4), RleFault.SUM),
    ([11], (3, 4), RleFault.SUM),
    ([6, 7], (3, 4), RleFault.SUM),
    ([1, 1, 1], (3, 4), RleFault.SUM),
    ([12, 12], (3, 4), RleFault.SUM),
    ([2**24 - 1], (1, 2**24 - 1), RleFault.OK),
    ([2**24], (4096, 4096), RleFault.OVERSIZE),
    ([0, 2**24], (4096, 4096), RleFault.OVERSIZE),
    ([5], (4096, 4096), RleFault.SUM),
    ([(2**31 - 1) ** 2], (2**31 - 1, 2**31 - 1), RleFault.OVERSIZE),
    ([2**62 - 2**33] + [2**62 - 2**33] * 3 + [2**35, (2**31 - 1) ** 2], (2**31 - 1, 2**31 - 1), RleFault.SUM),
]


@pytest.mark.parametrize(("runs", "size", "fault"), COUNTS)
def test_faults_of_runs(runs: list[int], size: tuple[int, int], fault: RleFault) -> None:
    assert RleFault(rle.check_runs(ragged(runs), sizes(size))[0]) is fault


def test_the_last_case_is_right_modulo_two_to_the_64th() -> None:
    runs, (height, width), _ = COUNTS[-1]
    assert sum(runs) != height * width
    assert sum(runs) % 2**64 == height * width


def test_faults_of_runs_stay_in_their_row() -> None:
    every = rle.check_runs(ragged(*(runs for runs, _, _ in COUNTS)), sizes(*(size for _, size, _ in COUNTS)))
    assert every.tolist() == [fault for _, _, fault in COUNTS]


def test_a_fault_of_the_string_outlives_the_check() -> None:
    runs, faults = rle.decode_counts([b"", b"p", b"P", b"T0", b"<", b"="])
    checked = rle.check_runs(runs, sizes(*[(3, 4)] * 6), faults)
    assert checked.tolist() == [
        RleFault.EMPTY,
        RleFault.BAD_CHARACTER,
        RleFault.TRUNCATED,
        RleFault.OVERLONG,
        RleFault.OK,
        RleFault.TOO_LARGE,
    ]
    assert rle.malformed(checked).tolist() == [True, True, True, True, False, True]
    assert not rle.malformed(np.array([RleFault.SUM, RleFault.OVERSIZE], np.uint8)).any()


near_strings = st.lists(st.one_of(st.sampled_from("0123456789:;<=>?@ANOPQRS_`no"), st.characters()), min_size=1, max_size=12).map("".join)


@given(st.lists(near_strings | st.binary(max_size=4), max_size=8))
@example(["45", b"45", "\x00", b"\xb0"])
@thorough(300)
def test_a_string_passes_if_and_only_if_it_is_the_one_spelling_of_its_runs(strings: list[str | bytes]) -> None:
    runs, faults = rle.decode_counts(strings)
    for row, string in enumerate(strings):
        text = string.encode("utf-8", "surrogatepass") if isinstance(string, str) else string
        spelt = re.fullmatch(rb"(?:[P-o]{0,5}[0-O])+", text) is not None
        canonical = spelt and scalar_text(scalar_runs(text)) == text
        assert (faults[row] == RleFault.OK) == canonical
        assert runs[row].tolist() == (scalar_runs(text) if canonical else [])


valid_runs = st.tuples(st.integers(0, 40), st.lists(st.integers(1, 1200), max_size=12)).map(lambda r: [r[0], *r[1]])


@st.composite
def tampered_strings(draw: st.DrawFn) -> bytes:
    """Strings that an encoder wrote, some with a character or two changed, left out or put in."""
    text = bytearray(scalar_text(draw(valid_runs)))
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(text)))
        text[at : at + draw(st.integers(0, 1))] = bytes(draw(st.lists(st.integers(47, 112), max_size=1)))
    return bytes(text)


@given(tampered_strings(), st.integers(1, 3))
@thorough(400)
def test_what_passes_is_decoded_alike_by_pycocotools(text: bytes, width: int) -> None:
    runs, faults = rle.decode_counts([text])
    # The size that the counts sum to, so that not everything is refused for its sum.
    total = int(runs.values.clip(0).sum())
    size = (total // width, width) if total % width == 0 else (total, 1)
    passed = not rle.check_runs(runs, sizes(size), faults).any()
    assume(passed)
    own = rle.decode_runs(runs[0], size)
    compressed = {"size": list(size), "counts": text}
    np.testing.assert_array_equal(own, reference.decode(compressed))
    assert rle.encode_counts(runs) == [text]
    assert rle.areas(runs)[0] == reference.area(compressed)
    assert rle.boxes(runs, np.array([size[0]]))[0].tolist() == reference.toBbox(compressed).tolist()
    as_list = reference.frPyObjects({"size": list(size), "counts": runs[0].tolist()}, *size)
    assert as_list["counts"] in (text, text.decode())


# Many rows at once: the work goes in blocks, whose seams must not show.


def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(7)
    drawn = [rng.random((rng.integers(1, 9), rng.integers(1, 9))) < rng.random() for _ in range(200)]
    texts = [reference_encode(mask)["counts"] for mask in drawn]
    texts[50:50] = [b"", b"p", b"", b"P"]
    heights = np.array([mask.shape[0] for mask in drawn], np.int64)
    for block in (1, 7, 64, 10**6):
        monkeypatch.setattr(rle, "_BLOCK", block)
        runs, faults = rle.decode_counts(texts)
        assert np.flatnonzero(faults).tolist() == [50, 51, 52, 53]
        sound = runs.take(faults == RleFault.OK)
        for row, mask in enumerate(drawn):
            np.testing.assert_array_equal(rle.decode_runs(sound[row], mask.shape), mask)
        assert rle.encode_counts(sound) == [text for text in texts if text not in (b"", b"p", b"P")]
        assert rle.areas(sound).tolist() == [mask.sum() for mask in drawn]
        assert rle.boxes(sound, heights).tolist() == [reference.toBbox(reference_encode(mask)).tolist() for mask in drawn]


def test_a_block_is_no_longer_than_its_last_row_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rle, "_BLOCK", 7)
    rows = ragged(*([1] * length for length in (2, 3, 0, 9, 1, 1, 1, 4, 3, 3)))
    blocks = list(rle._blocks(rows))
    assert [(part.start, part.stop) for part, _ in blocks] == [(0, 4), (4, 8), (8, 10)]
    assert [block.offsets.tolist() for _, block in blocks] == [[0, 2, 5, 5, 14], [0, 1, 2, 3, 7], [0, 3, 6]]


def test_nothing_at_all() -> None:
    runs, faults = rle.decode_counts([])
    assert len(runs) == len(faults) == 0
    assert len(rle.check_runs(runs, sizes())) == 0
    assert rle.encode_counts(runs) == []
    assert rle.areas(runs).tolist() == []
    assert rle.boxes(runs, np.empty(0, np.int64)).shape == (0, 4)


@given(st.lists(st.lists(st.integers(0, BIG), max_size=6), max_size=4))
@settings(deadline=None)
def test_runs_of_any_length_are_written(rows: list[list[int]]) -> None:
    assert rle.encode_counts(ragged(*rows)) == [scalar_text(row) for row in rows]


def test_negative_runs_are_not_written() -> None:
    with pytest.raises(ValueError, match=r"^a run is negative$"):
        rle.encode_counts(ragged([4, -1]))


@pytest.mark.parametrize("runs", [[11], [13], [-1, 13], [4, -1, 9], [6, 7], [BIG, BIG, 14]])
def test_runs_that_do_not_fit_are_not_decoded(runs: list[int]) -> None:
    with pytest.raises(ValueError, match="do not fit a mask of 4x3 px"):
        rle.decode_runs(np.array(runs, np.int64), (3, 4))


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (5, 0)])
def test_a_mask_without_pixels_has_one_empty_run(shape: tuple[int, int]) -> None:
    runs = rle.encode_mask(np.zeros(shape, bool))
    assert runs.tolist() == [0]
    assert rle.decode_runs(runs, shape).shape == shape


def changed(text: bytes, place: int, character: int) -> bytes:
    at = place % len(text)
    return text[:at] + bytes([character]) + text[at + 1 :]


long_texts = st.lists(st.integers(0, 10**6), min_size=150, max_size=400).map(scalar_text)
damaged_texts = st.builds(changed, long_texts, st.integers(0, 10**6), st.integers(40, 120))
continued_texts = st.lists(st.sampled_from([*b"0oPWZ`no"]), min_size=150, max_size=500).map(bytes)


@given(st.one_of(long_texts, damaged_texts, continued_texts), st.integers(64, 90))
@thorough(300)
def test_a_long_row_is_decoded_in_pieces(text: bytes, size: int) -> None:
    """As a row among others, which is never cut, and as the only one, which is."""
    whole = rle._decode_block(Ragged(np.frombuffer(text, np.uint8), np.array([0, len(text)])))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rle, "_BLOCK", size)
        runs, faults = rle.decode_counts([text])
    assert faults.tolist() == whole[1].tolist()
    assert runs.values.tolist() == whole[0].values.tolist()
    if not faults[0]:
        assert runs.values.tolist() == scalar_runs(text)


@given(st.lists(st.integers(0, 40), min_size=60, max_size=200), st.integers(1, 9), st.integers(2, 30))
@thorough(200)
def test_the_box_of_a_long_row_is_found_in_pieces(runs: list[int], height: int, size: int) -> None:
    rows = Ragged.from_rows([runs], np.int64)
    whole = rle._boxes_of_block(rows, np.array([height]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rle, "_BLOCK", size)
        assert rle.boxes(rows, np.array([height])).tolist() == whole.tolist()
