"""The parser's choices, frozen: every `y` case is read, every `n` case is an error, and what each is called."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cocoproof.reading.defects import Unreadable
from cocoproof.reading.document import read
from cocoproof.reading.source import Source, read_source

OUTCOMES = Path(__file__).parents[2] / "fixtures" / "json_test_suite" / "outcomes.tsv"
SUITE = os.environ.get("COCOPROOF_JSON_TEST_SUITE")
MENDED = {"COCO003", "COCO004", "COCO005", "COCO006", "COCO008"}
REFUSED = {"COCO001", "COCO002", "COCO003", "COCO006", "COCO008"}
FROZEN = dict(line.split("\t") for line in OUTCOMES.read_text(encoding="utf-8").splitlines()[1:])


def outcome(source: Source) -> str:
    """`read`, the codes of what was mended, or the code of why there is no document."""
    document = read(source)
    codes = {defect.code for defect in document.defects}
    # The cases are none of the COCO kinds; an empty list is one of results.
    is_read = document.readable or "COCO109" in codes
    return " ".join(["read"] * is_read + sorted(codes - {"COCO109"}))


def test_the_frozen_table_is_whole_and_keeps_its_promises() -> None:
    assert len(FROZEN) == 318
    for name, said in FROZEN.items():
        codes = set(said.split()) - {"read"}
        if name.startswith("y_"):
            assert said.startswith("read"), name
            assert codes <= {"COCO005"}, name
        elif name.startswith("n_"):
            assert codes & REFUSED, name
    mended = {name for name, said in FROZEN.items() if name.startswith("n_") and "read" in said}
    assert mended == {"n_number_-NaN", "n_number_NaN", "n_number_infinity", "n_number_minus_infinity"}


@pytest.mark.skipif(SUITE is None, reason="COCOPROOF_JSON_TEST_SUITE names no copy of nst/JSONTestSuite's test_parsing")
def test_the_suite_itself() -> None:
    found = {}
    for file in sorted(Path(SUITE or "").glob("*.json")):
        try:
            found[file.stem] = outcome(read_source(file))
        except Unreadable as error:
            found[file.stem] = error.defect.code
    assert found == FROZEN


# Cases of our own: what RFC 8259 says, section by section.
READ = {
    "grammar": [b"{}", b"[]", b'""', b"0", b"null", b"true", b"false", b" \t\r\n[ \t\r\n] \t\r\n", b"[\n1\n,\n2\n]", b'{ "a" : 1 }'],
    "objects": [b'{"a":1,"b":2}', b'{"":0}', b'{"a":{"a":{"a":[]}}}', b'{"\\u0000":1}', b'{"a":[{},[],{"b":[[]]}]}'],
    "arrays": [b"[[]]", b"[[],[],{}]", b"[1,null,true,false,-1,0.5]", b"[" * 150 + b"]" * 150],
    "numbers": [b"[0]", b"[-0]", b"[0.0]", b"[-0.0]", b"[1e5]", b"[1E5]", b"[1e+5]", b"[1e-5]", b"[1.5e05]", b"[0e0]", b"[123456789012345678901234567890]", b"[1e-400]", b"[0e999]", b"[" + b"1" * 300 + b"]", b"[0." + b"1" * 3000 + b"]"],
    "strings": [b'["a\\"b\\\\c\\/d\\b\\f\\n\\r\\t"]', b'["\\u0041\\uD83D\\uDE00"]', '["é€😀"]'.encode(), b'["\x7f"]', '["\u2028\u2029\ufeff"]'.encode(), b'["\\u0000"]', b'["\\\\u0041"]', b'["\\\\"]', b'["/* */ // NaN"]', '["\ufdd0\U0010ffff"]'.encode()],
}  # fmt: skip

MENDED_CASES = {
    "read COCO003": [b'["\\ud800"]', b'["\\udc00\\ud800"]', b'["a\\ud83dz"]', b'{"\\ud800":1}'],
    "read COCO004": [b"\xef\xbb\xbf{}", b"\xef\xbb\xbf[]"],
    "read COCO005": [b'{"a":1,"a":1}', b'{"a":1,"\\u0061":2}', b'[{"b":{"c":1,"c":2}}]'],
    "read COCO006": [b"[NaN]", b"[-NaN]", b"[Infinity]", b"[-Infinity]", b"[1e400]", b"[-1e400]", b"[" + b"9" * 400 + b"]", b'{"a":NaN}', b"[1e400,1e400]"],
    "read COCO008": [b"[" * 1500 + b"]" * 1500, b'{"a":' * 1500 + b"1" + b"}" * 1500],
    "read COCO003 COCO004 COCO005 COCO006": [b'\xef\xbb\xbf{"a":NaN,"a":"\\ud800"}'],
}  # fmt: skip

REFUSED_CASES = {
    "COCO002": [
        # structure
        b" ", b"\n", b"[", b"]", b"{", b"}", b"[1", b'{"a"', b'{"a":', b'{"a":1', b'["a', b'["a"', b"[1,]", b"[,1]", b"[1,,2]", b"[,]", b"[1 2]", b"[1:2]", b"[[1]", b"[1]]", b"[1}", b'{"a":1]',
        b'{"a":1,}', b'{,"a":1}', b'{"a":1,,"b":2}', b'{"a" 1}', b'{"a"::1}', b'{"a":1 "b":2}', b"{1:1}", b"{a:1}", b"{'a':1}", b'{"a":}', b"{:1}", b'{"a","b"}', b"{}{}", b"[][]", b"[] 1", b"1 2", b'"a" b', b"{}#", b"{};",
        b"[1]x", b"// a\n[]", b"/* a */[]", b"[1/* a */]", b"[]//", b"# a\n[]", b"<a/>", b"a,b\n1,2", b"[\x0c1]", b"[\xc2\xa01]", b"[\xe2\x80\xa81]", b"[" * 100_000, b'{"a":' * 60_000, b"\0", b"[]\0",
        # words
        b"nul", b"[nul]", b"[nulls]", b"[True]", b"[FALSE]", b"[None]", b"[undefined]", b"[nan]", b"[inf]", b"[Inf]", b"[+Infinity]", b"[NaNs]", b"[- Infinity]", b"[aNaN]",
        # numbers
        b"[01]", b"[-01]", b"[00]", b"[+1]", b"[.5]", b"[-.5]", b"[1.]", b"[1.e5]", b"[1e]", b"[1e+]", b"[1ee5]", b"[1e5.5]", b"[--1]", b"[-]", b"[1 000]", b"[1_000]", b"[0x10]", b"[0b1]", b"[1f]", b"[1.2.3]", b"[1/2]", b"[1-2]", b"[\xef\xbc\x91]", b"-", b"1.",
        # strings
        b"['a']", b"[a]", b'["a\nb"]', b'["a\tb"]', b'["\x00"]', b'["\x1f"]', b'["\\x41"]', b'["\\a"]', b'["\\u00"]', b'["\\u00G0"]', b'["\\U00000041"]', b'["\\\n"]', b'["\\"]', b'["\\', b'"', b'["a"b]', b'["\\u"]', b"[\\n]", b'[\\u0022a"]',
    ],
    "COCO003": [b'["\xff"]', b'["\xc3"]', b'["\xe2\x82"]', b'["\xc0\xaf"]', b'["\xed\xa0\x80"]', b'["\xf4\x90\x80\x80"]', b"\xff", '["é"]'.encode("latin-1"), "[1]".encode("utf-16"), "[1]".encode("utf-16-le"), "[1]".encode("utf-16-be"), "[1]".encode("utf-32"), "{}".encode("utf-32-be")],
}  # fmt: skip


@pytest.mark.parametrize("family", sorted(READ))
def test_read(family: str) -> None:
    for data in READ[family]:
        assert outcome(Source("x", data)) == "read", data[:80]


@pytest.mark.parametrize("said", [*MENDED_CASES, *REFUSED_CASES])
def test_mended_or_refused(said: str) -> None:
    for data in (MENDED_CASES | REFUSED_CASES)[said]:
        assert outcome(Source("x", data)) == said, data[:80]


@pytest.mark.parametrize(
    "place",
    [
        b'{"images": [], "annotations": [], "x": %s}',
        b'{"images": [{"x": %s}], "annotations": []}',
        b'[{"image_id": 1, "x": %s}]',
        b'{"info": %s, "images": []}',
    ],
)
def test_the_same_inside_a_coco_file(place: bytes) -> None:
    """What stands in a field that nobody knows is judged as strictly as a document of its own."""
    for values in READ.values():
        for data in values:
            assert outcome(Source("x", place % data)) == "read", data[:80]
    for said, values in MENDED_CASES.items():
        for data in values:
            if not data.startswith(b"\xef\xbb\xbf"):
                assert outcome(Source("x", place % data)) == said, data[:80]
    closing = place.partition(b"%s")[2]
    for data in REFUSED_CASES["COCO002"]:
        # What only lacks its end takes the place's brackets for its own; what is white space leaves no value.
        if data.strip() and not data.startswith((b"]", b"}")):
            assert outcome(Source("x", place % data)).startswith("COCO002"), (data[:80], closing)
