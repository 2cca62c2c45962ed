"""Fields of images without a column, against json.loads."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cocoproof.columns.image_fields import read_image_field, read_image_videos
from cocoproof.reading.document import read
from cocoproof.reading.source import Source
from cocoproof.rules.examples import dataset

from ..examples import thorough

VALUES = st.one_of(st.text(max_size=3), st.integers(-3, 3), st.booleans(), st.none(), st.just([1]), st.just({"a": 1}))


def fields(document: Any, name: str) -> list[str | None]:
    coco = read(Source("file.json", json.dumps(document).encode())).dataset
    assert coco is not None
    return read_image_field(coco, name)


def text(value: Any) -> str | None:
    if value is None or isinstance(value, list | dict) or value == "":
        return None
    return value if isinstance(value, str) else json.dumps(value)


@given(
    st.lists(st.fixed_dictionaries({}, optional={"place": VALUES, "extra": st.one_of(VALUES, st.fixed_dictionaries({"place": VALUES}))}))
)
@thorough(150)
def test_a_field_is_that_of_the_row_or_of_extra(rows: list[dict[str, Any]]) -> None:
    document = dataset([], images=[{"id": k} | row for k, row in enumerate(rows, 1)])
    extras = [row.get("extra") if isinstance(row.get("extra"), dict) else {} for row in rows]
    expected = [text(row["place"]) if "place" in row else text(extra.get("place")) for row, extra in zip(rows, extras, strict=True)]
    assert fields(document, "place") == expected


def test_a_row_that_is_not_an_object_has_no_field() -> None:
    document = dataset([], images=[{"place": "a"}, None, {"id": 3, "place": "c"}])
    assert fields(document, "place") == ["a", None, "c"]
    assert fields(document, "extra") == [None] * 3
    assert fields(document, "value") == [None] * 3


def test_videos_have_names_where_the_file_gives_each_its_own() -> None:
    def videos(*entries: Any, ids: tuple[Any, ...] = (1, 2, None)) -> tuple[list[str | None], bool]:
        images = [{"id": k, "video_id": one} for k, one in enumerate(ids, 1)]
        coco = read(Source("file.json", json.dumps(dataset([], images=images, document={"videos": list(entries)})).encode())).dataset
        assert coco is not None
        return read_image_videos(coco)

    assert videos({"id": 1, "name": "a"}, {"id": 2, "file_name": "b"}) == (["a", "b", None], True)
    assert videos({"id": 1, "name": "a"}, {"id": 2, "name": "a"}) == (["1", "2", None], False)
    assert videos({"id": 1, "name": "a"}) == (["1", "2", None], False)
    assert videos(5, None, ids=("x", "y")) == (["x", "y"], True)
