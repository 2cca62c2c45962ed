"""`diff` compares everything, and names what it does not: what users and an attack found to be "no change in meaning"."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from cocoproof.diff import DiffKind, DiffReport, Renumbered, diff
from cocoproof.reading.source import Source, read_document

K = DiffKind


def scene() -> Any:
    return {
        "info": {"year": 2024},
        "licenses": [{"id": 1, "name": "MIT"}, {"id": 2, "name": "CC"}, {"id": 3, "name": "CC"}],
        "videos": [{"id": 5, "name": "v1"}, {"id": 6, "name": "v2"}],
        "tracks": [{"id": 8, "video_id": 5, "category_id": 1}, {"id": 9, "video_id": 6, "category_id": 1}],
        "images": [
            {"id": 1, "file_name": "a.jpg", "width": "640", "height": 100.5, "license": 2, "video_id": 5},
            {"id": 2, "file_name": "b.jpg", "width": 40, "height": 30, "license": 1, "video_id": 6},
        ],
        "categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "area": 12.0, "iscrowd": 0, "track_id": 8},
            {"id": 2, "image_id": 2, "category_id": 2, "bbox": [1, 2, 3, 4], "area": 15584.66108559999, "iscrowd": 0, "track_id": 9},
        ],
        "scenes": [{"id": 1, "image_id": 1}, {"id": 2, "image_id": 2}],
    }


def compared(before: Any, after: Any, **options: Any) -> DiffReport:
    return diff(read_document(before), read_document(after), **options)


def change(path: str, value: Any = None) -> Any:
    """The scene with another value at a path such as `images.0.width`; None deletes it."""
    document = scene()
    *places, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    inner = document
    for place in places:
        inner = inner[place]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return document


CHANGES: dict[str, tuple[Any, DiffKind, str]] = {
    "info": (change("info.year", 2025), K.SECTION_CHANGED, "info.year 2024 -> 2025"),
    "info went": (change("info"), K.SECTION_CHANGED, 'info {"year": 2024} -> none'),
    "licences went": (change("licenses.0"), K.SECTION_CHANGED, 'licenses: "MIT" removed'),
    "videos": (change("videos.1.name", "v3"), K.SECTION_CHANGED, 'videos: "v2": name "v2" -> "v3"'),
    "videos went": (change("videos"), K.SECTION_CHANGED, 'videos [{"id": 5, "name": "v1"}, {"id": 6, "name": "v2"}] -> none'),
    "a section of the user's own": (change("scenes.1.id", 7), K.SECTION_CHANGED, "scenes[1].id 2 -> 7"),
    "a reference in a section of the user's own": (
        change("scenes.1.image_id", 1),
        K.SECTION_CHANGED,
        'scenes[1].image_id 2 ("b.jpg") -> 1 ("a.jpg")',
    ),
    "a row of it": (change("scenes.1"), K.SECTION_CHANGED, "scenes 2 values -> 1 value"),
    "a track's video": (change("tracks.1.video_id", 5), K.SECTION_CHANGED, 'tracks: 9: video_id 6 ("v2") -> 5 ("v1")'),
    "a new section": (change("more", 1), K.SECTION_CHANGED, "more none -> 1"),
    "a width that is a text": (change("images.0.width", "320"), K.IMAGE_RESIZED, """image 1 'a.jpg': width "640", height 100.5 -> """),
    "a fraction": (change("images.0.height", 100.25), K.IMAGE_RESIZED, "height 100.5 -> "),
    "an empty segmentation": (change("annotations.0.segmentation", []), K.SEGMENTATION_CHANGED, "mask none -> []"),
    "an id that went": (change("annotations.0.id"), K.ID_CHANGED, "annotation in row 0: id 1 -> none"),
    "an id that is a text": (change("annotations.0.id", "1"), K.ID_CHANGED, 'annotation in row 0: id 1 -> "1"'),
    "an id that is a fraction": (change("annotations.0.id", 1.5), K.ID_CHANGED, "annotation in row 0: id 1 -> 1.5"),
    "another licence of the same name": (change("images.0.license", 3), K.IMAGE_CHANGED, 'license 2 ("CC") -> 3 ("CC")'),
    "another video": (change("images.0.video_id", 6), K.IMAGE_CHANGED, 'video_id 5 ("v1") -> 6 ("v2")'),
    "another track": (change("annotations.0.track_id", 9), K.ATTRIBUTE_CHANGED, "track_id 8 -> 9"),
    "an area that prints alike": (
        change("annotations.1.area", 15584.661085599992),
        K.AREA_CHANGED,
        "area 15584.66108559999 -> 15584.661085599992",
    ),
    "a box that prints alike": (
        change("annotations.0.bbox", [1.0000000000000002, 2, 3, 4]),
        K.BOX_MOVED,
        "box [1, 2, 3, 4] -> [1.0000000000000002, 2, 3, 4], up to 2.22045e-16 px",
    ),
    "a crowd flag that is true": (change("annotations.0.iscrowd", False), K.CROWD_CHANGED, "iscrowd 0 -> false"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_in_meaning(name: str) -> None:
    after, kind, message = CHANGES[name]
    report = compared(scene(), after)
    assert kind in report.counts
    assert any(one.kind is kind and message in one.message for one in report.differences), report.differences
    assert not compared(after, scene()).same


def test_all_annotation_ids_deleted() -> None:
    after = scene()
    for row in after["annotations"]:
        del row["id"]
    assert compared(scene(), after).counts == {K.ID_CHANGED: 2}
    assert compared(after, scene()).counts == {K.ID_CHANGED: 2}
    assert compared(after, after).same


def renumbered() -> Any:
    """Every id another one, every list the other way round; references follow."""
    document = scene()
    for section, fields in (
        ("licenses", ("license",)),
        ("videos", ("video_id",)),
        ("tracks", ("track_id",)),
        ("images", ("image_id",)),
        ("categories", ("category_id",)),
        ("annotations", ()),
    ):
        for row in document[section]:
            row["id"] += 100
        for rows in document.values():
            for row in rows if isinstance(rows, list) else ():
                for field in fields:
                    if field in row:
                        row[field] += 100
        document[section].reverse()
    return document


def test_other_ids_and_orders_are_listed() -> None:
    report = compared(scene(), renumbered())
    assert (report.same, report.identical, report.differences) == (True, False, ())
    assert report.renumbered == Renumbered(2, 2, 2, 3, 2, 2)
    orders = [f"the order of {name} differs" for name in ("images", "categories", "licenses", "videos", "tracks", "annotations")]
    # Of two licences of one name the first is matched with the first.
    assert report.notes == ("1 reference leads to another of several rows that are equal but for their ids", *orders)
    assert compared(scene(), scene()).identical


def test_orders_are_changes_on_request() -> None:
    before = scene()
    del before["licenses"][2]
    after = renumbered()
    del after["licenses"][0]
    report = compared(before, after, order=True)
    assert report.counts == {K.ORDER_CHANGED: 6}
    assert (report.notes, report.differences[0].message) == ((), "the order of images differs")
    assert compared(scene(), scene(), order=True).identical


def test_what_was_compared_and_what_was_not() -> None:
    everything = ("info", "licenses", "videos", "tracks", "images", "categories", "annotations", "scenes")
    always = ("the layout of the text", "the order of keys", "image files")
    report = compared(scene(), scene())
    assert (report.compared, report.not_compared) == (everything, always)
    after = change("info.year", 2025)
    after["licenses"][0]["name"] = "X"
    report = compared(scene(), after, ignore=["info", "licenses", "none"])
    assert report.same
    assert report.compared == everything[2:]
    assert report.not_compared == (*always, "the section 'info' (ignored)", "the section 'licenses' (ignored)")
    with pytest.raises(ValueError, match="ignore names 'annotations'; images, annotations and categories are always compared"):
        compared(scene(), scene(), ignore=["annotations"])


def test_text_that_is_not_read_as_it_is() -> None:
    twice = Source("x.json", b'{"images": [{"id": 1, "id": 2, "file_name": "a"}], "annotations": []}')
    assert "duplicate keys of one object but the last, as in `json.load`" in diff(twice, twice).not_compared
    deep = Source("x.json", b'{"images": [{"id": 1, "file_name": "a", "x": ' + b"[" * 3000 + b"]" * 3000 + b"}]}")
    assert "values that are nested too deep to be read" in diff(deep, deep).not_compared


def test_nan_is_not_the_text() -> None:
    def read(value: bytes) -> Source:
        return Source("x.json", b'{"images": [{"id": 1, "file_name": "a", "x": %s}], "annotations": []}' % value)

    for one, other in ((b"NaN", b'"NaN"'), (b"1e400", b'"1e400"'), (b"Infinity", b"-Infinity"), (b"[NaN]", b'["NaN"]')):
        (difference,) = diff(read(one), read(other)).differences
        assert difference.message == f"image 1 'a': x {one.decode()} -> {other.decode()}"
        assert "\ufdd0" not in f"{difference.before}{difference.after}"
        assert diff(read(one), read(one)).identical


def test_names_of_segments_are_not_the_texts_that_stand_for_ids() -> None:
    document = {
        "images": [{"id": 1, "file_name": "a"}],
        "categories": [{"id": 1, "name": "dog", "isthing": 1}],
        "annotations": [{"image_id": 1, "file_name": "a.png", "segments_info": [{"id": 3, "category_id": 1, "area": 4}]}],
    }
    for value, text in (("dog", '"dog" -> "dog"'), (1.0, '"dog" -> 1.0'), (2, '"dog" -> 2')):
        after = copy.deepcopy(document)
        after["annotations"][0]["segments_info"][0]["category_id"] = value
        (difference,) = compared(document, after).differences
        assert difference.message.endswith(f"segment 3: category {text}")


def test_rows_without_a_name_are_matched_by_their_other_fields() -> None:
    before = {
        "images": [{"id": 1, "file_name": "", "width": 0}, {"id": 2, "file_name": "", "width": 5}],
        "categories": [{"id": 1, "name": ""}, {"id": 2, "name": "", "supercategory": "x"}, {"id": 3, "name": 5}],
        "annotations": [],
    }
    after = copy.deepcopy(before)
    for section in ("images", "categories"):
        after[section].reverse()
        for row in after[section]:
            row["id"] += 10
    report = compared(before, after)
    assert (report.differences, report.renumbered) == ((), Renumbered(images=2, categories=3))
