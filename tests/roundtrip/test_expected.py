"""What a file must hold, of every form that a source can have: image names and sizes, masks, key points, columns, dropped classes."""

from __future__ import annotations

import os
import posixpath
import warnings
from types import SimpleNamespace

import numpy as np
import pytest

from cocoproof import ClassMapping
from cocoproof.export import PlainDetections
from cocoproof.mapping import Category
from cocoproof.readers.content import CategoryOf
from cocoproof.roundtrip.expected import expected_content
from cocoproof.roundtrip.image_names import common_folder, header_size, relative_name

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of OpenCV, which supervision can do without
    import supervision as sv

MAPPING = ClassMapping.from_names(["dog", "cat", "cow"], {3: "dog", 90: "cat"}, drop=["cow"])
BOXES = np.array([[1.0, 2.0, 4.0, 4.0], [0.0, 0.5, 2.0, 2.0], [0.0, 0.0, 1.0, 1.0]])


def content(source, mapping=MAPPING, images_dir=None):
    return expected_content(source, mapping, images_dir)


def alone(detections, mapping=MAPPING, where=("a.png", (5, 4))):
    """What is expected of the detections of one image."""
    (image,) = content([(where, detections)], mapping).images
    return image.detections


# Images: names, sizes, metadata.


def picture(path, size=(7, 5), orientation=None):
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    Image.new("RGB", size).save(path, exif=exif)
    return str(path)


def test_a_datasets_names_are_below_the_folder_that_holds_them_all(tmp_path):
    paths = [picture(tmp_path / "root" / name, size) for name, size in (("x/a.png", (7, 5)), ("b.png", (3, 2)))]
    dataset = sv.DetectionDataset(["dog", "cat", "cow"], paths, {path: sv.Detections.empty() for path in paths})
    found = content(dataset)
    assert [(image.name, image.size, image.turned) for image in found.images] == [("x/a.png", (7, 5), False), ("b.png", (3, 2), False)]
    assert found.notes == ()
    below = content(dataset, images_dir=tmp_path)
    assert [image.name for image in below.images] == ["root/x/a.png", "root/b.png"]
    assert [image.name for image in content(dataset, images_dir=os.fspath(tmp_path / "root" / "x")).images] == [
        "a.png",
        posixpath.normpath(paths[1].replace("\\", "/")),
    ]
    # A list says no folder.
    assert [image.name for image in content([(path, None) for path in paths]).images] == [path.replace("\\", "/") for path in paths]


def test_the_forms_of_an_item(tmp_path):
    path = picture(tmp_path / "a.jpg", orientation=6)
    named = SimpleNamespace(file_name="x\\b.png", width=np.int64(6), height=4)
    items = [
        (path, None),
        (path, None, None),
        [("c.png", (9.0, 8)), None],
        ("d.png", np.zeros((3, 5, 3)), None),
        (("e.png", np.zeros((2, 4))), None),
        (named, None),
    ]
    found = content(items)
    assert [(image.name, image.size, image.turned) for image in found.images] == [
        (path.replace("\\", "/"), (7, 5), True),
        (path.replace("\\", "/"), (7, 5), True),
        ("c.png", (9, 8), False),
        ("d.png", (5, 3), False),
        ("e.png", (4, 2), False),
        ("x/b.png", (6, 4), False),
    ]
    assert all(image.detections == () and image.metadata == {} for image in found.images)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("a.json", "the source is a str; expected a DetectionDataset or a list of (image, detections)"),
        (b"a.json", "the source is a bytes; expected a DetectionDataset or a list of (image, detections)"),
        ({}, "the source is a dict; expected a DetectionDataset or a list of (image, detections)"),
        (5, "the source is a int; expected a DetectionDataset or a list of (image, detections)"),
        (
            iter([]),
            "the source is a generator or iterator, which the export has used up; give a list, or an object that iterates anew",
        ),
        (["ab"], "an item of the source is a str; expected (image, detections) or (path, array, detections)"),
        ([("a",)], "an item of the source is a tuple; expected (image, detections) or (path, array, detections)"),
        ([["a", "b", "c", "d"]], "an item of the source is a list; expected (image, detections) or (path, array, detections)"),
    ],
)
def test_a_source_of_another_form_is_refused(source, said):
    with pytest.raises(TypeError) as caught:
        content(source)
    assert str(caught.value) == said


