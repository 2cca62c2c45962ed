"""Every form that a source may have; names, sizes, and what COCO has no field for."""

from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import supervision as sv
from PIL import Image

from cocoproof import ClassMapping
from cocoproof.export import ExportError, ImageInfo, PlainDetections, Skeleton, export_coco

ONE = ClassMapping.from_names(["thing"])


def picture(path, width=40, height=30, **further):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros((height, width, 3), np.uint8)).save(path, **further)
    return path


def images_of(coco):
    return [(row["id"], row["file_name"], row["width"], row["height"]) for row in coco.dataset["images"]]


def test_images_in_every_form(tmp_path, load, plain, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pixels = np.zeros((30, 40, 3), np.uint8)
    picture(tmp_path / "sub" / "a.png")

    def source():
        yield "sub/a.png", plain()
        yield ("b.png", pixels), plain()
        yield ("c.png", pixels[:, :, 0]), None
        yield ("d.png", (40, 30)), sv.Detections.empty()
        yield ImageInfo("e.png", 40, 30, {"license": 3}), plain()
        yield "f.png", pixels, plain()
        yield ("sub\\g.png", [40, 30]), plain()

    report = export_coco(source(), "out.json", mapping=ONE)
    coco = load(tmp_path / "out.json")
    names = ["sub/a.png", "b.png", "c.png", "d.png", "e.png", "f.png", "sub/g.png"]
    assert images_of(coco) == [(number, name, 40, 30) for number, name in enumerate(names, 1)]
    assert coco.imgs[5]["license"] == 3
    assert [row["image_id"] for row in coco.anns.values()] == [1, 2, 5, 6, 7]
    assert list(coco.anns) == [1, 2, 3, 4, 5]
    assert (report.images, report.annotations, report.next_image_id, report.next_annotation_id) == (7, 5, 8, 6)


def test_names_are_relative_to_the_folder(tmp_path, load, plain, monkeypatch):
    monkeypatch.chdir(tmp_path)
    paths = [picture(tmp_path / "data" / "x" / "1.png"), picture(tmp_path / "data" / "y" / "1.png")]
    source = [(path, plain()) for path in paths]
    for folder in (tmp_path / "data", "data", "./data/"):
        export_coco(source, "out.json", mapping=ONE, images_dir=folder)
        assert [row[1] for row in images_of(load(tmp_path / "out.json"))] == ["x/1.png", "y/1.png"]
    relative = [
        ("data/x/1.png", plain()),
        (
            ("given.png", (4, 3)),
            plain(),
        ),
    ]
    export_coco(relative, "out.json", mapping=ONE, images_dir="data")
    assert [row[1] for row in images_of(load(tmp_path / "out.json"))] == ["x/1.png", "given.png"]
    with pytest.raises(ExportError, match="not below the folder of images"):
        export_coco(source, "out.json", mapping=ONE, images_dir=tmp_path / "data" / "x")
    with pytest.raises(ExportError, match="not below the folder of images"):
        export_coco(source, "out.json", mapping=ONE, images_dir=tmp_path / "dat")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".gif", ".webp", ".tiff"])
def test_sizes_come_from_headers(suffix, tmp_path, load, plain):
    path = picture(tmp_path / f"a{suffix}", 37, 19)
    whole = path.read_bytes()
    if suffix in {".png", ".jpg", ".bmp"}:
        path.write_bytes(whole[:-20])  # it cannot be decoded any more
    export_coco([(path, plain())], tmp_path / "out.json", mapping=ONE, images_dir=tmp_path)
    assert images_of(load(tmp_path / "out.json"))[0][2:] == (37, 19)


def test_exif_orientation_is_a_choice(tmp_path, load, plain):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = picture(tmp_path / "a.jpg", 40, 30, exif=exif)
    out = tmp_path / "out.json"
    for orientation, size in (("stored", (40, 30)), ("exif", (30, 40))):
        export_coco([(path, plain())], out, mapping=ONE, images_dir=tmp_path, orientation=orientation)
        assert images_of(load(out))[0][2:] == size
    turned = plain(mask=np.ones((1, 40, 30), bool))
    with pytest.raises(ExportError, match="pass orientation='exif'"):
        export_coco([(path, turned)], out, mapping=ONE, images_dir=tmp_path)
    export_coco([(path, turned)], out, mapping=ONE, images_dir=tmp_path, orientation="exif")


