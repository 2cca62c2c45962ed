"""What is drawn of an annotation, against pycocotools and plain arithmetic; broken rows are drawn as far as they go."""

from __future__ import annotations

import base64
import io
import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as reference

from cocoproof.reading.document import read
from cocoproof.reading.source import read_document
from cocoproof.reports.html.bitmaps import NoBitmap, bitmap_of_runs
from cocoproof.reports.html.shapes import outline_of
from cocoproof.rules.earlier_splits import EarlierSplits
from cocoproof.rules.examples import dataset, keypoint_dataset

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cocoproof.reports.html.shapes import OutlinePath

_RED = (255, 0, 0)


def outline(row: dict[str, Any], make: Callable[..., Any] = dataset, vertices: int = 300) -> OutlinePath:
    coco = read(read_document(make([row]))).dataset
    assert coco is not None
    return outline_of(coco.annotations, coco.categories, 0, vertices, _RED, oriented=coco.oriented)


def picture(uri: str) -> np.ndarray[Any, Any]:
    data = base64.b64decode(uri.removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


@pytest.mark.parametrize("seed", range(20))
def test_a_mask_is_drawn_where_pycocotools_has_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask = rng.random((rng.integers(1, 60), rng.integers(1, 60))) < 0.4
    mask[0, 0] = True
    coded = reference.encode(np.asfortranarray(mask.astype(np.uint8)))
    drawn = outline({"segmentation": {"size": coded["size"], "counts": coded["counts"].decode()}})
    assert drawn.bitmap is not None
    pixels = picture(drawn.bitmap.uri)
    left, top, right, bottom = (int(value) for value in drawn.bitmap.extent)
    found = np.zeros_like(mask)
    found[top:bottom, left:right] = pixels[: bottom - top, : right - left, 3] > 0
    assert (found == mask).all()
    assert [left, top, right - left, bottom - top] == reference.toBbox(coded).tolist()


def test_a_large_mask_is_reduced_and_keeps_its_place() -> None:
    mask = np.zeros((3000, 4000), np.uint8)
    mask[700:2300, 1000:3001] = 1
    coded = reference.encode(np.asfortranarray(mask))
    drawn = outline({"segmentation": {"size": coded["size"], "counts": coded["counts"].decode()}})
    assert drawn.bitmap is not None
    assert len(drawn.bitmap.uri) < 2000
    height, width = picture(drawn.bitmap.uri).shape[:2]
    assert max(height, width) <= 320
    left, top, right, bottom = drawn.bitmap.extent
    assert (left, top) == (1000, 700)
    assert 0 <= right - 3001 < 8
    assert 0 <= bottom - 2300 < 8


@pytest.mark.parametrize(
    ("counts", "size", "said"),
    [
        ([20, 30], [48, 64], "do not sum"),
        ([20, 10**15], [48, 64], "do not sum"),
        ([20, -5, 30], [48, 64], "negative"),
        ([0, 3072, 5], [48, 64], "do not sum"),
    ],
)
def test_an_unsound_mask_is_drawn_as_far_as_it_goes(counts: list[int], size: list[int], said: str) -> None:
    bitmap, remark = bitmap_of_runs(np.array(counts), np.array(size), _RED)
    assert said in (remark or "")
    assert bitmap is None or bitmap.extent[3] <= 48


@pytest.mark.parametrize("size", [[0, 5], [5, -1], [2**31, 2**31], [2**62, 2**62], [10**5, 10**5]])
def test_a_mask_of_an_impossible_size_is_not_unpacked(size: list[int]) -> None:
    with pytest.raises(NoBitmap):
        bitmap_of_runs(np.array([1, 2]), np.array(size), _RED)


def test_polygons_are_paths_through_their_vertices() -> None:
    drawn = outline({"segmentation": [[4, 5, 24.25, 5, 24, 21], [30, 30, 40, 30, 40, 40.04]]})
    rings = [stroke.path for stroke in drawn.strokes if stroke.part == "ring"]
    assert rings == ["M4 5l20.2 0 -0.2 16z", "M30 30l10 0 0 10z"]
    assert drawn.extent == (4, 5, 40, 40.04)


def test_a_box_is_a_path_even_without_a_width() -> None:
    assert [stroke.path for stroke in outline({"bbox": [4.125, 5, 0, 16], "segmentation": []}).strokes] == ["M4.12 5h0v16H4.12z"]


def test_keypoints_by_visibility_and_bones_between_labelled_ones() -> None:
    drawn = outline({"keypoints": [5, 6, 2, 10, 12, 1, 0, 0, 0], "num_keypoints": 2}, keypoint_dataset)
    parts = {stroke.part: stroke.path for stroke in drawn.strokes}
    assert parts["seen"] == "M5 6h0"
    assert parts["hidden"] == "M10 12h0"
    assert "stray" not in parts
    assert parts["bones"] == "M5 6L10 12"
    stray = outline({"keypoints": [5, 6, 0, 10, 12, 1, 7, 8, 2], "num_keypoints": 2}, keypoint_dataset)
    assert {stroke.part: stroke.path for stroke in stray.strokes}["stray"] == "M5 6h0"


@pytest.mark.parametrize(
    ("row", "remark"),
    [
        ({"bbox": "text"}, "box is not drawn"),
        ({"bbox": [1, 2, 3]}, "box is not drawn"),
        ({"bbox": [1, 2, -3, 4]}, "a side is negative"),
        ({"segmentation": "text"}, "segmentation is not drawn"),
        ({"segmentation": [[1, 2, 3, 4, 5, 6, 7]]}, "odd number"),
        ({"segmentation": {"size": [48, 64], "counts": "\x00"}}, "mask is not drawn"),
        ({"segmentation": {"size": [0, 0], "counts": [0]}}, "mask is not drawn"),
        ({"segmentation": [[1, 2, 3, 4, 5, 6]] * 150}, "150, of which 100 are drawn"),
        ({"segmentation": [[float(k % 97) for k in range(4000)]]}, "one vertex in 7"),
    ],
)
def test_what_cannot_be_drawn_is_said(row: dict[str, Any], remark: str) -> None:
    assert any(remark in said for said in outline(row).remarks)


@pytest.mark.parametrize("value", [1e308, -1e308, 1e18, 2.0**1000, 1e-300])
def test_numbers_of_any_size_make_short_paths(value: float) -> None:
    drawn = outline({"bbox": [value, -value, value, value], "segmentation": [[value, 1, 2, -value, 3, value]]})
    for stroke in drawn.strokes:
        assert re.fullmatch(r"[MLlhvHz0-9 .-]*", stroke.path)
        assert len(stroke.path) < 100
    assert drawn.extent is None or np.isfinite(drawn.extent).all()


def _views(page: str) -> list[tuple[str, list[float]]]:
    found = re.findall(r'<svg class="view[^"]*" viewBox="([^"]+)" role="img" aria-label="([^"]+)"', page)
    return [(label, [float(part) for part in box.split()]) for box, label in found]


def _page(page: Callable[..., str], folder: Path, document: Any, **options: Any) -> str:
    path = folder / "a.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return page(path, **options)


def test_the_picture_of_a_box_off_the_image_shows_both(page: Callable[..., str], tmp_path: Path) -> None:
    text = _page(page, tmp_path, dataset([{"bbox": [200, 100, 20, 16], "segmentation": []}]))
    (section,) = re.findall(r'id="file-1-COCO503".*?</section>', text, re.DOTALL)
    (_, (left, top, width, height)) = _views(section)[-1]
    assert left <= 0
    assert top <= 0
    assert left + width >= 220
    assert top + height >= 116
    assert '<rect class="frame" width="64" height="48"/>' in section


def test_a_small_box_has_a_close_up_with_the_box_in_it(page: Callable[..., str], tmp_path: Path) -> None:
    row = {"bbox": [500, 300, 0, 16], "segmentation": []}
    text = _page(page, tmp_path, dataset([row], images=[{"width": 1000, "height": 800}]))
    (section,) = re.findall(r'id="file-1-COCO501".*?</section>', text, re.DOTALL)
    (close, (left, top, width, height)), (whole, frame) = _views(section)
    assert (close, whole) == ("close-up", "the complete image")
    assert left < 500 < left + width
    assert top < 300 < 316 < top + height
    assert width < 100
    assert width / height == pytest.approx(4 / 3, rel=0.01)
    assert frame == [-20, -20, 1040, 840]


def test_a_copy_is_drawn_with_its_original(page: Callable[..., str], tmp_path: Path) -> None:
    same = {"bbox": [4, 5, 20, 16], "segmentation": [[4, 5, 24, 5, 24, 21, 4, 21]]}
    text = _page(page, tmp_path, dataset([{}, same]))
    (section,) = re.findall(r'id="file-1-COCO206".*?</section>', text, re.DOTALL)
    assert '<g class="other">' in section
    assert section.index('<g class="other">') < section.index('<g class="subject">')  # the one at fault lies on top


def test_what_lies_on_an_image_does_not_make_its_picture_larger(page: Callable[..., str], tmp_path: Path) -> None:
    row = {"bbox": [500, 300, 40, 40], "segmentation": [], "image_id": 2}
    text = _page(page, tmp_path, dataset([row], images=[{}, {"file_name": "1.jpg"}]))
    (section,) = re.findall(r'id="file-1-COCO205".*?</section>', text, re.DOTALL)
    assert '<g class="context"><path class="halo box" d="M500 300h40v40H500z"/>' in section
    assert [box for _, box in _views(section)] == [[-1.28, -1.28, 66.56, 50.56]] * 2  # the image, and the other one


def test_thumbnails_are_those_of_the_files(page: Callable[..., str], tmp_path: Path) -> None:
    colours = {"1.jpg": (200, 30, 40), "2.jpg": (20, 160, 60)}
    for name, colour in colours.items():
        Image.new("RGB", (64, 48), colour).save(tmp_path / name)
    rows = [{"bbox": [4, 5, 0, 16]}, {"bbox": [4, 5, 0, 16], "image_id": 2}]
    text = _page(page, tmp_path, dataset(rows, images=[{}, {"file_name": "2.jpg"}]), images=tmp_path)
    thumbnails = re.findall(r'<image id="thumbnail-\d+" x="0" y="0" width="64" height="48" [^>]*href="data:image/\w+;base64,([^"]+)"', text)
    assert len(thumbnails) == 2
    for photo, colour in zip(thumbnails, colours.values(), strict=True):
        mean = np.asarray(Image.open(io.BytesIO(base64.b64decode(photo))).convert("RGB")).mean((0, 1))
        assert np.abs(mean - colour).max() < 12


def test_a_picture_of_another_size_is_shown_with_the_stated_frame(page: Callable[..., str], tmp_path: Path) -> None:
    Image.new("RGB", (100, 80)).save(tmp_path / "1.jpg")
    text = _page(page, tmp_path, dataset([{"bbox": [4, 5, 0, 16]}]), images=tmp_path)
    assert "The image file is 100 x 80 px. The dashed frame is the size in the dataset, 64 x 48." in text
    assert '<rect class="stated" width="64" height="48"/>' in text


def test_a_turned_picture_is_shown_as_the_file_states_it(page: Callable[..., str], tmp_path: Path) -> None:
    stored = Image.new("RGB", (48, 64), (0, 0, 255))
    stored.paste((255, 0, 0), (0, 0, 48, 32))  # red above, blue below; turned by EXIF 6 red comes to the right
    exif = Image.Exif()
    exif[274] = 6
    stored.save(tmp_path / "1.png", exif=exif)
    text = _page(page, tmp_path, dataset([{"bbox": [4, 5, 0, 16]}], images=[{"file_name": "1.png"}]), images=tmp_path)
    assert "with its EXIF orientation applied" in text
    (photo,) = re.findall(r'<image id="thumbnail-1" [^>]*href="data:image/\w+;base64,([^"]+)"', text)
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(photo))).convert("RGB"))
    assert pixels.shape[:2] == (48, 64)
    assert pixels[:, :20, 2].mean() > 200 > 60 > pixels[:, -20:, 2].mean()


