"""What cannot be written is named: the image, the detection, the value; and nothing is there."""

from __future__ import annotations

import os

import numpy as np
import pytest

from cocoproof.export import ExportError, ImageInfo, PlainDetections, Segmentations, Skeleton, export_coco
from cocoproof.mapping import UnmappedClassError

GOOD, SIZE = [1.0, 2, 11, 22], (40, 30)
NAN, INF = float("nan"), float("inf")


def two(bad=None, **further):
    """Two detections; the second has the bad box."""
    return PlainDetections(np.array([GOOD, GOOD if bad is None else bad], float), np.array([0, 1]), **further)


def column(name, values):
    return two(data={name: values})


CASES = {
    "nan box": (two([1, NAN, 3, 4]), "box-not-finite", r"image im.png, detection 1: the box is \[1.0, nan, 3.0, 4.0\]"),
    "inf box": (two([1, 2, INF, 4]), "box-not-finite", r"detection 1: the box is \[1.0, 2.0, inf, 4.0\]"),
    "box beyond floats": (two([-1e308, 0, 1e308, 1]), "box-not-finite", "detection 1"),
    "negative box": (two([5, 5, 3, 9]), "box-not-positive", r"detection 1: the box \[5.0, 5.0, 3.0, 9.0\] .* -2 x 4 px"),
    "box of no width": (two([5, 5, 5, 9]), "box-not-positive", "0 x 4 px"),
    "class out of the mapping": (
        PlainDetections([GOOD, GOOD], [0, 9]),
        "class-unmapped",
        "image im.png, detection 1: class id 9 is not in",
    ),
    "negative class": (PlainDetections([GOOD, GOOD], [0, -1]), "class-unmapped", "detection 1: class id -1"),
    "one class None": (PlainDetections([GOOD, GOOD], [0, None]), "class-missing", "detection 1: class_id is None"),
    "class of text": (PlainDetections([GOOD, GOOD], [0, "dog"]), "class-missing", "class_id is '0'; expected an integer"),
    "float class": (PlainDetections([GOOD, GOOD], [0, 1.5]), "class-missing", "class_id is 0.0; expected"),
    "crowd 7": (column("iscrowd", np.array([0, 7])), "iscrowd", r"detection 1: data\['iscrowd'\] is 7; expected 0 or 1"),
    "crowd of floats": (column("iscrowd", np.array([0.0, 1.0])), "iscrowd", "is 0.0"),
    "nan score": (two(confidence=np.array([0.5, NAN])), "score", "detection 1: the score is nan"),
    "track of floats": (two(tracker_id=np.array([1, 2.5])), "track-id", "tracker_id is 1.0"),
    "nan in a column": (column("depth", np.array([1.0, NAN])), "attribute", r"detection 1: data\['depth'\]: nan is not a JSON number"),
    "object in a column": (column("thing", [1, object()]), "attribute", "JSON cannot represent a object"),
    "date in a column": (column("day", np.array(["2020-01-01"] * 2, "datetime64[ns]")), "attribute", "datetime64"),
    "huge number in a column": (column("n", [1, 2**70]), "attribute", "64 bits"),
    "half a surrogate": (column("text", ["a", "\ud800"]), "attribute", "surrogate"),
    "nan corner": (column("xyxyxyxy", np.array([np.ones((4, 2)), np.full((4, 2), NAN)])), "obb", "detection 1: the oriented box"),
    "mask of another shape": (two(mask=np.ones((2, 40, 30), bool)), "mask-shape", "masks are 40x30 .* the image is 30x40"),
    "mask malformed": (two(mask=Segmentations([None, {"size": [30, 40], "counts": [5]}])), "mask-malformed", "detection 1: .*sum"),
    "mask truncated": (two(mask=Segmentations([None, {"size": [30, 40], "counts": "a"}])), "mask-malformed", "truncated"),
    "mask of another size": (two(mask=Segmentations([None, {"size": [40, 30], "counts": "a"}])), "mask-shape", "size is \\[40, 30\\]"),
    "polygon of text": (two(mask=Segmentations([None, [["a"] * 6]])), "polygon", "something other than numbers"),
    "polygon with nan": (two(mask=Segmentations([None, [[1, 2, 3, 4, 5, NAN]]])), "polygon", "not finite"),
    "short polygon": (two(mask=Segmentations([None, [[1, 2, 3, 4]]])), "polygon", "short"),
    "no polygon": (two(mask=Segmentations([None, []])), "polygon", "empty"),
}