def test_everything_a_detection_holds_is_kept_under_its_key(tmp_path, load):
    corners = np.arange(16, dtype=np.float32).reshape(2, 4, 2)
    found = sv.Detections(
        xyxy=np.array([[1, 2, 11, 22], [0.1, 0.2, 5.5, 6.25]], np.float32),
        class_id=np.array([0, 0]),
        confidence=np.array([0.9, 0.25], np.float32),
        tracker_id=np.array([7, 8]),
        data={
            "xyxyxyxy": corners,
            "class_name": np.array(["stale", "stale"]),
            "area": np.array([-5.0, 1e9]),
            "color": np.array(["réd", "blue"]),
            "depth": np.array([1.5, 2.5], np.float16),
            "flags": np.array([[True, False], [False, False]]),
            "free": [None, {"a": [np.int64(1), "x"]}],
        },
    )
    report = export_coco([(("a.png", (40, 30)), found)], tmp_path / "out.json", mapping=ONE)
    first, second = load(tmp_path / "out.json").dataset["annotations"]
    assert first["score"] == float(np.float32(0.9))
    assert (first["track_id"], second["track_id"]) == (7, 8)
    assert second["obb"] == list(range(8, 16))
    assert first["attributes"] == {"color": "réd", "depth": 1.5, "flags": [True, False], "free": None}
    assert second["attributes"] == {"color": "blue", "depth": 2.5, "flags": [False, False], "free": {"a": [1, "x"]}}
    x, y, width, height = second["bbox"]
    assert (x, y) == (float(np.float32(0.1)), float(np.float32(0.2)))
    assert (width, height) == (5.5 - x, 6.25 - y)
    assert second["area"] == width * height
    assert "stale" not in (tmp_path / "out.json").read_text()
    assert report.annotations == 2
    export_coco([(("a.png", (40, 30)), found)], tmp_path / "out.json", mapping=ONE, attributes=["color"])
    assert load(tmp_path / "out.json").anns[1]["attributes"] == {"color": "réd"}


def test_float64_boxes_come_back_within_a_rounding(tmp_path, load):
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 1e4, (500, 2))
    xyxy = np.concatenate([corner, corner + 10 ** rng.uniform(-6, 8, (500, 2))], axis=1)
    xyxy[0] = [2**24 + 1, 0, 2**24 + 3, 1]
    export_coco([(("a.png", (40, 30)), PlainDetections(xyxy, np.zeros(500, int)))], tmp_path / "out.json", mapping=ONE)
    back = np.array([row["bbox"] for row in load(tmp_path / "out.json").dataset["annotations"]])
    assert np.array_equal(back[:, :2], xyxy[:, :2])
    assert np.array_equal(back[:, 2:], xyxy[:, 2:] - xyxy[:, :2])


def test_the_caller_s_arrays_are_not_changed(tmp_path, plain):
    boxes = np.array([[-0.0, 2, 11, 22]])
    masks = np.ones((1, 30, 40), bool)
    found = plain(boxes, mask=masks)
    for array in (boxes, masks, found.class_id):
        array.flags.writeable = False
    for options in ({"boxes": "mask", "min_iou": 0.5}, {"masks": "none"}):
        export_coco([(("a.png", (40, 30)), found)], tmp_path / "out.json", mapping=ONE, **options)
        assert "-0" not in (tmp_path / "out.json").read_text()
    export_coco([(("a.png", (40, 30)), plain(boxes))], tmp_path / "out.json", mapping=ONE)
    assert "-0" not in (tmp_path / "out.json").read_text()


def test_a_generator_may_fill_the_same_arrays_again(tmp_path, load):
    boxes, ids, scores = np.zeros((1, 4)), np.zeros(1, int), np.zeros(1)

    def source():
        for number in range(3):
            boxes[:] = [number, 0, number + 1, 2]
            scores[:] = number / 4
            yield (f"{number}.png", (40, 30)), PlainDetections(boxes, ids, confidence=scores)

    export_coco(source(), tmp_path / "out.json", mapping=ONE)
    rows = load(tmp_path / "out.json").dataset["annotations"]
    assert [(row["image_id"], row["bbox"], row["score"]) for row in rows] == [(n + 1, [n, 0, 1, 2], n / 4) for n in range(3)]


