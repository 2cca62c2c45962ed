"""YOLO data sets, made of real small files, against plain arithmetic and pycocotools."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import numpy as np
import pycocotools.mask
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cocoproof import ClassMapping
from cocoproof.export import ExportError, Skeleton, export_coco
from cocoproof.sources import Refusals, SourceError, YoloSource, yolo_rows
from cocoproof.sources import errors as source_errors
from cocoproof.sources.yolo_rows import BadRow, RowForm, read_row

NAMES = {0: "person", 1: "car", 2: "dog"}


@pytest.fixture
def tree(tmp_path):
    """Write pictures and label files; a label of None is a picture alone."""

    def make(labels, size=(100, 80), *, images="images/train", folder="labels/train", yaml="names: [person, car, dog]\n"):
        root = tmp_path / "set"
        for name, text in labels.items():
            picture = root / images / name
            picture.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", size).save(picture)
            if text is not None:
                label = (root / folder / name).with_suffix(".txt")
                label.parent.mkdir(parents=True, exist_ok=True)
                label.write_text(text, encoding="utf-8")
        if yaml is not None:
            (root / "data.yaml").write_text(yaml, encoding="utf-8")
        return root

    return make


def exported(root, **options):
    further = {key: options.pop(key) for key in ("masks", "skeletons", "on_error") if key in options}
    source = YoloSource(root, **options)
    out = Path(root).parent / "out.json"
    export_coco(source, out, mapping=ClassMapping.from_names(source.classes), **further)
    return json.loads(out.read_text(encoding="ascii"))


def test_boxes_are_the_shares_times_the_size(tree):
    root = tree({"a.jpg": "0 0.5 0.25 0.2 0.5\n2 0.123456 0.7 0.01 0.3\n", "sub/b.png": "1 0.5 0.5 1 1\n"})
    document = exported(root)
    assert [(row["id"], row["file_name"], row["width"], row["height"]) for row in document["images"]] == [
        (1, "train/a.jpg", 100, 80),
        (2, "train/sub/b.png", 100, 80),
    ]
    first, second, third = document["annotations"]
    assert first["bbox"] == pytest.approx([40, 0, 20, 40], rel=1e-12)
    assert second["bbox"] == pytest.approx([(0.123456 - 0.005) * 100, (0.7 - 0.15) * 80, 1, 24], rel=1e-12)
    assert third["bbox"] == [0, 0, 100, 80]
    assert [row["category_id"] for row in document["annotations"]] == [1, 3, 2]
    assert all("segmentation" not in row for row in document["annotations"])


@given(
    st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(1e-6, 1), st.floats(1e-6, 1)),
    st.tuples(st.integers(1, 9999), st.integers(1, 9999)),
)
def test_a_box_is_within_rounding_of_exact_arithmetic(shares, size):
    from fractions import Fraction

    row = read_row("0 " + " ".join(map(repr, shares)), RowForm(), size)
    x, y, w, h = map(Fraction, shares)
    exact = ((x - w / 2) * size[0], (y - h / 2) * size[1], (x + w / 2) * size[0], (y + h / 2) * size[1])
    for value, want in zip(row.xyxy, exact, strict=True):
        assert abs(Fraction(value) - want) <= Fraction(4 * max(size)) * Fraction(2) ** -53


def test_polygons_are_scaled_vertex_by_vertex_and_never_rasterised(tree):
    shares = [0.1, 0.2, 0.55, 0.21, 0.333333, 0.9]
    root = tree({"a.jpg": "1 " + " ".join(map(str, shares))})
    (row,) = exported(root)["annotations"]
    want = [share * side for share, side in zip(shares, [100, 80] * 3, strict=True)]
    assert row["segmentation"] == [want]
    xs, ys = want[::2], want[1::2]
    assert row["bbox"] == [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
    oracle = pycocotools.mask.merge(pycocotools.mask.frPyObjects([want], 80, 100))
    assert row["area"] == pycocotools.mask.area(oracle)
    as_rle = exported(root, masks="rle")["annotations"][0]["segmentation"]
    assert as_rle["counts"].encode() == oracle["counts"]


def test_boxes_and_polygons_may_stand_in_one_file(tree):
    rows = exported(tree({"a.jpg": "0 0.5 0.5 0.2 0.2\n1 0.1 0.1 0.5 0.1 0.5 0.5\n"}))["annotations"]
    assert ["segmentation" in row for row in rows] == [False, True]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("0 0.5 0.5 0.2 0.2 0.75", {}),
        ("0 0.1 0.1 0.5 0.1 0.5 0.5 0.75", {}),
        ("0 0.1 0.1 0.5 0.1 0.5 0.5 0.1 0.5 0.75", {"task": "obb"}),
        ("0 0.1 0.1 0.5 0.1 0.5 0.5 0.75 7", {"track_ids": True}),
        ("0 0.5 0.5 0.2 0.2 0.75 7", {"track_ids": True}),
    ],
)
def test_scores_and_track_ids_follow_the_row(tree, text, options):
    (row,) = exported(tree({"a.jpg": text}), **options)["annotations"]
    assert row["score"] == 0.75
    assert row.get("track_id") == (7 if options.get("track_ids") else None)


def test_oriented_boxes_keep_their_corners(tree):
    root = tree({"a.jpg": "0 0.5 0.1 0.9 0.5 0.5 0.9 0.1 0.5"})
    (row,) = exported(root, task="obb")["annotations"]
    corners = [50, 8, 90, 40, 50, 72, 10, 40]
    assert row["obb"] == corners
    assert row["bbox"] == pytest.approx([10, 8, 80, 64])
    assert "segmentation" not in row
    (row,) = exported(root, task="obb", segment_boxes=True)["annotations"]
    assert row["segmentation"] == [corners]
    assert row["obb"] == corners
    # Without being told, nine columns are a polygon.
    (row,) = exported(root)["annotations"]
    assert row["segmentation"] == [corners]
    assert "obb" not in row


def test_poses(tree):
    yaml = "names: [person, car, dog]\nkpt_shape: [2, 3]\nkpt_names: {0: [nose, tail], 1: [nose, tail], 2: [nose, tail]}\n"
    root = tree({"a.jpg": "0 0.5 0.5 0.2 0.4 0.5 0.25 2 0.75 0.5 1\n2 0.5 0.5 0.2 0.4 0 0 0 0.1 0.2 2\n"}, yaml=yaml)
    source = YoloSource(root)
    assert source.keypoint_names == ("nose", "tail")
    rows = exported(root, skeletons=Skeleton(("nose", "tail")))["annotations"]
    assert rows[0]["keypoints"] == [50, 20, 2, 75, 40, 1]
    assert rows[0]["num_keypoints"] == 2
    assert rows[0]["bbox"] == pytest.approx([40, 24, 20, 32])
    assert rows[1]["keypoints"] == [0, 0, 0, 10, 16, 2]
    assert rows[1]["num_keypoints"] == 1


def test_poses_of_two_columns_and_predicted_ones(tree):
    root = tree({"a.jpg": "0 0.5 0.5 0.2 0.4 0.5 0.25 0 0\n"})
    (row,) = exported(root, keypoints=(2, 2), skeletons=Skeleton(("a", "b")))["annotations"]
    assert row["keypoints"] == [50, 20, 2, 0, 0, 0]
    (root / "labels/train/a.txt").write_text("0 0.5 0.5 0.2 0.4 0.5 0.25 0.875 0.5 0.5 0.25 0.75\n")
    with pytest.raises(SourceError, match=r"a\.txt:1: .*0.875; expected 0, 1 or 2 .*--keypoint-scores"):
        exported(root, keypoints=(2, 3), skeletons=Skeleton(("a", "b")))
    (row,) = exported(root, keypoints=(2, 3), point_scores=True, skeletons=Skeleton(("a", "b")))["annotations"]
    assert row["keypoint_scores"] == [0.875, 0.25]
    assert row["score"] == 0.75


@pytest.mark.parametrize(
    ("line", "say"),
    [
        ("0 0.5 0.5 0.2", "4 columns; expected 5 for a box"),
        ("0 0.5 0.5 x 0.2", "'x' is not a number"),
        ("0 0.5 0.5 nan 0.2", "'nan' is not a number"),
        ("0 0.5 0.5 1_0 0.2", "'1_0' is not a number"),
        ("0.5 0.5 0.5 0.2 0.2", "the class is 0.5"),
        ("-1 0.5 0.5 0.2 0.2", "the class is -1"),
        ("3 0.5 0.5 0.2 0.2", "class 3 is not one of the 3 classes (0 to 2)"),
        ("0 320 240 100 80", "320 is not a fraction of the image"),
        ("0 0.5 -0.2 0.2 0.2", "-0.2 is not a fraction of the image"),
        ("0 0.5 0.5 0 0.2", "the box is 0 x 0.2 of the image"),
        ("0 0.1 0.1 0.5 0.1 0.9 0.1", "the polygon is 80 x 0 px"),
        ("0 0.5 0.5 0.2 0.2 0.75 7", "--track-ids"),
        ("0 0.5 0.5 0.2 0.2 0.75", "the row has a score, those before it have none"),
    ],
)
def test_what_cannot_be_read_is_named_with_file_and_line(tree, line, say):
    root = tree({"a.jpg": f"0 0.5 0.5 0.2 0.2\n\n{line}\n"})
    with pytest.raises(SourceError, match=re.escape(say)) as caught:
        exported(root)
    assert (caught.value.file, caught.value.line) == (str(root / "labels/train/a.txt"), 3)
    refusals = Refusals("skip")
    assert len(exported(root, refusals=refusals)["annotations"]) == 1
    assert sum(refusals.counts.values()) == 1
    assert refusals.examples[0].image == f"{root / 'labels/train/a.txt'}:3"


def test_an_error_leaves_nothing_behind(tree, tmp_path):
    root = tree({"a.jpg": "0 0.5 0.5 0.2 0.2\n", "b.jpg": "7 0.5 0.5 0.2 0.2\n"})
    (tmp_path / "out.json").write_text("old")
    with pytest.raises(ExportError):
        exported(root)
    assert (tmp_path / "out.json").read_text() == "old"


@pytest.mark.parametrize(
    ("images", "folder", "first"),
    [
        ("images/train", "labels/train", "train/a.jpg"),
        ("train/images", "train/labels", "train/images/a.jpg"),
        ("", "", "a.jpg"),
        ("images", "labels", "a.jpg"),
    ],
)
def test_layouts(tree, images, folder, first):
    root = tree({"a.jpg": "0 0.5 0.5 0.2 0.2\n"}, images=images, folder=folder)
    document = exported(root)
    assert document["images"][0]["file_name"] == first
    assert len(document["annotations"]) == 1


def test_a_split_of_data_yaml(tree):
    yaml = "path: .\ntrain: images/train\nval: images/val\ntest: list.txt\nnames: {0: person, 1: car, 2: dog}\n"
    root = tree({"a.jpg": "0 0.5 0.5 0.2 0.2\n"}, yaml=yaml)
    tree({"b.jpg": "1 0.5 0.5 0.2 0.2\n", "c.jpg": None}, images="images/val", folder="labels/val", yaml=yaml)
    (root / "list.txt").write_text("./images/val/b.jpg\n")
    assert [row["file_name"] for row in exported(root / "data.yaml", split="val")["images"]] == ["b.jpg", "c.jpg"]
    assert [row["file_name"] for row in exported(root, split="test")["images"]] == ["val/b.jpg"]
    assert len(exported(root)["images"]) == 3
    with pytest.raises(SourceError, match="unknown split 'vall'; there are 'train', 'val', 'test'"):
        YoloSource(root, split="vall")


def test_class_names_from_classes_txt_a_table_or_the_caller(tree):
    root = tree({"a.jpg": "5 0.5 0.5 0.2 0.2\n"}, yaml="names: {2: cat, 5: cow}\n")
    assert YoloSource(root).classes == {2: "cat", 5: "cow"}
    assert exported(root)["annotations"][0]["category_id"] == 2
    (root / "data.yaml").unlink()
    with pytest.raises(SourceError, match="no class names"):
        YoloSource(root)
    (root / "classes.txt").write_text("a\nb\n")
    assert YoloSource(root).classes == {0: "a", 1: "b"}
    assert YoloSource(root, classes=NAMES).classes == NAMES


def test_labels_without_a_picture_pictures_without_labels_and_shared_labels(tree):
    root = tree({"a.jpg": "0 0.5 0.5 0.2 0.2\n", "b.jpg": None, "c.jpg": ""})
    refusals = Refusals()
    assert len(exported(root, refusals=refusals)["images"]) == 3
    assert list(refusals.notes.values()) == [1]
    (root / "labels/train/z.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    (root / "labels/train/readme.txt").write_text("These are labels.\n")
    with pytest.raises(SourceError, match=r"z\.txt: this label file has no image"):
        exported(root)
    (root / "labels/train/z.txt").unlink()
    Image.new("RGB", (10, 10)).save(root / "images/train/a.png")
    with pytest.raises(SourceError, match=r"a\.txt: two images have this label file: a\.jpg and a\.png"):
        YoloSource(root)


def test_a_broken_picture_is_named_or_skipped(tree):
    root = tree({"a.jpg": "0 0.5 0.5 0.2 0.2\n", "b.jpg": "0 0.5 0.5 0.2 0.2\n"})
    (root / "images/train/a.jpg").write_bytes(b"no picture")
    with pytest.raises(ExportError, match=r"a\.jpg"):
        exported(root)
    document = exported(root, refusals=Refusals("skip"))
    assert [row["file_name"] for row in document["images"]] == ["train/b.jpg"]


def test_the_orientation_of_the_size(tree):
    root = tree({"a.jpg": "0 0.5 0.25 0.2 0.5\n"})
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (100, 80)).save(root / "images/train/a.jpg", exif=exif)
    assert exported(root)["annotations"][0]["bbox"] == pytest.approx([40, 0, 20, 40])
    assert exported(root, orientation="exif")["annotations"][0]["bbox"] == pytest.approx([32, 0, 16, 50])


@given(st.text(alphabet="0123456789.eE+-naif_ \t", max_size=60))
def test_any_line_is_a_row_or_a_bad_row(text):
    try:
        row = read_row(text or "x", RowForm(), (640, 480))
    except BadRow:
        return
    assert np.isfinite(row.xyxy).all()
    assert row.xyxy[0] < row.xyxy[2]


@pytest.mark.parametrize("separator", ["\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\xa0"])
def test_only_line_feeds_separate_rows(tree, separator):
    """str.split() takes these for spaces: two boxes became one polygon with a score."""
    root = tree({"a.jpg": f"0 0.5 0.5 0.2 0.2{separator}1 0.3 0.3 0.1 0.1\n"})
    with pytest.raises(SourceError, match=rf"a\.txt:1: the row contains {re.escape(ascii(separator))}"):
        exported(root)


def test_rows_may_end_with_a_carriage_return_and_a_line_feed(tree):
    rows = exported(tree({"a.jpg": "0 0.5 0.5 0.2 0.2\r\n\r\n1\t0.3 0.3  0.1 0.1\r\n"}))["annotations"]
    assert [row["category_id"] for row in rows] == [1, 2]


def test_digits_of_other_scripts_are_no_numbers(tree):
    with pytest.raises(SourceError, match="the row contains"):
        exported(tree({"a.jpg": "\uff10 0.5 0.5 0.2 0.2\n"}))


@pytest.mark.parametrize("kind", ["link", "fifo", "folder"])
def test_a_label_that_is_not_a_file_is_an_error_of_its_picture(tree, kind):
    root = tree({"a.jpg": None, "b.jpg": "0 0.5 0.5 0.2 0.2\n"})
    label = root / "labels/train/a.txt"
    say = {"link": "a link to a file that does not exist", "fifo": "not a regular file", "folder": "a folder"}[kind]
    if kind == "link":
        label.symlink_to(root / "nowhere.txt")
    elif kind == "fifo":
        os.mkfifo(label)
    else:
        label.mkdir()
    with pytest.raises(SourceError, match=rf"a\.txt: this is {say}"):
        exported(root)
    refusals = Refusals("skip")
    document = exported(root, refusals=refusals, on_error="skip")
    assert [one["file_name"] for one in document["images"]] == ["train/b.jpg"]
    assert refusals.counts == {"file-unreadable": 1}


@pytest.mark.parametrize("number", [10**9, 10**30, 100_000])
def test_a_number_of_keypoints_that_no_row_can_hold_is_refused_before_anything_is_made_of_it(tree, number):
    root = tree({"a.jpg": "0 0.5 0.5 0.2 0.2\n"}, yaml=f"names: [a]\nkpt_shape: [{number}, 3]\n")
    with pytest.raises(SourceError, match=rf"data\.yaml: there are {number} keypoints .* the longest has 18 bytes"):
        YoloSource(root)


def test_names_of_keypoints_are_bounded_over_all_classes(tree):
    row = "0 0.5 0.5 0.2 0.2" + " 0.5 0.5 2" * 600 + "\n"
    names = ", ".join(f"c{k}" for k in range(2_000))
    root = tree({"a.jpg": row}, yaml=f"names: [{names}]\nkpt_shape: [600, 3]\n")
    with pytest.raises(SourceError, match="2000 classes with 600 keypoints each"):
        YoloSource(root)
    assert len(YoloSource(tree({"a.jpg": row}, yaml="names: [a]\nkpt_shape: [600, 3]\n")).keypoint_names) == 600


def test_a_list_of_pictures_has_one_a_line(tree):
    root = tree({"a\u2028b.jpg": "0 0.5 0.5 0.2 0.2\n"}, yaml="names: [person]\ntrain: train.txt\n")
    (root / "train.txt").write_text("./images/train/a\u2028b.jpg\r\n", encoding="utf-8", newline="")
    assert len(exported(root, split="train")["annotations"]) == 1


def test_a_row_has_a_limit(tree, monkeypatch):
    monkeypatch.setattr(yolo_rows, "DETECTION_BYTES", 40)
    row = "0 0.5 0.5 0.2 0.2"
    with pytest.raises(SourceError, match=r"a\.txt:2: the row has 41 characters; at most 40 are read"):
        exported(tree({"a.jpg": f"{row:40}\n{row:41}\n"}))


def test_an_image_has_a_limit_of_detections(tree, monkeypatch):
    monkeypatch.setattr(source_errors, "DETECTIONS_OF_IMAGE", 3)
    row = "0 0.5 0.5 0.2 0.2\n"
    root = tree({"a.jpg": row * 4, "b.jpg": row * 3})
    with pytest.raises(SourceError, match=r"a\.txt: the image has 4 detections; at most 3 are read"):
        exported(root)
    document = exported(root, refusals=Refusals("skip"), on_error="skip")
    assert [one["file_name"] for one in document["images"]] == ["train/b.jpg"]