def test_a_size_that_nobody_says_is_unknown_and_noted_once(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")
    found = content([("gone.png", None), ("gone too.png", None), (str(tmp_path / "broken.png"), None)])
    assert [(image.size, image.turned) for image in found.images] == [(None, False)] * 3
    assert found.notes == (
        "image sizes: the source does not say them, and the pictures are not there",
        "image sizes: some pictures cannot be read",
    )


def test_masks_say_the_size_where_nobody_else_does():
    bare = PlainDetections(BOXES[:1], np.array([0]), np.ones((1, 4, 6), bool))
    found = content([("gone.png", bare)])
    assert (found.images[0].size, found.notes) == ((6, 4), ())
    assert content([(("gone.png", (5, 4)), bare)]).images[0].size == (5, 4)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_turns_a_picture_from_5_on(tmp_path, orientation):
    assert header_size(picture(tmp_path / "a.jpg", orientation=orientation)) == ((7, 5), orientation >= 5, None)


def test_no_picture_no_size(tmp_path):
    gone = None, False, "the source does not say them, and the pictures are not there"
    assert header_size(None) == header_size(str(tmp_path)) == header_size("a\0b") == gone
    assert header_size(picture(tmp_path / "plain.png")) == ((7, 5), False, None)


def test_without_pillow_the_note_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    (tmp_path / "a.png").touch()
    assert header_size(str(tmp_path / "a.png")) == (None, False, "they are read with Pillow: pip install 'cocoproof[images]'")


@pytest.mark.parametrize(
    ("paths", "folder"),
    [
        ([], None),
        (["a.png"], None),
        (["x/a.png"], "x"),
        (["x/a.png", "x/y/b.png", "x/c.png"], "x"),
        (["x/y/a.png", "x/yy/b.png"], "x"),
        (["x/a.png", "b.png"], None),
        (["/x/a.png", "/y/b.png"], "/"),
        (["/x/a.png", "y/b.png"], None),
        (["x\\y\\a.png", "x\\b.png"], "x"),
        (["x/./y/../a.png", "x//b.png"], "x"),
    ],
)
def test_the_folder_that_holds_all(paths, folder):
    assert common_folder(paths) == folder


@pytest.mark.parametrize(
    ("path", "folder", "name"),
    [
        ("x/a.png", None, "x/a.png"),
        ("x\\y\\..\\a.png", None, "x/a.png"),
        ("x/y/a.png", "x", "y/a.png"),
        ("x\\y\\a.png", "x\\", "y/a.png"),
        ("y/a.png", "x", "y/a.png"),
        ("..a/b.png", ".", "..a/b.png"),
        ("x", "x/y", "x"),
        ("/x/a.png", "/x", "a.png"),
        ("/xx/a.png", "/x", "/xx/a.png"),
    ],
)
def test_a_name_below_a_folder(path, folder, name):
    assert relative_name(path, folder) == name


def test_a_name_below_a_folder_of_which_one_is_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert relative_name("x/a.png", os.fspath(tmp_path / "x")) == "a.png"
    assert relative_name(os.fspath(tmp_path / "x" / "a.png"), "x") == "a.png"
    assert relative_name("y/a.png", os.fspath(tmp_path / "x")) == "y/a.png"


def test_metadata_is_the_detections_own():
    detections = sv.Detections(BOXES[:1], class_id=np.array([0]))
    detections.metadata = {"city": np.str_("Bonn"), "n": np.arange(2)}
    assert content([(("a.png", (5, 4)), detections)]).images[0].metadata == {"city": "Bonn", "n": [0, 1]}
    detections.metadata = [1]
    assert content([(("a.png", (5, 4)), detections)]).images[0].metadata == {}


# A dataset that iterates in its own way means what it gives there.


def test_the_pictures_of_a_plain_dataset_are_not_read():
    dataset = sv.DetectionDataset(["dog", "cat", "cow"], ["x/gone.png"], {"x/gone.png": sv.Detections(BOXES[:1], class_id=np.array([0]))})
    (image,) = content(dataset).images
    assert (image.name, image.size, len(image.detections)) == ("gone.png", None, 1)


def test_a_dataset_of_pictures_in_memory_means_what_it_iterates():
    pictures = {"x/a.png": np.zeros((4, 5, 3), np.uint8)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = sv.DetectionDataset(["dog", "cat", "cow"], pictures, {"x/a.png": sv.Detections(BOXES[:1], class_id=np.array([0]))})
    (image,) = content(dataset).images
    assert (image.name, image.size, len(image.detections)) == ("a.png", (5, 4), 1)


@pytest.mark.parametrize("method", ["__iter__", "__getitem__"])
def test_a_dataset_whose_class_gives_its_own(method):
    class Base:
        image_paths = ("a.png",)
        classes = ("dog",)

        def __init__(self):
            self.annotations = {"a.png": None}

    class Own(Base):
        def __getitem__(self, index):
            if index:
                raise IndexError
            return "b.png", np.zeros((4, 5, 3)), None

        if method == "__iter__":

            def __iter__(self):
                return iter([("b.png", np.zeros((4, 5, 3)), None)])

    found = content(Base())
    assert [image.name for image in found.images] == ["a.png"]
    if method == "__iter__":
        assert [(image.name, image.size) for image in content(Own()).images] == [("b.png", (5, 4))]
    else:
        with pytest.raises(TypeError, match="the source is a Own"):
            content(Own())


# Detections.


def test_every_field_of_a_detection():
    masks = np.zeros((3, 4, 5), np.uint8)
    masks[0, 2, 1:4] = 1
    columns = {
        "iscrowd": np.array([0, 1, 0]),
        "xyxyxyxy": np.arange(24.0).reshape(3, 4, 2),
        "note": np.array(["a", "b", "c"]),
        "n": np.array([1, 2, 3]),
        "area": np.array([9.0, 9, 9]),
        "class_name": np.array(["x", "y", "z"]),
        "visibility": np.zeros(3),
        "xyxy": np.zeros((3, 4)),
    }
    found = PlainDetections(BOXES, np.array([1, 2, 0]), masks, np.array([0.5, 0.25, 0.75]), np.array([7, 8, 9]), columns)
    one, two = alone(found)  # the second is a cow, which is dropped
    assert (one.place, one.category, one.category_id, one.class_id) == (0, "cat", 90, 1)
    assert (two.place, two.category, two.category_id, two.class_id) == (2, "dog", 3, 0)
    assert one.box.tolist() == BOXES[0].tolist()
    assert one.box.dtype == np.float64
    assert [(each.area, each.crowd, each.score, each.track_id) for each in (one, two)] == [(6.0, 0, 0.5, 7), (1.0, 0, 0.75, 9)]
    assert two.oriented_box == list(range(16, 24))
    assert two.data == {"note": "c", "n": 3}
    assert (one.keypoints, one.keypoint_scores) == (None, None)
    assert [each.mask.size for each in (one, two)] == [(4, 5)] * 2
    assert one.mask.decode().dtype == np.bool_
    assert np.argwhere(one.mask.decode()).tolist() == [[2, 1], [2, 2], [2, 3]]
    assert not two.mask.decode().any()


def test_what_detections_do_not_have_is_none():
    (one,) = alone(sv.Detections(BOXES[:1].astype(np.float32)))
    assert (one.category, one.category_id, one.class_id, one.score, one.track_id, one.oriented_box, one.mask) == (None,) * 7
    assert (one.crowd, one.area, one.data) == (0, 6.0, {})
    assert alone(sv.Detections.empty()) == ()
    empty = PlainDetections(np.empty((0, 4)), np.empty(0, int), None, None, None, {"xyxyxyxy": np.empty((0, 4, 2))})
    assert alone(empty) == ()


def test_boxes_of_small_integers_do_not_overflow():
    corners = np.array([[[0, 0], [200, 0], [200, 100], [0, 100]]], np.uint8)
    (one,) = alone(PlainDetections(np.array([[0, 0, 200, 100]], np.uint8), np.array([0], np.uint8), data={"xyxyxyxy": corners}))
    assert (one.area, one.box.tolist()) == (20_000, [0, 0, 200, 100])
    assert one.oriented_box == [0, 0, 200, 0, 200, 100, 0, 100]


def test_detections_with_no_more_than_boxes():
    (one,) = alone(SimpleNamespace(xyxy=BOXES[:1]))
    assert (one.class_id, one.mask, one.data) == (None, None, {})
    # What has boxes is no key points, whatever else it has.
    (one,) = alone(SimpleNamespace(xyxy=BOXES[:1], xy=XY[:1]))
    assert (one.box.tolist(), one.keypoints) == (BOXES[0].tolist(), None)


def test_what_becomes_of_a_class():
    def ids(mapping, *classes):
        boxes = np.tile(BOXES[0], (len(classes), 1))
        return [(each.class_id, each.category_id, each.category) for each in alone(PlainDetections(boxes, np.array(classes)), mapping)]

    # named classes: 5 and -1 are none of them
    assert ids(MAPPING, 0, 1, 2, 5, -1) == [(0, 3, "dog"), (1, 90, "cat"), (5, None, None), (-1, None, None)]
    few = ClassMapping.from_names(["dog", "cat", "cow"], ["dog"], drop=["cat"], unmapped="drop")
    assert ids(few, 0, 1, 2, 5) == [(0, 1, "dog"), (5, None, None)]
    # a table of ids: what it has not is unmapped
    table = {7: 1}
    strict = ClassMapping.from_ids(table, {1: "dog"})
    assert ids(strict, 7, 8) == [(7, 1, "dog"), (8, None, None)]
    lax = ClassMapping.from_ids(table, {1: "dog"}, unmapped="drop")
    assert ids(lax, 7, 8, 0, -1) == [(7, 1, "dog"), (-1, None, None)]


def test_categories_are_the_mappings():
    mapping = ClassMapping.from_names(["dog", "cat"], [Category(3, "dog", "animal", ("nose", "tail"), ((1, 2),)), Category(4, "cat")])
    assert content([], mapping).categories == (CategoryOf("dog", 3, "animal", ("nose", "tail"), ((1, 2),)), CategoryOf("cat", 4))
    assert content([], mapping).images == ()


# Masks in every form.

PIXELS = np.array([[0, 0, 0, 0, 0], [0, 1, 1, 0, 0], [0, 1, 0, 0, 1], [0, 0, 0, 0, 1]], bool)
RUNS = np.array([5, 2, 2, 1, 8, 2])
"""The same, column by column, from background on."""


def with_mask(mask, data=None):
    return SimpleNamespace(xyxy=np.tile(BOXES[0], (2, 1)), class_id=np.array([0, 0]), mask=mask, data=data or {})


def pixels_of(found, where=("a.png", (5, 4))):
    return [None if each.mask is None else each.mask.decode().tolist() for each in alone(found, where=where)]


def test_dense_masks_of_any_type():
    for kind in (np.bool_, np.uint8, np.float32):
        assert pixels_of(with_mask(np.stack([PIXELS, ~PIXELS]).astype(kind))) == [PIXELS.tolist(), (~PIXELS).tolist()]


def test_supervisions_compact_masks():
    compact = pytest.importorskip("supervision.detection.compact_mask", reason="newer versions of supervision have it")
    stack = np.stack([PIXELS, np.roll(PIXELS, 1, axis=1)])
    boxes = np.array([[1.0, 1, 4, 3], [0, 1, 2, 3]])
    mask = compact.CompactMask.from_dense(stack, boxes, (4, 5))
    assert pixels_of(with_mask(mask)) == np.asarray(mask).tolist()
    (image,) = content([("gone.png", with_mask(mask))]).images
    assert image.size == (5, 4)


def test_crops():
    class Crops:
        image_shape = (np.int64(4), np.int64(5))
        offsets = np.array([[1, 1], [3, 0]])

        def crop(self, index):
            return [PIXELS[1:3, 1:3], np.ones((2, 1), np.uint8)][index]

    whole = np.zeros((2, 4, 5), bool)
    whole[0, 1:3, 1:3] = PIXELS[1:3, 1:3]
    whole[1, 0:2, 3] = True
    found = alone(with_mask(Crops()))
    assert [each.mask.decode().tolist() for each in found] == whole.tolist()
    assert [each.mask.size for each in found] == [(4, 5)] * 2
    assert found[0].mask.decode().dtype == np.bool_
    assert content([("gone.png", with_mask(Crops()))]).images[0].size == (5, 4)


def test_runs():
    mask = SimpleNamespace(rows=[RUNS, np.array([0, 20])], size=(4, 5))
    found = alone(with_mask(mask))
    assert [each.mask.decode().tolist() for each in found] == [PIXELS.tolist(), np.ones((4, 5)).tolist()]
    assert [each.mask.size for each in found] == [(4, 5)] * 2
    assert content([("gone.png", with_mask(mask))]).images[0].size == (5, 4)


SEGMENTATIONS = [{"size": [4, 5], "counts": RUNS.tolist()}, [[1, 1, 3, 1, 3, 2, 1, 2]]]
RING = np.zeros((4, 5), bool)
RING[1, 1:3] = True


@pytest.mark.parametrize("kind", [list, tuple])
def test_segmentations(kind):
    wanted = [PIXELS.tolist(), RING.tolist()]
    assert pixels_of(with_mask(SimpleNamespace(values=kind(SEGMENTATIONS)))) == wanted
    assert pixels_of(with_mask(None, {"coco_raw_segmentation": np.array([*SEGMENTATIONS, None], object)[:2]})) == wanted
    assert pixels_of(with_mask(SimpleNamespace(values=kind([None, []])))) == [None, None]
    assert pixels_of(with_mask(None, {"coco_raw_segmentation": kind([SEGMENTATIONS[1], None])})) == [RING.tolist(), None]
    # A decoded mask goes before the undecoded.
    both = with_mask(np.stack([PIXELS] * 2), {"coco_raw_segmentation": kind([None, None])})
    assert pixels_of(both) == [PIXELS.tolist()] * 2
    # They say no size of their own, and polygons need one.
    (image,) = content([("gone.png", with_mask(SimpleNamespace(values=kind(SEGMENTATIONS))))]).images
    assert (image.size, [each.mask for each in image.detections]) == (None, [None, None])


@pytest.mark.parametrize(
    ("mask", "shape"), [(np.zeros((4, 5)), "(4, 5)"), (np.zeros((3, 4, 5)), "(3, 4, 5)"), (np.zeros((2, 1, 4, 5)), "(2, 1, 4, 5)")]
)
def test_masks_of_another_form_are_refused(mask, shape):
    with pytest.raises(TypeError) as caught:
        alone(with_mask(mask))
    assert str(caught.value) == (f"mask is a ndarray of shape {shape}; expected (2, height, width), a CompactMask, runs or segmentations")


# Key points.

XY = np.array([[[1.5, 2.0], [0.0, 0.0], [3.0, 1.0]], [[np.nan, 4.0], [5.0, 0.0], [0.0, 6.0]]])


def key_points(**fields):
    return SimpleNamespace(xy=XY, class_id=np.array([0, 1]), **fields)


def test_key_points_and_the_box_around_them():
    one, two = alone(key_points())
    assert one.keypoints == [1.5, 2, 2, 0, 0, 0, 3, 1, 2]
    assert two.keypoints == [0, 0, 0, 5, 0, 2, 0, 6, 2]
    assert [each.box.tolist() for each in (one, two)] == [[1.5, 1, 3, 2], [0, 0, 5, 6]]
    assert [each.area for each in (one, two)] == [1.5, 30]
    assert [each.category_id for each in (one, two)] == [3, 90]
    assert (one.score, one.keypoint_scores, one.mask) == (None, None, None)


def test_flags_are_those_of_the_visibility_else_of_visible():
    seen = np.array([[True, True, False], [False, True, True]])
    one, two = alone(key_points(visible=seen))
    assert (one.keypoints[2::3], two.keypoints[2::3]) == ([2, 0, 1], [0, 2, 2])
    flags = {"visibility": np.array([[0, 1, 2], [0, 0, 0]])}
    one, two = alone(key_points(visible=seen, data=flags))
    assert one.keypoints == [0, 0, 0, 0, 0, 1, 3, 1, 2]
    assert two.keypoints == [0] * 9
    assert one.box.tolist() == [0, 0, 3, 1]
    assert np.isnan(two.box).all()
    assert one.data == {}


def test_a_box_that_is_given_goes_before_the_envelope():
    one, two = alone(key_points(data={"xyxy": BOXES[:2].astype(np.float32).tolist(), "note": ["a", "b"]}))
    assert [each.box.tolist() for each in (one, two)] == BOXES[:2].tolist()
    assert one.box.dtype == np.float64
    assert (one.data, two.data) == ({"note": "a"}, {"note": "b"})


def test_scores_of_key_points():
    of_points = [[0.5, 0.25, 0.75], [1, 1, 0.25]]
    one, two = alone(key_points(keypoint_confidence=of_points))
    assert [each.keypoint_scores for each in (one, two)] == of_points
    assert [each.score for each in (one, two)] == [0.5, 0.75]
    one, two = alone(key_points(keypoint_confidence=np.array(of_points), detection_confidence=[0.125, 1]))
    assert [each.score for each in (one, two)] == [0.125, 1.0]
    one, two = alone(key_points(detection_confidence=np.array([0.125, 1], np.float32)))
    assert [(each.score, each.keypoint_scores) for each in (one, two)] == [(0.125, None), (1.0, None)]


def test_no_key_points():
    assert alone(SimpleNamespace(xy=np.empty((0, 3, 2)), class_id=np.empty(0, int))) == ()
    assert alone(sv.KeyPoints.empty()) == ()