def test_batches_and_single_images_write_the_same(tmp_path, load, mapping, plain):
    """Boxes in batches, between images that cannot be batched and batches in which something is wrong or dropped."""
    rng = np.random.default_rng(0)
    items = []
    for number in range(400):
        corner = rng.uniform(0, 20, (rng.integers(0, 40), 2))
        classes = rng.integers(0, 4 if number == 330 else 3, len(corner))
        further = {"data": {"n": np.full(len(corner), number)}} if number % 150 == 7 else {}
        boxes = np.concatenate([corner, corner + 5], axis=1)
        if number == 380 and len(boxes):
            boxes[0, 2] = np.nan
        items.append(((f"{number}.png", (40, 30)), plain(boxes, classes, **further)))
    expected = [
        (image_id, category, [x, y, right - x, bottom - y])
        for image_id, (_, found) in enumerate(items, 1)
        for (x, y, right, bottom), category in zip(found.xyxy.tolist(), [[3, 1, 2, None][one] for one in found.class_id], strict=True)
        if category is not None and right == right
    ]
    report = export_coco(items, tmp_path / "out.json", mapping=mapping, on_error="skip")
    rows = load(tmp_path / "out.json").dataset["annotations"]
    assert [(row["image_id"], row["category_id"], row["bbox"]) for row in rows] == expected
    assert [row["id"] for row in rows] == list(range(1, len(expected) + 1))
    assert report.annotations == len(expected) == sum(row.written for row in report.classes)
    assert report.left_out == {"box-not-finite": 1}
    assert report.dropped["tree"] > 0
    assert (report.examples[0].image, report.examples[0].detection) == ("380.png", 0)


class TestDataset:
    @pytest.fixture
    def dataset(self, tmp_path):
        paths = [str(picture(tmp_path / "im" / f"{name}.png")) for name in ("x/1", "y/1")]
        found = {path: sv.Detections(np.array([[1.0, 2, 11, 22]]), class_id=np.array([number])) for number, path in enumerate(paths)}
        return sv.DetectionDataset(["dog", "person"], paths, found)

    def test_names_are_relative_to_the_common_folder_and_nothing_is_decoded(self, dataset, tmp_path, load, monkeypatch):
        monkeypatch.setattr(sv.DetectionDataset, "_get_image", None)
        mapping = ClassMapping.from_names(dataset.classes, ["person", "dog"])
        seen = []
        export_coco(dataset, tmp_path / "out.json", mapping=mapping, progress=lambda done, total: seen.append((done, total)))
        coco = load(tmp_path / "out.json")
        assert [row[1] for row in images_of(coco)] == ["x/1.png", "y/1.png"]
        assert [row["category_id"] for row in coco.dataset["annotations"]] == [2, 1]
        assert seen == [(1, 2), (2, 2)]

    def test_a_mapping_that_names_classes_otherwise_is_refused(self, dataset, tmp_path):
        mapping = ClassMapping.from_names(["person", "dog"])
        with pytest.raises(ExportError, match="the dataset calls class 0 'dog', the mapping 'person'"):
            export_coco(dataset, tmp_path / "out.json", mapping=mapping)

    @pytest.mark.parametrize("method", ["__iter__", "__getitem__"])
    def test_a_subclass_that_gives_other_things_is_asked_for_them(self, method, dataset, tmp_path, load):
        class Swapped(sv.DetectionDataset):
            def __iter__(self):
                for path, image, found in super().__iter__():
                    yield path, image, self.swap(found) if method == "__iter__" else found

            def __getitem__(self, i):
                path, image, found = super().__getitem__(i)
                return path, image, self.swap(found) if method == "__getitem__" else found

            def swap(self, found):
                found = found[:]
                found.class_id = 1 - found.class_id
                return found

        swapped = Swapped(dataset.classes, dataset.image_paths, dataset.annotations)
        mapping = ClassMapping.from_names(["person", "dog"])
        export_coco(swapped, tmp_path / "out.json", mapping=mapping)
        coco = load(tmp_path / "out.json")
        assert [row["category_id"] for row in coco.dataset["annotations"]] == [2, 1]
        assert images_of(coco) == [(1, "x/1.png", 40, 30), (2, "y/1.png", 40, 30)]

    @pytest.mark.filterwarnings("ignore:.*deprecated.*")
    def test_pictures_in_memory_have_their_sizes(self, tmp_path, load):
        found = {"a.png": sv.Detections(np.array([[1.0, 2, 11, 22]]), class_id=np.array([0]))}
        dataset = sv.DetectionDataset(["thing"], {"a.png": np.zeros((30, 40, 3), np.uint8)}, found)
        export_coco(dataset, tmp_path / "out.json", mapping=ONE)
        assert images_of(load(tmp_path / "out.json")) == [(1, "a.png", 40, 30)]

    def test_segmentations_that_supervision_did_not_decode_are_kept(self, tmp_path, load):
        ring = [1.5, 2.5, 20.25, 3.0, 9.0, 17.5]
        found = sv.Detections(
            np.array([[1.0, 2, 11, 22]]), class_id=np.array([0]), data={"coco_raw_segmentation": np.array([[ring], None], object)[:1]}
        )
        export_coco([(("a.png", (40, 30)), found)], tmp_path / "out.json", mapping=ONE)
        row = load(tmp_path / "out.json").anns[1]
        assert row["segmentation"] == [ring]
        assert "attributes" not in row