@pytest.mark.parametrize(("size", "rule"), [((640, 480), "is in two splits"), ((320, 240), "looks like")])
def test_an_image_that_stands_in_two_splits_is_shown_beside_the_other(
    page: Callable[..., str], tmp_path: Path, size: tuple[int, int], rule: str
) -> None:
    rng = np.random.default_rng(3)
    photo = Image.fromarray(rng.integers(0, 256, (6, 8, 3), np.uint8)).resize((640, 480), Image.Resampling.BICUBIC)
    photo.save(tmp_path / "train.png")
    photo.resize(size).save(tmp_path / "val.png")
    paths = []
    for k, name in enumerate(("train", "val")):
        document = dataset([{"image_id": k + 1}], images=[{"id": k + 1, "file_name": f"{name}.png", "width": 64, "height": 48}])
        paths.append(tmp_path / f"{name}.json")
        paths[-1].write_text(json.dumps(document), encoding="utf-8")
    text = page(*paths, images=tmp_path, splits=EarlierSplits(similar=True))
    (section,) = re.findall(r'id="file-2-COCO851".*?</section>', text, re.DOTALL)
    assert rule in section
    shown = re.findall(r'aria-label="([^"]+)">\s*<rect class="paper" width="(\d+)" [^>]*>\s*<use href="#thumbnail-(\d+)"', section)
    assert [(title, width) for title, width, _ in shown] == [("the complete image", str(size[0])), (f"in {str(paths[0])[-60:]}", "640")]
    assert shown[0][2] != shown[1][2]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("../1.png", None),
        ("absent.png", None),
        ("empty.png", b""),
        ("text.png", b"no picture"),
        ("cut.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x40\0\0\0\x30\x08\x02\0\0\0"),
    ],
)
def test_a_picture_that_cannot_be_shown_is_an_empty_canvas(
    page: Callable[..., str], tmp_path: Path, name: str, content: bytes | None
) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    Image.new("RGB", (64, 48)).save(tmp_path / "1.png")
    if content is not None:
        (folder / name).write_bytes(content)
    text = _page(page, tmp_path, dataset([{"bbox": [4, 5, 0, 16]}], images=[{"file_name": name}]), images=folder)
    assert "The image is not shown: " in text
    assert "thumbnail-1" not in text
    assert '<rect class="paper" width="64" height="48"/>' in text


