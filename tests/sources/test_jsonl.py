"""JSON lines, as docs/formats.md describes them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pycocotools.mask
import pytest
from PIL import Image

from cocoproof import ClassMapping
from cocoproof.export import Skeleton, export_coco
from cocoproof.model import suggestions
from cocoproof.model.budgets import SUGGESTIONS
from cocoproof.sources import JsonLinesSource, Refusals, SourceError, jsonl
from cocoproof.sources import errors as source_errors

ROOT = Path(__file__).parents[2]


def exported(tmp_path, lines, **options):
    further = {key: options.pop(key) for key in ("masks", "skeletons") if key in options}
    mapping = options.pop("mapping", None)
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    (tmp_path / "in.jsonl").write_text(text, encoding="utf-8")
    source = JsonLinesSource(tmp_path / "in.jsonl", **options)
    export_coco(
        source,
        tmp_path / "out.json",
        mapping=mapping or ClassMapping.from_names(source.classes),
        images_dir=options.get("images_dir"),
        **further,
    )
    return json.loads((tmp_path / "out.json").read_text(encoding="ascii"))


def image(*detections, name="a.jpg", **further):
    return {"file_name": name, "width": 50, "height": 40, "detections": list(detections), **further}


def test_boxes_in_both_forms_scores_tracks_and_attributes(tmp_path):
    document = exported(
        tmp_path,
        [
            image(
                {
                    "class": "dog",
                    "bbox": [1, 2.5, 10, 20],
                    "score": 0.5,
                    "track_id": 7,
                    "attributes": {"colour": "brown", "n": [1, {"a": None}]},
                },
                {"class": "cat", "xyxy": [1, 2.5, 11, 22.5], "score": 0.25, "track_id": 8, "iscrowd": 1},
                fields={"license": 3},
                metadata={"camera": "left"},
            ),
            "",
            {"file_name": "sub/b.jpg", "width": 5, "height": 4},
        ],
    )
    assert document["images"] == [
        {"id": 1, "file_name": "a.jpg", "width": 50, "height": 40, "license": 3, "metadata": {"camera": "left"}},
        {"id": 2, "file_name": "sub/b.jpg", "width": 5, "height": 4},
    ]
    first, second = document["annotations"]
    assert first["bbox"] == second["bbox"] == [1, 2.5, 10, 20]
    assert (first["score"], first["track_id"], first["category_id"], first["iscrowd"]) == (0.5, 7, 2, 0)
    assert (second["score"], second["track_id"], second["category_id"], second["iscrowd"]) == (0.25, 8, 1, 1)
    assert first["attributes"] == {"colour": "brown", "n": [1, {"a": None}]}
    assert second["attributes"] == {"colour": None, "n": None}
    assert [row["name"] for row in document["categories"]] == ["cat", "dog"]


def test_segmentations_in_coco_form(tmp_path):
    mask = np.zeros((40, 50), np.uint8, order="F")
    mask[5:20, 10:30] = 1
    mask[8:12, 15:20] = 0
    rle = pycocotools.mask.encode(mask)
    text = {"size": rle["size"], "counts": rle["counts"].decode()}
    polygon = [[1.5, 1, 20.25, 1, 20.25, 15]]
    document = exported(
        tmp_path,
        [
            image(
                {"class": "dog", "bbox": [10, 5, 20, 15], "segmentation": text},
                {"class": "dog", "segmentation": polygon},
                {"class": "dog", "bbox": [1, 1, 2, 2]},
            )
        ],
    )
    first, second, third = document["annotations"]
    assert first["segmentation"] == text
    assert first["area"] == int(mask.sum())
    assert second["segmentation"] == polygon
    assert second["bbox"] == [1.5, 1, 18.75, 14]
    assert "segmentation" not in third
    runs = [int(run) for run in np.diff(np.flatnonzero(np.diff(mask.T.ravel(), prepend=1 - mask[0, 0], append=2)))]
    listed = exported(tmp_path, [image({"class": "dog", "bbox": [10, 5, 20, 15], "segmentation": {"size": [40, 50], "counts": runs}})])
    assert listed["annotations"][0]["segmentation"] == text


def test_keypoints_and_oriented_boxes(tmp_path):
    lines = [
        image(
            {"class": "dog", "bbox": [1, 1, 9, 9], "keypoints": [2, 3, 2, 0, 0, 0], "keypoint_scores": [0.5, 0.25], "score": 0.75},
            {"class": "dog", "keypoints": [2, 3, 2, 7, 8, 1], "keypoint_scores": [0.5, 0.5], "score": 0.5},
        )
    ]
    first, second = exported(tmp_path, lines, skeletons=Skeleton(("a", "b")))["annotations"]
    assert first["keypoints"] == [2, 3, 2, 0, 0, 0]
    assert first["num_keypoints"] == 1
    assert first["keypoint_scores"] == [0.5, 0.25]
    assert second["bbox"] == [2, 3, 5, 5]
    corners = [5, 1, 9, 4, 5, 7, 1, 4]
    (row,) = exported(tmp_path, [image({"class": "dog", "obb": corners})])["annotations"]
    assert row["obb"] == corners
    assert row["bbox"] == [1, 1, 8, 6]


def test_class_ids(tmp_path):
    lines = [image({"class_id": 1, "bbox": [1, 1, 2, 2]})]
    with pytest.raises(SourceError, match="no detection names a class"):
        exported(tmp_path, lines)
    assert exported(tmp_path, lines, classes={0: "cat", 1: "dog"})["annotations"][0]["category_id"] == 2
    table = ClassMapping.from_ids({1: 5}, {5: "dog"})
    assert exported(tmp_path, lines, ids_alone=True, mapping=table)["annotations"][0]["category_id"] == 5
    lines = [image({"class": "dog", "bbox": [1, 1, 2, 2]}, {"class_id": 1, "bbox": [1, 1, 2, 2]})]
    with pytest.raises(SourceError, match=r"detections\[1\]\.class_id: class ids need a list of classes"):
        exported(tmp_path, lines)


def test_sizes_from_the_pictures(tmp_path):
    (tmp_path / "pictures/sub").mkdir(parents=True)
    Image.new("RGB", (30, 20)).save(tmp_path / "pictures/sub/a.jpg")
    lines = [{"file_name": "sub/a.jpg", "detections": [{"class": "dog", "bbox": [1, 1, 2, 2]}]}]
    document = exported(tmp_path, lines, images_dir=tmp_path / "pictures")
    assert document["images"] == [{"id": 1, "file_name": "sub/a.jpg", "width": 30, "height": 20}]


GOOD = {"class": "dog", "bbox": [1, 1, 2, 2]}


@pytest.mark.parametrize(
    ("line", "say"),
    [
        ("{", "invalid JSON: the line ends too early"),
        ('{"file_name": "a.jpg", "width": NaN}', "invalid JSON: a value is expected (column 33)"),
        ("[]", "expected object"),
        ({"width": 5, "height": 4}, "missing required field file_name"),
        ({"file_name": "a.jpg"}, "width: is missing; give width and height, or pass the folder of the images: --images DIR"),
        ({"file_name": "a.jpg", "width": 5}, "height: is missing"),
        ({"file_name": "a.jpg", "width": 5, "height": 0}, "height is 0"),
        ({"file_name": "a.jpg", "widht": 5, "height": 4}, "unknown field 'widht'; did you mean 'width'?"),
        ({"file_name": "a.jpg", "width": 5, "height": 4, "detections": {}}, "detections: expected array"),
        (image(GOOD, {"class": "dog", "bbox": [1, 2, "3", 4]}), "detections[1].bbox[2]: expected float"),
        (image({"class": "dog", "bbox": [1, 2, 3]}), "detections[0].bbox: expected array of length 4"),
        (image({"class": "dog", "bbx": [1, 2, 3, 4]}), "detections[0]: unknown field 'bbx'; did you mean 'bbox'?"),
        (image({"class": "dog", "bbox": [1, 2, 0, 4]}), "detections[0].bbox: the box is 0 x 4 px"),
        (image({"class": "dog", "bbox": [1, 2, 3, 4], "xyxy": [1, 2, 3, 4]}), "detections[0].xyxy: give bbox or xyxy"),
        (image({"class": "dog"}), "detections[0].bbox: is missing"),
        (image({"bbox": [1, 2, 3, 4]}), "detections[0].class: give class or class_id"),
        (image({"class": "dgo", "bbox": [1, 2, 3, 4]}), "detections[0].class: 'dgo' is not one of the 2 classes; did you mean 'dog'?"),
        (image({"class_id": 7, "bbox": [1, 2, 3, 4]}), "detections[0].class_id: 7 is not one of the 2 classes (0 to 1)"),
        (image({**GOOD, "iscrowd": 2}), "detections[0].iscrowd: 2; expected 0 or 1"),
        (image({**GOOD, "keypoints": [1, 2]}), "detections[0].keypoints: 2 numbers"),
        (image({**GOOD, "keypoints": [1, 2, 3]}), "detections[0].keypoints: a flag v is 3"),
        (image({**GOOD, "keypoints": [1, 2, 2], "track_id": 3}), "detections[0].track_id: cannot be written together with keypoints"),
        (image({**GOOD, "keypoint_scores": [1]}), "detections[0].keypoint_scores: 1 numbers for 0 keypoints"),
        (image({**GOOD, "obb": [1, 2]}), "detections[0].obb: 2 numbers"),
        (image({**GOOD, "track_id": 1.5}), "detections[0].track_id: expected int"),
        (image({**GOOD, "track_id": 2**63}), "detections[0].track_id"),
        (image({**GOOD, "attributes": {"area": 5}}), "detections[0].attributes.area: this name is reserved"),
        (image({**GOOD, "segmentation": {"size": [40, 50]}}), "detections[0].segmentation: missing required field counts"),
        (image({**GOOD, "score": 0.5}, GOOD), "detections[1].score: is missing"),
        (image(fields={"id": 5}), "the field 'id'"),
    ],
)
def test_what_cannot_be_read_is_named_with_line_and_field(tmp_path, line, say):
    lines = [image(GOOD), line, image(GOOD, name="b.jpg")]
    with pytest.raises(SourceError, match=re.escape(say)) as caught:
        exported(tmp_path, lines, classes={0: "cat", 1: "dog"})
    assert caught.value.line == 2
    assert str(caught.value).startswith(f"{tmp_path / 'in.jsonl'}:2: ")
    if "a.jpg" in str(line):  # the image of the first line, too
        lines[1] = json.loads(json.dumps(line).replace("a.jpg", "c.jpg")) if not isinstance(line, str) else line
    refusals = Refusals("skip")
    document = exported(tmp_path, lines, classes={0: "cat", 1: "dog"}, refusals=refusals)
    assert sum(refusals.counts.values()) == 1
    assert {"a.jpg", "b.jpg"} <= {row["file_name"] for row in document["images"]}


def test_bytes_that_are_no_utf8_and_nesting(tmp_path):
    (tmp_path / "in.jsonl").write_bytes(
        b'{"file_name": "\xff"}\n' + b'{"file_name": "a", "fields": {"a": ' + b"[" * 5000 + b"]" * 5000 + b"}}\n"
    )
    refusals = Refusals("skip")
    assert list(JsonLinesSource(tmp_path / "in.jsonl", classes={0: "a"}, refusals=refusals)) == []
    assert [row.detail for row in refusals.examples] == ["byte 0xff is not UTF-8", "nested too deep"]


def test_the_example_of_the_documentation(tmp_path):
    text = (ROOT / "docs/formats.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    document = exported(tmp_path, block.splitlines(), skeletons={"person": Skeleton(("nose", "left_eye"))})
    assert len(document["images"]) == block.count("file_name")
    assert len(document["annotations"]) == block.count('"class"')


def test_the_documentation_lists_every_field():
    import msgspec

    from cocoproof.sources.jsonl_rows import JsonlDetection, JsonlImage

    text = (ROOT / "docs/formats.md").read_text(encoding="utf-8")
    for kind in (JsonlImage, JsonlDetection):
        for field in msgspec.structs.fields(kind):
            assert f"| `{field.encode_name}` |" in text


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('{"file_name": "a.jpg", "width": 5, "height": 5, "width": 50}', "width"),
        (
            '{"file_name": "a.jpg", "width": 50, "height": 40, "detections": [{"class": "a", "bbox": [1, 2, 3, 4], "bbox": [1, 2, 9, 9]}]}',
            "bbox",
        ),
        ('{"file_name": "a.jpg", "width": 50, "height": 40, "metadata": {"x": {"k": 1, "\\u006b": 2}}}', "k"),
    ],
)
def test_a_key_that_an_object_has_twice_is_refused(tmp_path, line, key):
    with pytest.raises(SourceError, match=rf"in\.jsonl:2: duplicate key '{key}'"):
        exported(tmp_path, [image({"class": "a", "bbox": [1, 2, 3, 4]}), line])


@pytest.mark.parametrize("side", [2**31, 10**30])
def test_no_image_is_wider_or_higher_than_a_reader_can_hold(tmp_path, side):
    for sides in ({"width": side}, {"height": side}):
        with pytest.raises(SourceError, match="expected an integer number of pixels, 1 to 2147483647"):
            exported(tmp_path, [{**image({"class": "a", "bbox": [1, 2, 3, 4]}), **sides}])


def test_a_mask_on_the_largest_image_takes_no_memory(tmp_path):
    largest = 2**31 - 1
    line = image({"class": "a", "segmentation": [[1, 2, 9, 2, 9, 9]]}, {"class": "a", "bbox": [0, 0, largest, largest]})
    document = exported(tmp_path, [{**line, "width": largest, "height": largest}], masks="polygon")
    assert document["annotations"][0]["area"] > 0


def test_many_unknown_classes_are_compared_a_bounded_number_of_times(tmp_path, monkeypatch):
    """1,000 unknown names against 1,203 classes took seconds, and 100,000 classes minutes."""
    calls = []
    real = suggestions._nearest
    monkeypatch.setattr(suggestions, "_nearest", lambda key, known: (calls.append(key), real(key, known))[1])
    refusals = Refusals("skip")
    lines = [image(*({"class": f"unknown {k % 700}", "bbox": [1, 2, 3, 4]} for k in range(1000)))]
    exported(tmp_path, lines, classes={k: f"class {k}" for k in range(1203)}, refusals=refusals)
    assert refusals.counts == {"class-unknown": 1000}
    assert len(calls) == SUGGESTIONS


def test_a_detection_has_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(jsonl, "DETECTION_BYTES", 60)
    short, long = {"class": "a", "bbox": [1, 2, 3, 4]}, {"class": "a", "bbox": [1, 2, 3, 4], "attributes": {"x": "a" * 30}}
    assert len(exported(tmp_path, [image(short)])["annotations"]) == 1
    with pytest.raises(SourceError, match=r"in\.jsonl:1: detections\[1\]: the detection has \d+ bytes of text; at most 60 are read"):
        exported(tmp_path, [image(short, long)])


def test_an_image_has_a_limit_of_detections(tmp_path, monkeypatch):
    monkeypatch.setattr(source_errors, "DETECTIONS_OF_IMAGE", 3)
    box = {"class": "a", "bbox": [1, 2, 3, 4]}
    assert len(exported(tmp_path, [image(*[box] * 3)])["annotations"]) == 3
    with pytest.raises(SourceError, match=r"in\.jsonl:2: the image has 4 detections; at most 3 are read"):
        exported(tmp_path, [image(box), image(*[box] * 4, name="b.jpg")])