WHOLE = {
    "class None": (PlainDetections([GOOD, GOOD], None), "class-missing", "detection 0: class_id is None"),
    "boxes of three": (PlainDetections(np.ones((2, 3)), [0, 1]), "detections", r"xyxy has the shape \(2, 3\); expected \(n, 4\)"),
    "boxes of text": (PlainDetections(np.full((2, 4), "a"), [0, 1]), "detections", "expected numbers"),
    "classes of another length": (PlainDetections([GOOD, GOOD], [0]), "detections", r"class_id has the shape \(1,\)"),
    "a column of another length": (column("x", [1]), "detections", r"data\['x'\] has 1 values for 2"),
    "scores as a table": (two(confidence=np.ones((2, 1))), "detections", "confidence has the shape"),
    "masks of another number": (two(mask=np.ones((1, 30, 40), bool)), "mask-shape", "1 masks for 2 detections"),
    "one mask for all": (two(mask=np.ones((30, 40), bool)), "mask-shape", r"mask has the shape \(30, 40\)"),
    "mask of floats": (two(mask=np.full((2, 30, 40), 0.5)), "mask-dtype", "dtype float64"),
    "mask of labels": (two(mask=np.full((2, 30, 40), 255, np.uint8)), "mask-dtype", "uint8 and contains 255"),
    "no detections": (7, "detections", "a int has neither xyxy nor xy"),
}


@pytest.mark.parametrize("case", CASES | WHOLE)
def test_bad_detections_are_named_and_nothing_is_written(case, mapping, tmp_path):
    found, reason, message = (CASES | WHOLE)[case]
    old = tmp_path / "out.json"
    old.write_text("old")
    with pytest.raises(ExportError, match=message) as caught:
        export_coco([(("im.png", SIZE), found)], old, mapping=mapping)
    assert caught.value.reason == reason
    assert caught.value.image == "im.png"
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]
    assert old.read_text() == "old"


@pytest.mark.parametrize("case", CASES)
def test_with_skip_the_good_ones_are_written_and_the_bad_one_is_listed(case, mapping, tmp_path, load):
    found, reason, _ = CASES[case]
    report = export_coco([(("im.png", SIZE), found)], tmp_path / "out.json", mapping=mapping, on_error="skip")
    rows = load(tmp_path / "out.json").dataset["annotations"]
    every = case in {"class of text", "float class", "crowd of floats", "track of floats", "date in a column", "mask of another shape"}
    assert len(rows) == (0 if every else 1)
    assert report.left_out == {reason: 2 - len(rows)}
    assert report.examples[-1].detection == 1
    assert report.examples[-1].image == "im.png"


@pytest.mark.parametrize("case", WHOLE)
def test_with_skip_an_image_whose_detections_cannot_be_read_is_there_without_them(case, mapping, tmp_path, load):
    found, reason, _ = WHOLE[case]
    report = export_coco([(("im.png", SIZE), found)], tmp_path / "out.json", mapping=mapping, on_error="skip")
    coco = load(tmp_path / "out.json")
    assert len(coco.imgs) == 1
    assert not coco.anns
    assert set(report.left_out) == {reason}


def test_an_unmapped_class_names_the_class_and_the_nearest_category(tmp_path, plain):
    from cocoproof import ClassMapping

    mapping = ClassMapping.from_names(["Persn", "car"], ["person", "car"])
    with pytest.raises(ExportError, match=r"image a.png, detection 0: class 'Persn' \(id 0\).*did you mean 'person'") as caught:
        export_coco([(("a.png", SIZE), plain())], tmp_path / "out.json", mapping=mapping)
    assert isinstance(caught.value.__cause__, UnmappedClassError)