class TestKeyPoints:
    XY = np.array([[[10, 20], [30, 40], [0, 0], [np.nan, 1]], [[1, 2], [3, 4], [5, 6], [7, 9]]], np.float64)
    SKELETON = Skeleton(("nose", "eye", "ear", "tail"), ((1, 2), (2, 3)))

    def export(self, points, path, **further):
        return export_coco([(("a.png", (100, 80)), points)], path, mapping=ONE, skeletons=self.SKELETON, **further)

    def test_flags_boxes_and_scores(self, tmp_path, load):
        points = sv.KeyPoints(
            xy=self.XY,
            class_id=np.array([0, 0]),
            visible=np.array([[True, False, True, True]] * 2),
            keypoint_confidence=np.full((2, 4), 0.5),
            detection_confidence=np.array([0.75, 0.25]),
            data={"side": ["l", "r"]},
        )
        self.export(points, tmp_path / "out.json")
        coco = load(tmp_path / "out.json")
        first, second = coco.dataset["annotations"]
        assert first["keypoints"] == [10, 20, 2, 30, 40, 1, 0, 0, 0, 0, 0, 0]
        assert (first["num_keypoints"], first["bbox"], first["area"]) == (2, [10, 20, 20, 20], 400)
        assert (second["num_keypoints"], second["bbox"]) == (4, [1, 2, 6, 7])
        assert (first["score"], first["keypoint_scores"], first["attributes"]) == (0.75, [0.5] * 4, {"side": "l"})
        category = coco.cats[1]
        assert category == {"id": 1, "name": "thing", "keypoints": ["nose", "eye", "ear", "tail"], "skeleton": [[1, 2], [2, 3]]}

    def test_older_names_of_scores(self, tmp_path, load):
        points = SimpleNamespace(xy=self.XY, class_id=np.array([0, 0]), confidence=np.array([[0.0, 1, 0, 1], [1, 1, 1, 1]]))
        self.export(points, tmp_path / "out.json")
        assert [row["score"] for row in load(tmp_path / "out.json").dataset["annotations"]] == [0.5, 1.0]

    def test_the_source_s_own_flags_and_boxes(self, tmp_path, load):
        data = {"visibility": np.array([[2, 1, 0, 0], [0, 2, 1, 2]]), "xyxy": np.array([[0.0, 0, 50, 60]] * 2)}
        points = sv.KeyPoints(xy=np.nan_to_num(self.XY), class_id=np.array([0, 0]), data=data)
        self.export(points, tmp_path / "out.json")
        first, second = load(tmp_path / "out.json").dataset["annotations"]
        assert first["keypoints"][2::3] == [2, 1, 0, 0]
        assert second["keypoints"] == [0, 0, 0, 3, 4, 2, 5, 6, 1, 7, 9, 2]
        assert (second["num_keypoints"], second["bbox"]) == (3, [0, 0, 50, 60])
        assert "score" not in first

    def test_an_image_whose_every_detection_is_skipped(self, tmp_path):
        """Seen on a real file whose category defines no keypoints: reshaping no rows cannot infer a length."""
        points = sv.KeyPoints(xy=self.XY, class_id=np.array([0, 0]))
        report = export_coco([(("a.png", (100, 80)), points)], tmp_path / "out.json", mapping=ONE, on_error="skip")
        document = json.loads((tmp_path / "out.json").read_text())
        assert len(document["images"]) == 1
        assert document["annotations"] == []
        assert sum(report.left_out.values()) == 2

    def test_what_cannot_be(self, tmp_path):
        path = tmp_path / "out.json"
        points = sv.KeyPoints(xy=self.XY, class_id=np.array([0, 0]))
        with pytest.raises(ExportError, match=r"4 keypoints, but category 'thing' defines none; give skeletons="):
            export_coco([(("a.png", (100, 80)), points)], path, mapping=ONE)
        with pytest.raises(ExportError, match="4 keypoints, but category 'thing' defines 2"):
            export_coco([(("a.png", (100, 80)), points)], path, mapping=ONE, skeletons={"thing": Skeleton(("a", "b"))})
        with pytest.raises(ExportError, match="'thin', which is not a category; did you mean 'thing'"):
            export_coco([], path, mapping=ONE, skeletons={"thin": self.SKELETON})
        with pytest.raises(ExportError, match="detection 0: no keypoint is labelled"):
            self.export(sv.KeyPoints(xy=np.zeros((1, 4, 2)), class_id=np.array([0])), path)
        bad = self.XY.copy()
        bad[1, 2, 0] = np.inf
        with pytest.raises(ExportError, match="detection 1: the keypoints"):
            self.export(sv.KeyPoints(xy=bad, class_id=np.array([0, 0]), data={"xyxy": np.ones((2, 4)) * [1, 1, 2, 2]}), path)
        with pytest.raises(ExportError, match="holds 3; expected 0, 1 or 2"):
            self.export(sv.KeyPoints(xy=self.XY, class_id=np.array([0, 0]), data={"visibility": np.full((2, 4), 3)}), path)
        assert list(tmp_path.iterdir()) == []
        self.export(sv.KeyPoints(xy=np.empty((0, 0, 2))), path)
        self.export(sv.KeyPoints.empty(), path)


