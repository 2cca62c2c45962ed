"""Rules about the file as text: bytes, JSON, numbers. Reading finds most of their violations."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.model.findings import Severity
from cocoproof.reading.strict_text import MAX_DEPTH
from cocoproof.rules.examples import dataset, panoptic, results
from cocoproof.rules.reader_defects import reader_defects
from cocoproof.rules.reader_failures import not_loaded_with
from cocoproof.rules.rule import Consequence, Fix, RuleContext, Violations, ViolationScope, rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cocoproof.columns.tables import Column
    from cocoproof.model.json_types import JsonValue

__all__ = ["RULES", "SAFE_INTEGER"]

SAFE_INTEGER = 2**53 - 1
"""The largest integer that no other integer shares its double with (ECMAScript's `Number.MAX_SAFE_INTEGER`)."""


def _text(document: JsonValue, *changes: tuple[str, str]) -> bytes:
    """An example as text, for what JSON values cannot show."""
    text = json.dumps(document, ensure_ascii=False)
    for old, new in changes:
        text = text.replace(old, new, 1)
    return text.encode()


_SOUND = _text(dataset())
_PACKED = gzip.compress(_SOUND, mtime=0)


@rule(
    "COCO001",
    severity=Severity.ERROR,
    accept=[_SOUND, _PACKED],
    reject=[(b"", ""), (_PACKED[:40], "")],
)
def unreadable_file(context: RuleContext) -> Violations:
    """The file is missing, empty, a folder, or may not be read.

    Also found: a FIFO, socket or device (which could make a reader wait for ever), damaged gzip or zstd data, and a file that
    changed while it was read. Nothing else can be checked. Check the path, its permissions and whether the program that wrote
    the file came to its end: an empty file is often what a crashed exporter leaves behind.
    """
    return reader_defects(context, "COCO001")


@rule(
    "COCO002",
    severity=Severity.ERROR,
    accept=[_SOUND, b"\n" + _SOUND + b" \r\n"],
    reject=[
        (_SOUND[:-20], ""),
        (_SOUND[:-1] + b",}", ""),
        (_SOUND + _SOUND, ""),
        (_text(dataset(), ('"info"', "'info'")), ""),
    ],
)
def invalid_json(context: RuleContext) -> Violations:
    """The text is not one JSON document.

    It is truncated, has a trailing comma, single quotes, comments or Python's `None`, or a second document follows
    the first (as in JSON Lines). The finding has the line and column of the first unexpected character,
    and what is expected instead. No reader takes such a file, and nothing else can be checked. A truncated file is
    what a writer leaves when it crashes: write to a temporary file and rename it.
    """
    return reader_defects(context, "COCO002")


@rule(
    "COCO003",
    severity=Severity.ERROR,
    accept=[_text(dataset(images=[{"file_name": "Zürich-日本.jpg"}])), dataset(images=[{"file_name": "\U0001f408.jpg"}])],
    reject=[
        (_text(dataset(images=[{"file_name": "Zürich.jpg"}])).replace("ü".encode(), b"\xfc"), ""),
        (_SOUND.decode().encode("utf-16"), ""),
        (_text(dataset(), ("1.jpg", "\\ud83d.jpg")), "/images/0/file_name"),
    ],
)
def invalid_encoding(context: RuleContext) -> Violations:
    r"""The file holds bytes that are not UTF-8, or half of a surrogate pair.

    JSON is UTF-8 (RFC 8259, section 8.1). Bytes of another encoding, such as Latin-1 or UTF-16, leave no document:
    nothing else can be checked. pycocotools opens files in the encoding of the *locale*, so the same file may load on
    one machine and fail, or give other names, on the next: convert it to UTF-8.

    A lone surrogate such as `\ud83d` is taken by Python's json and refused by strict readers (orjson, msgspec); a
    name that holds one cannot be written to a file or a terminal. Write the whole character.
    """
    return reader_defects(context, "COCO003")


@rule(
    "COCO004",
    severity=Severity.ERROR,
    fix=Fix(safe="removes the mark"),
    accept=[_SOUND, _text(dataset(images=[{"file_name": "\ufeff1.jpg"}]))],
    reject=[(b"\xef\xbb\xbf" + _SOUND, ""), (b"\xef\xbb\xbf" + _text(results()), "")],
)
def byte_order_mark(context: RuleContext) -> Violations:
    """The file starts with a UTF-8 byte order mark.

    Python's json refuses such a text, and so do pycocotools, orjson and msgspec. Editors and PowerShell on Windows write the
    mark. cocoproof still checks the rest of the file. Save the file as "UTF-8" instead of "UTF-8 with BOM"; in
    Python, read it with `encoding="utf-8-sig"` and write it with `encoding="utf-8"`.
    """
    return reader_defects(context, "COCO004")


@rule(
    "COCO005",
    severity=Severity.ERROR,
    fix=Fix(safe="removes the earlier keys, where all the values are the same text; where they differ, the right one is not known"),
    accept=[_SOUND, dataset([{"attributes": {"id": 1, "area": 2}}])],
    reject=[
        (_text(dataset(), ('"area": 320', '"area": 320, "area": 321')), "/annotations/0/area"),
        (_text(dataset(), ('"info"', '"images": [], "info"')), "/images"),
    ],
)
def duplicate_key(context: RuleContext) -> Violations:
    """One object has the same key twice.

    json, orjson and msgspec all keep the last value and drop the others in silence: with `images` written twice half
    of a dataset is lost, and no reader reports it. Other languages' readers keep the first. Such files come from text
    that was merged by hand or by a script that prints JSON itself. Remove or rename one of the keys.
    """
    return reader_defects(context, "COCO005")


@rule(
    "COCO006",
    severity=Severity.ERROR,
    accept=[dataset([{"area": 320.5}]), _text(dataset(images=[{"file_name": "NaN.jpg"}]), ('"area": 320', '"area": 3.2e2'))],
    reject=[
        (_text(dataset(), ('"area": 320', '"area": NaN')), "/annotations/0/area"),
        (_text(dataset(), ('"bbox": [4,', '"bbox": [-Infinity,')), "/annotations/0/bbox/0"),
        (_text(dataset(), ('"area": 320', '"area": 1e400')), "/annotations/0/area"),
    ],
    explains=("COCO903", "COCO904"),
)
def non_finite_number(context: RuleContext) -> Violations:
    """A number is NaN, Infinity, or beyond what a double can hold.

    `NaN` and `Infinity` are not valid JSON (RFC 8259, section 6): Python's json writes and reads them, strict readers refuse
    the whole file. `1e400` is JSON, but is read as infinity. A NaN box changes no score of pycocotools and is
    easy to miss; a NaN in a polygon can crash its C code. They come from divisions by zero and missing values in
    data frames: leave the annotation out, or repair its numbers. Write with `json.dump(..., allow_nan=False)`.
    """
    boxes = np.zeros(context.coco.annotations.n, bool)
    paths = [defect.path for defect in context.defects if defect.code == "COCO006"]
    boxes[[int(path[1]) for path in paths if path[:1] == ("annotations",) and path[2:3] == ("bbox",)]] = True
    follows = [Consequence(code="COCO903", rows=boxes, sort=sort) for sort in ("box not finite", "empty box")]
    if boxes.any():
        follows.append(Consequence(code="COCO903", sort="beside a box that is not finite"))
    return reader_defects(context, "COCO006").explaining(*follows, *not_loaded_with(context, boxes))


@rule(
    "COCO007",
    severity=Severity.WARNING,
    fix=Fix(
        on_request="gives an annotation the next free id; ids of images and categories stay, for results and other splits refer to them"
    ),
    accept=[dataset([{"id": SAFE_INTEGER}]), dataset([{"image_id": -SAFE_INTEGER}], images=[{"id": -SAFE_INTEGER}])],
    reject=[
        (dataset([{"id": SAFE_INTEGER + 1}]), "/annotations/0/id"),
        (dataset([{"id": 2**63}]), "/annotations/0/id"),
        (panoptic([{"id": SAFE_INTEGER + 1}, {}]), "/annotations/0/segments_info/0/id"),
    ],
)
def unsafe_integer(context: RuleContext) -> Iterator[Violations]:
    """An id is beyond 2^53 - 1, so that readers which use doubles change it.

    JavaScript, jq, and pandas where a value is missing hold numbers as doubles: 9007199254740993 becomes
    9007199254740992, two ids become one, and references point to the wrong row. Beyond 64 bits, where this is an error,
    numpy and most readers cannot hold the id at all, and orjson turns it into a float. Such ids are mostly hashes or
    random numbers; number the rows from 1 instead.
    """
    yield replace(reader_defects(context, "COCO007"), severity=Severity.ERROR)
    coco = context.coco
    images, annotations, segments = coco.images, coco.annotations, coco.segments
    columns: tuple[tuple[str, str, Column], ...] = (
        ("images", "id", images.id),
        ("images", "license", images.license),
        ("annotations", "id", annotations.id),
        ("annotations", "image_id", annotations.image_id),
        ("annotations", "category_id", annotations.category_id),
        ("segments", "id", segments.id),
        ("segments", "category_id", segments.category_id),
        ("categories", "id", coco.categories.id),
        ("licenses", "id", coco.licenses.id),
    )
    for table, name, column in columns:
        if _within(column):
            continue
        unsafe = column.numeric & ((column.values > SAFE_INTEGER) | (column.values < -SAFE_INTEGER))
        yield Violations.of_rows(table, unsafe, _say(name, column), field=name, scope=ViolationScope.FILE)


def _within(column: Column) -> bool:
    """Whether all values are safe; without a temporary array."""
    values = column.values
    return not len(values) or bool(values.min() >= -SAFE_INTEGER and values.max() <= SAFE_INTEGER)


def _say(name: str, column: Column) -> Callable[[int], str]:
    def say(row: int) -> str:
        value = int(column.values[row])
        as_double = int(np.float64(value))
        changed = f"make it {as_double}" if as_double != value else "cannot distinguish it from its neighbours"
        return f"{name} is {value}, beyond 2^53 - 1: readers that use doubles {changed}"

    return say


@rule(
    "COCO008",
    severity=Severity.ERROR,
    accept=[
        dataset([{"attributes": [[[["occluded"]]]]}]),
        _text(dataset(), ('"area": 320', f'"area": 320, "tree": {"[" * 100}{"]" * 100}')),
    ],
    reject=[
        (
            _text(dataset(), ('"area": 320', f'"area": 320, "tree": {"[" * 1200}{"]" * 1200}')),
            "/annotations/0/tree" + "/0" * (MAX_DEPTH - 3),
        ),
        (_text(dataset(), ('"info"', f'"tree": {"[" * 5000}{"]" * 5000}, "info"')), "/tree" + "/0" * (MAX_DEPTH - 1)),
    ],
)
def too_deep(context: RuleContext) -> Violations:
    """A value is nested deeper than a reader can take.

    Python's json before 3.12, and with it pycocotools, gives up near 1,000 levels with a RecursionError, orjson at 1,024;
    readers written in C may overflow their stack. No COCO file needs ten levels. The value is excluded and the rest
    of the file is checked. Such nesting is made by a loop gone wrong, or on purpose to bring a reader down.
    """
    return reader_defects(context, "COCO008")


RULES = (
    unreadable_file,
    invalid_json,
    invalid_encoding,
    byte_order_mark,
    duplicate_key,
    non_finite_number,
    unsafe_integer,
    too_deep,
)