@pytest.mark.parametrize(
    ("images", "reason", "message"),
    [
        (["a.png", "b.png", "a.png"], "duplicate-file-name", "image a.png: the file name 'a.png' is a duplicate"),
        (["x/a.png", "x\\a.png"], "duplicate-file-name", "also of x/a.png"),
        (["/abs/a.png"], "file-name", "images_dir"),
        (["C:\\data\\a.png"], "file-name", "absolute"),
        (["../a.png"], "file-name", "escapes"),
        (["a/../../b.png"], "file-name", "escapes"),
        (["http://host/a.png"], "file-name", "is a URL"),
        (["a\0b.png"], "file-name", "NUL"),
        ([" "], "file-name", "cannot be written"),
        (["\udcff.png"], "file-name", "cannot be written"),
    ],
)
def test_names_that_cannot_be_file_names(images, reason, message, mapping, tmp_path, plain, load):
    source = [((name, SIZE), plain()) for name in images]
    with pytest.raises(ExportError, match=message) as caught:
        export_coco(source, tmp_path / "out.json", mapping=mapping)
    assert caught.value.reason == reason
    assert list(tmp_path.iterdir()) == []
    report = export_coco(source, tmp_path / "out.json", mapping=mapping, on_error="skip")
    assert report.left_out == {reason: 1}
    assert len(load(tmp_path / "out.json").imgs) == len(images) - 1 == report.images


@pytest.mark.parametrize("size", [(0, 30), (40,), (40.5, 30), "no", (-1, 2)])
def test_sizes_that_are_none(size, mapping, tmp_path, plain):
    with pytest.raises(ExportError, match=r"^image a\.png: ") as caught:
        export_coco([(("a.png", size), plain())], tmp_path / "out.json", mapping=mapping)
    assert caught.value.reason == "image-size"


def test_images_that_cannot_be_read(mapping, tmp_path, plain):
    (tmp_path / "text.png").write_text("no picture")
    os.mkfifo(tmp_path / "fifo.png")
    (tmp_path / "folder.png").mkdir()
    names = ["text.png", "fifo.png", "folder.png", "missing.png"]
    for name in names:
        with pytest.raises(ExportError, match=name) as caught:
            export_coco([(tmp_path / name, plain())], tmp_path / "out.json", mapping=mapping, images_dir=tmp_path)
        assert caught.value.reason == "image-unreadable"
    source = [(tmp_path / name, plain()) for name in names]
    report = export_coco(source, tmp_path / "out.json", mapping=mapping, images_dir=tmp_path, on_error="skip")
    assert report.left_out == {"image-unreadable": 4}
    assert report.images == 0


@pytest.mark.parametrize("item", [5, "a.png", ("a.png",), (1, 2), ("a.png", 1, 2, 3), {"image": 1}])
def test_items_of_no_known_form_are_told_by_their_place(item, mapping, tmp_path, plain):
    with pytest.raises(TypeError, match="item 1 of the source is"):
        export_coco([(("a.png", SIZE), plain()), item], tmp_path / "out.json", mapping=mapping)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("source", [5, "a.png", {"a.png": 1}])
def test_sources_of_no_known_form(source, mapping, tmp_path):
    with pytest.raises(TypeError, match="expected a DetectionDataset or an iterable"):
        export_coco(source, tmp_path / "out.json", mapping=mapping)


def test_skeletons_that_cannot_be():
    with pytest.raises(ExportError, match="counted from 1"):
        Skeleton(("a", "b"), ((0, 1),))
    with pytest.raises(ExportError, match="each name must be unique"):
        Skeleton(("a", "a"))


def test_the_caller_s_fields_do_not_replace_ours():
    with pytest.raises(ExportError, match="'id'"):
        ImageInfo("a.png", 1, 1, {"id": 7})


def test_metadata_that_json_cannot_hold_is_left_out_and_counted(mapping, tmp_path, load, plain):
    found = plain(metadata={"source_image": np.zeros((3, 4)), "model": "m", "time": object(), "shape": np.array([1, 2])})
    report = export_coco([(("a.png", SIZE), found)], tmp_path / "out.json", mapping=mapping)
    assert report.metadata_left_out == {"source_image": 1, "time": 1}
    assert load(tmp_path / "out.json").imgs[1]["metadata"] == {"model": "m", "shape": [1, 2]}