def test_neither_supervision_nor_pillow_is_imported_unless_it_is_needed(tmp_path):
    code = (
        "import sys, json, numpy as np\n"
        "from cocoproof.export import PlainDetections, export_coco\n"
        "from cocoproof import ClassMapping\n"
        "found = PlainDetections(np.array([[1.0, 2, 3, 4]]), np.array([0]))\n"
        f"export_coco([(('a.png', (9, 9)), found)], {str(tmp_path / 'o.json')!r}, mapping=ClassMapping.from_names(['thing']))\n"
        "print(json.dumps(sorted({'supervision', 'PIL', 'cv2', 'cocoproof.api'} & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert json.loads(done.stdout) == []


def test_without_pillow_common_formats_have_their_size_and_the_error_of_others_names_the_extra(tmp_path, plain, load, monkeypatch):
    picture(tmp_path / "a.jpg", 40, 30)
    picture(tmp_path / "a.jp2", 40, 30)
    monkeypatch.setitem(sys.modules, "PIL", None)
    export_coco([(tmp_path / "a.jpg", plain())], tmp_path / "out.json", mapping=ONE, images_dir=tmp_path)
    (image,) = load(tmp_path / "out.json").imgs.values()
    assert (image["width"], image["height"]) == (40, 30)
    with pytest.raises(ImportError, match=r"a\.jp2.* pip install 'cocoproof\[images\]'"):
        export_coco([(tmp_path / "a.jp2", plain())], tmp_path / "out.json", mapping=ONE, images_dir=tmp_path)


def test_a_turned_tiff_is_stored_as_its_fields_say(tmp_path, plain, load):
    """Pillow hands out TIFF files turned, unlike others: its size is not the stored one."""
    exif = Image.Exif()
    exif[0x0112] = 6
    path = picture(tmp_path / "a.tif", 40, 30, exif=exif)
    for orientation, size in (("stored", (40, 30)), ("exif", (30, 40))):
        export_coco([(path, plain())], tmp_path / "out.json", mapping=ONE, images_dir=tmp_path, orientation=orientation)
        (image,) = load(tmp_path / "out.json").imgs.values()
        assert (image["width"], image["height"]) == size