@pytest.mark.parametrize("box", [[30, 4, 44, 18, 30, 32, 16, 18], [30, 18, 28 / 2**0.5, 28 / 2**0.5, np.pi / 4]])
def test_a_turned_box_is_drawn_with_a_mark_at_its_first_edge(box: list[float]) -> None:
    drawn = outline({"obb": box, "bbox": [20, 8, 20, 20], "segmentation": []})
    assert [(stroke.part, stroke.path) for stroke in drawn.strokes] == [
        ("box", "M20 8h20v20H20z"),
        ("turned", "M30 4l14 14 -14 14 -14 -14zM37 11L35.25 12.75"),
    ]
    assert drawn.extent == pytest.approx((16, 4, 44, 32))


def test_a_malformed_turned_box_is_a_remark() -> None:
    drawn = outline({"obb": [1, 2, 3], "segmentation": []})
    assert [stroke.part for stroke in drawn.strokes] == ["box"]
    assert drawn.remarks == ("oriented box is not drawn: it is neither four corners nor centre, size and angle",)


def test_a_box_of_five_numbers_is_drawn_turned_with_its_envelope() -> None:
    drawn = outline({"bbox": [30, 18, 20, 10, 90], "segmentation": [], "area": 200})
    assert [stroke.part for stroke in drawn.strokes] == ["box", "turned"]
    assert drawn.extent == pytest.approx((25, 8, 35, 28))
