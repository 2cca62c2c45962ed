"""`diff`: files of every kind, and rows that are not as they should be: what means the same, and what does not."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from cocoproof.diff.diff_files import diff
from cocoproof.diff.input import NotComparable
from cocoproof.diff.report import DiffKind, DiffReport, Renumbered
from cocoproof.reading.source import Source

REFUSAL = "is not a COCO file that can be compared: the"
NO_KIND = f'a.json {REFUSAL} document has neither images nor annotations: it is not of a COCO kind (its keys: "a")'
CATEGORIES = [{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"}]


def text(document: Any) -> bytes:
    return document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode()


def compared(before: Any, after: Any) -> DiffReport:
    return diff(Source("a.json", text(before)), Source("b.json", text(after)))


def told(before: Any, after: Any) -> list[str]:
    """The messages and, in brackets, the notes."""
    report = compared(before, after)
    return [one.message for one in report.differences] + [f"({note})" for note in report.notes]


def with_rows(*annotations: Any, images: Any = None, categories: Any = None, **more: Any) -> Any:
    """A file of these annotations, one image and two categories unless told."""
    return {
        "images": [{"id": 1, "file_name": "x.jpg", "width": 40, "height": 30}] if images is None else images,
        "categories": CATEGORIES if categories is None else categories,
        "annotations": list(annotations),
        **more,
    }


def with_row(**fields: Any) -> Any:
    """A file of one annotation that has, beside its references, these fields. A field that is None is left out."""
    row = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 20], "area": 600, "iscrowd": 0} | fields
    return with_rows({key: value for key, value in row.items() if value is not None})


def with_image(**fields: Any) -> Any:
    return with_rows(images=[{"id": 1, "file_name": "x.jpg", "width": 40, "height": 30} | fields])


INSTANCES = with_row()
RESULTS = [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}]
CAPTIONS = {"images": INSTANCES["images"], "annotations": [{"id": 1, "image_id": 1, "caption": "a dog"}]}
PANOPTIC = with_rows({"image_id": 1, "file_name": "x.png", "segments_info": [{"id": 3, "category_id": 1, "area": 4, "iscrowd": 0}]})

REFUSED: dict[str, tuple[Any, Any, str]] = {
    "a list of results and a data set": (INSTANCES, RESULTS, "a.json is of kind instances, b.json of kind results: nothing to compare"),
    "captions and boxes": (CAPTIONS, INSTANCES, "a.json is of kind captions, b.json of kind instances: nothing to compare"),
    "panoptic and boxes": (INSTANCES, PANOPTIC, "a.json is of kind instances, b.json of kind panoptic: nothing to compare"),
    "no JSON": (
        INSTANCES,
        b"{",
        f"b.json {REFUSAL} file ends before the document does: it is truncated, or a bracket or quote is not closed",
    ),
    "no data set": (
        {"a": 1},
        INSTANCES,
        NO_KIND,
    ),
    "no data set, and NaN in it, which is not why": (
        b'{"a": NaN}',
        INSTANCES,
        NO_KIND,
    ),
    "a number": (
        b"1",
        INSTANCES,
        f"a.json {REFUSAL} document is neither an object nor a list, as every COCO file is",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_compared(name: str) -> None:
    before, after, message = REFUSED[name]
    with pytest.raises(NotComparable, match=f"^{re.escape(message)}$"):
        compared(before, after)


DOG = "annotation 1 (image x.jpg, 'dog')"
LVIS_CATEGORIES = [{**row, "synset": "s", "frequency": "f"} for row in CATEGORIES]
OTHER_KIND: dict[str, tuple[Any, Any, list[str]]] = {
    "keypoints were added": (
        INSTANCES,
        with_row(keypoints=[1, 2, 2], num_keypoints=1),
        [f"{DOG}: 0 keypoints -> 1", f"{DOG}: num_keypoints none -> 1"],
    ),
    "annotations were": (with_rows(), INSTANCES, [f"{DOG}: box [1, 2, 30, 20]"]),
    "a section of annotations was": ({key: INSTANCES[key] for key in ("images", "categories")}, INSTANCES, [f"{DOG}: box [1, 2, 30, 20]"]),
    "LVIS and instances": (
        with_rows({"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 20], "area": 600}, categories=LVIS_CATEGORIES),
        INSTANCES,
        [
            *(
                f"category {k} {name!r}: {field} -> none"
                for k, name in ((1, "dog"), (2, "cat"))
                for field in ('frequency "f"', 'synset "s"')
            ),
            f"{DOG}: iscrowd none -> 0",
        ],
    ),
}


@pytest.mark.parametrize("name", OTHER_KIND)
def test_kinds_that_differ_by_a_field(name: str) -> None:
    before, after, messages = OTHER_KIND[name]
    assert told(before, after) == messages


def test_captions() -> None:
    other = {**CAPTIONS, "annotations": [{"id": 1, "image_id": 1, "caption": "a cat"}]}
    assert told(CAPTIONS, CAPTIONS) == []
    assert told(CAPTIONS, other) == ['annotation 1 (image x.jpg, no category): caption "a dog" -> "a cat"']


def test_panoptic_segments() -> None:
    other = json.loads(json.dumps(PANOPTIC))
    other["annotations"][0]["segments_info"][0]["area"] = 5
    assert told(PANOPTIC, PANOPTIC) == []
    assert told(PANOPTIC, other) == ["row 0 (image x.jpg, no category): segment 3: area 4 -> 5"]


RESULT = {"image_id": 7, "category_id": 1, "bbox": [1, 2, 30, 20], "score": 0.5}
LISTS: dict[str, tuple[list[Any], list[Any], list[str]]] = {
    "the very same": ([RESULT, {**RESULT, "image_id": 8}], [RESULT, {**RESULT, "image_id": 8}], []),
    "in another order": (
        [RESULT, {**RESULT, "image_id": 8}],
        [{**RESULT, "image_id": 8}, RESULT],
        ["(the order of images differs)", "(the order of annotations differs)"],
    ),
    "a score": ([RESULT], [{**RESULT, "score": 0.75}], ["row 0 (image 7, '1'): score 0.5 -> 0.75"]),
    "a category": (
        [RESULT, {**RESULT, "category_id": 2, "bbox": [5, 5, 9, 9]}],
        [{**RESULT, "category_id": 2}, {**RESULT, "category_id": 2, "bbox": [5, 5, 9, 9]}],
        ["category 1 '1', 1 annotation", "row 0 (image 7, '1'): category '1' -> '2'"],
    ),
    "an image": ([RESULT], [{**RESULT, "image_id": 9}], ["image_id 7 -> 9, 1 annotation"]),
    "an image named by a text": (
        [{**RESULT, "image_id": "ä"}, {**RESULT, "image_id": "ä", "bbox": [5, 5, 9, 9]}],
        [{**RESULT, "image_id": "ä"}],
        ["row 1 (image \"ä\", '1'): box [5, 5, 9, 9]"],
    ),
    "no category": (
        [{"image_id": 7, "bbox": [1, 2, 30, 20], "score": 0.5}],
        [{"image_id": 7, "bbox": [1, 2, 30, 20], "score": 0.25}],
        ["row 0 (image 7, no category): score 0.5 -> 0.25"],
    ),
    "a row that is no row": ([RESULT, 5], [RESULT], ["row 1 (on no image, no category): no box"]),
    "a mask": (
        [{**RESULT, "segmentation": {"size": [3, 2], "counts": [1, 3, 2]}}],
        [{**RESULT, "segmentation": {"size": [3, 2], "counts": [1, 2, 3]}}],
        ["row 0 (image 7, '1'): mask 3 px -> 2 px, IoU 0.667"],
    ),
    "a polygon, of which no list says how large the image is": (
        [{**RESULT, "segmentation": [[1, 1, 9, 1, 9, 9]]}],
        [{**RESULT, "segmentation": [[1, 1, 9, 1, 9, 8]]}],
        ["row 0 (image 7, '1'): mask that cannot be decoded -> that cannot be decoded"],
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_of_results(name: str) -> None:
    before, after, messages = LISTS[name]
    assert told(before, after) == messages


SAME: dict[str, tuple[Any, Any]] = {
    "keys in another order": (with_row(deep={"a": 1, "b": [{"c": 1, "d": 2}]}), with_row(deep={"b": [{"d": 2, "c": 1}], "a": 1})),
    "fields in another order": (with_row(a=1, b=2), with_row(b=2, a=1)),
    "an exponent": (with_row(n=100.0), text(with_row(n=777)).replace(b"777", b"1e2")),
    "escapes in a text": (with_row(note="é"), text(with_row(note="e")).replace(b'"e"', b'"\\u00e9"')),
    "spaces": (with_row(note=[1, {"a": 2}]), json.dumps(with_row(note=[1, {"a": 2}]), indent=3).encode()),
    "a license by another number": (
        {**with_image(license=1), "licenses": [{"id": 1, "name": "MIT"}, {"id": "x", "name": "CC"}]},
        {**with_image(license=7), "licenses": [{"id": 7, "name": "MIT"}, {"id": "y", "name": "CC"}]},
    ),
    "references that are texts": (
        with_rows(
            {"id": 1, "image_id": "p", "category_id": 1, "bbox": [1, 2, 3, 4]},
            images=[{"id": "p", "file_name": "x.jpg"}, {"id": 5, "file_name": "y.jpg"}],
        ),
        with_rows(
            {"id": 1, "image_id": "z", "category_id": 1, "bbox": [1, 2, 3, 4]},
            images=[{"id": "z", "file_name": "x.jpg"}, {"id": 5, "file_name": "y.jpg"}],
        ),
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_what_means_the_same(name: str) -> None:
    before, after = SAME[name]
    report = compared(before, after)
    assert (report.differences, report.notes) == ((), ())
    assert compared(after, before).same


NOTED: dict[str, tuple[Any, Any, str]] = {
    "whole numbers as floats": (
        with_row(bbox=[1, 2, 30, 20], area=600, n=3, deep={"a": [1]}),
        with_row(bbox=[1.0, 2e0, 30.0, 20.0], area=600.0, n=3.0, deep={"a": [1.0]}),
        "4 fields have equal numbers that are written differently (600 and 600.0)",
    ),
    "minus zero": (
        with_row(bbox=[0.0, 2, 30, 20]),
        with_row(bbox=[-0.0, 2, 30, 20]),
        "1 field has equal numbers that are written differently (600 and 600.0)",
    ),
    "a reference as a float": (
        with_row(category_id=1),
        with_row(category_id=1.0),
        "1 field has equal numbers that are written differently (600 and 600.0)",
    ),
    "a mask as a list and as a text": (
        with_row(segmentation={"size": [3, 2], "counts": [1, 3, 2]}),
        with_row(segmentation={"size": [3, 2], "counts": "132"}),
        "1 segmentation is written differently, with the same pixels",
    ),
}


@pytest.mark.parametrize("name", NOTED)
def test_what_means_the_same_and_is_written_differently(name: str) -> None:
    before, after, note = NOTED[name]
    report = compared(before, after)
    assert (report.differences, report.notes) == ((), (note,))
    assert compared(after, before).notes == (note,)


LARGE = 2**53
OTHER: dict[str, tuple[Any, Any, list[str]]] = {
    "large floats are not rounded": (with_row(n=LARGE - 1), with_row(n=float(LARGE - 2)), [f"{DOG}: n {LARGE - 1} -> {LARGE - 2}.0"]),
    "from 2^53 on a float is no whole number for sure": (
        with_row(n=-LARGE),
        with_row(n=-float(LARGE)),
        [f"{DOG}: n {-LARGE} -> -{float(LARGE)!r}"],
    ),
    "a fraction": (with_row(n=[1.5]), with_row(n=[1]), [f"{DOG}: n [1.5] -> [1]"]),
    "a text that reads like a number": (with_row(n="1"), with_row(n=1), [f'{DOG}: n "1" -> 1']),
    "null, an empty list and an empty object": (
        with_row(a={}, b=[], c=True, d=0),
        with_row(a=[], b={}, c=False, d=1),
        [f"{DOG}: a {{}} -> []", f"{DOG}: b [] -> {{}}", f"{DOG}: c true -> false", f"{DOG}: d 0 -> 1"],
    ),
    "a box of three numbers": (
        with_rows(INSTANCES["annotations"][0], {"id": 2, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3]}),
        with_rows(INSTANCES["annotations"][0], {"id": 2, "image_id": 1, "category_id": 1, "bbox": [1, 2, 4]}),
        ["annotation 2 (image x.jpg, 'dog'): box [1, 2, 3] -> [1, 2, 4]"],
    ),
    "boxes of which none can be used are fields": (
        with_row(bbox=[1, 2, 3], area="a", iscrowd="b"),
        with_row(bbox=[1, 2], area="c", iscrowd="d"),
        [f"{DOG}: box [1, 2, 3] -> [1, 2]", f'{DOG}: area "a" -> "c"', f'{DOG}: iscrowd "b" -> "d"'],
    ),
    "a crowd of 2": (
        with_row(),
        with_row(iscrowd=2),
        [f"{DOG}: iscrowd 0 -> 2"],
    ),
    "keypoints without a category that has any": (
        with_row(keypoints=[1, 2, 2, 3, 4, 2]),
        with_row(keypoints=[1, 2, 2, 3, 9, 2]),
        [f"{DOG}: keypoints off by up to 5"],
    ),
    "keypoints that are no numbers": (
        with_row(keypoints=["a"]),
        with_row(keypoints=["b"]),
        [f'{DOG}: keypoints ["a"] -> ["b"]'],
    ),
    "an image that is not there": (
        with_row(image_id=8),
        with_row(image_id=9),
        ["annotation 1 (on no image, 'dog'): image_id 8 -> 9"],
    ),
    "an image that is no text that is there": (
        with_row(image_id="x"),
        with_row(image_id="y"),
        ['annotation 1 (on no image, \'dog\'): image_id "x" -> "y"'],
    ),
    "no image_id": (
        with_rows({"id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}),
        with_rows({"id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "image_id": 4}),
        ["annotation 1 (on no image, 'dog'): image_id none -> 4"],
    ),
    "an image without an id": (
        with_row(image_id="x") | {"images": [{"file_name": "x.jpg"}]},
        with_row(image_id=3) | {"images": [{"file_name": "x.jpg"}]},
        ["annotation 1 (on no image, 'dog'): image_id \"x\" -> 3"],
    ),
    "a row that is no object": (with_rows(5), with_rows(), ["row 0 (on no image, no category): no box"]),
    "categories that are no list": (
        with_row() | {"categories": {"1": "dog"}},
        with_row(),
        [
            "category 1 'dog', 1 annotation",
            "category 2 'cat', 0 annotations",
            "annotation 1 (image x.jpg, no category): category none (category_id 1) -> 'dog'",
            'categories {"1": "dog"} -> [{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"}]',
        ],
    ),
    "a license": (
        {**with_image(license=1), "licenses": [{"id": 1, "name": "MIT"}]},
        {**with_image(license=1), "licenses": [{"id": 1, "name": "CC", "url": None}]},
        ['licenses: "MIT": name "MIT" -> "CC"', 'licenses: "MIT": url none -> null'],
    ),
    "a license that is not there": (
        {**with_image(license=3), "licenses": [{"id": 1, "name": "MIT"}]},
        {**with_image(license=None), "licenses": [{"id": 1, "name": "MIT"}]},
        ["image 1 'x.jpg': license 3 -> null"],
    ),
    "no license, beside one without an id": (
        {**with_image(license=""), "licenses": [{"name": "MIT"}]},
        {**with_image(), "licenses": [{"name": "MIT"}]},
        ["image 1 'x.jpg': license \"\" -> none"],
    ),
    "a number that no double can hold": (
        text(with_row(n=777)).replace(b"777", b"1e400"),
        text(with_row(n=777)).replace(b"777", b"1e401"),
        [f"{DOG}: n 1e400 -> 1e401"],
    ),
    "NaN": (
        text(with_row(n=777)).replace(b"777", b"NaN"),
        with_row(n=1),
        [f"{DOG}: n NaN -> 1"],
    ),
}


@pytest.mark.parametrize("name", OTHER)
def test_what_does_not(name: str) -> None:
    before, after, messages = OTHER[name]
    assert told(before, after) == messages


IDS: dict[str, tuple[bytes, object]] = {
    "a number": (b"7", 7),
    "a text": (b'"a"', "a"),
    "a whole float": (b"7.0", 7),
    "a fraction": (b"7.5", "7.5"),
    "true": (b"true", "true"),
    "null": (b"null", None),
    "a list": (b'[1, {"b": "\\u00e9"}]', '[1, {"b": "é"}]'),
}


@pytest.mark.parametrize("section", ["images", "categories"])
@pytest.mark.parametrize("name", IDS)
def test_ids_as_they_are_told(name: str, section: str) -> None:
    written, told_as = IDS[name]
    row = {"id": 12345, "file_name": "y.jpg", "width": 1, "height": 1} if section == "images" else {"id": 12345, "name": "y"}
    document = with_row()
    longer = text({**document, section: [*document[section], row]}).replace(b"12345", written)
    (one,) = compared(longer, document).differences
    assert (one.kind, one.id_before, one.id_after) == (f"{section.replace('ies', 'y').removesuffix('s')}-removed", told_as, None)
    (one,) = compared(document, longer).differences
    assert (one.id_before, one.id_after) == (None, told_as)


def test_a_row_without_an_id_has_none() -> None:
    before, after = with_row(), with_row()
    after["images"] = [*after["images"], {"file_name": "y.jpg"}]
    (one,) = compared(before, after).differences
    assert (one.message, one.id_after) == ("image None 'y.jpg' with 0 annotations", None)
    assert compared(after, after).renumbered == Renumbered()


def test_the_address_of_an_image_is_its_name_where_it_has_none() -> None:
    rows = [with_image(coco_url=address) for address in ("http://x/1.png", "http://x/2.png", 5)]
    for document in rows:
        del document["images"][0]["file_name"]
    assert told(rows[0], rows[1]) == ["image 1 'http://x/2.png' with 0 annotations", "image 1 'http://x/1.png' with 0 annotations"]
    assert told(rows[0], rows[2]) == ["image 1 '5' with 0 annotations", "image 1 'http://x/1.png' with 0 annotations"]
    assert told(rows[2], rows[2]) == []


def test_counts_of_both_files() -> None:
    report = compared(with_row(), {**with_rows(), "categories": CATEGORIES[:1], "images": []})
    assert report.counts_before == {"images": 1, "annotations": 1, "categories": 2}
    assert report.counts_after == {"images": 0, "annotations": 0, "categories": 1}
    assert (report.before, report.after) == ("a.json", "b.json")


def test_a_file_of_instances_is_read_as_the_keypoints_beside_it() -> None:
    row = {"image_id": 1, "category_id": 1, "bbox": [1, 1, 9, 9], "area": 81, "iscrowd": 0}
    points = {"keypoints": [2, 2, 2], "num_keypoints": 1}

    def read(*more: dict[str, object], **category: object) -> Source:
        document = {
            "images": [{"id": 1, "file_name": "a.jpg", "width": 40, "height": 30}],
            "categories": [{"id": 1, "name": "dog", **category}],
            "annotations": [{"id": 1 + k, **row, **fields, "bbox": [1 + 12 * k, 1, 9, 9]} for k, fields in enumerate(more)],
        }
        return Source("x.json", json.dumps(document).encode())

    skeleton = {"keypoints": ["nose"], "skeleton": []}
    with_points, without = read(points, points, **skeleton), read({}, {})
    report = diff(with_points, without)
    assert dict(report.counts) == {DiffKind.CATEGORY_CHANGED: 2, DiffKind.KEYPOINTS_CHANGED: 2, DiffKind.ATTRIBUTE_CHANGED: 2}
    assert [one.message.split(": ", 1)[1] for one in report.differences if one.kind is DiffKind.KEYPOINTS_CHANGED] == [
        "1 keypoints -> 0"
    ] * 2
    # Annotations lost altogether leave a file of images alone.
    nothing = read(**skeleton)
    assert dict(diff(with_points, nothing).counts) == {DiffKind.ANNOTATION_REMOVED: 2}
    assert dict(diff(nothing, with_points).counts) == {DiffKind.ANNOTATION_ADDED: 2}
