"""COCO810 on images of every sort, compared with what `cv2.imread` and Pillow return here for the same files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageOps

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.checking.image_sources import ImageOptions
from cocoproof.images import dataset_files
from cocoproof.images.decode_messages import DecodeFailed, Measured, UndecodableReply
from cocoproof.images.pillow_reader import through_pillow
from cocoproof.images.root import open_root
from cocoproof.images.scan import scan
from cocoproof.model.findings import FileReport, RuleResult, Verdict
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading.source import read_document
from cocoproof.rules.catalogue import find
from cocoproof.rules.examples import dataset

if TYPE_CHECKING:
    from pathlib import Path

cv2 = pytest.importorskip("cv2")
from cocoproof.images import opencv_view  # noqa: E402

HEIGHT, WIDTH = 48, 64
RULES = (*find("COCO802"), *find("COCO804"), *find("COCO810"))


def colours() -> np.ndarray:
    """A smooth image without symmetry, uint8, shape (48, 64, 3)."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.stack([x * 4, y * 5, (x + 2 * y) % 160], axis=-1).astype(np.uint8)


def written(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def turned(orientation: int) -> dict[str, bytes]:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(colours())
    out = {f"exif{orientation}.jpg": written(image, "JPEG", exif=exif), f"exif{orientation}.png": written(image, "PNG", exif=exif)}
    return out | {
        f"exif{orientation}.webp": written(image, "WEBP", exif=exif, lossless=True),
        f"exif{orientation}.tif": written(image, "TIFF", exif=exif),
    }


def plain() -> dict[str, bytes]:
    """Images that both libraries read alike, in all releases that were tried."""
    image = Image.fromarray(colours())
    alpha = Image.fromarray(
        np.dstack([colours(), np.arange(HEIGHT * WIDTH, dtype=np.uint16).reshape(HEIGHT, WIDTH) % 256]).astype(np.uint8)
    )
    palette = image.convert("P", palette=Image.Palette.ADAPTIVE)
    ok, deep = cv2.imencode(".png", np.dstack([np.arange(HEIGHT * WIDTH, dtype=np.uint16).reshape(HEIGHT, WIDTH) * 21] * 3))
    assert ok
    return {
        "rgb.jpg": written(image, "JPEG", quality=95),
        "rough.jpg": written(image, "JPEG", quality=40, subsampling=2),
        "progressive.jpg": written(image, "JPEG", progressive=True),
        "grey.jpg": written(image.convert("L"), "JPEG"),
        "cmyk.jpg": written(image.convert("CMYK"), "JPEG", quality=95),
        "cmyk.tif": written(image.convert("CMYK"), "TIFF"),
        "rgba.png": written(alpha, "PNG"),
        "rgba.webp": written(alpha, "WEBP", lossless=True),
        "la.png": written(alpha.convert("LA"), "PNG"),
        "one_bit.png": written(image.convert("1"), "PNG"),
        "one_bit.tif": written(image.convert("1"), "TIFF"),
        "palette.png": written(palette, "PNG"),
        "palette_clear.png": written(palette, "PNG", transparency=3),
        "palette.bmp": written(palette, "BMP"),
        "rgb.bmp": written(image, "BMP"),
        "rgb16.png": deep.tobytes(),
        "lossy.webp": written(image, "WEBP", quality=60),
        "rgb.ppm": written(image, "PPM"),
    }


def odd() -> dict[str, bytes]:
    """Images that the libraries read differently, in all releases that were tried."""
    values = (np.arange(HEIGHT * WIDTH, dtype=np.uint16) * 21).reshape(HEIGHT, WIDTH)
    alpha = Image.fromarray(np.dstack([colours(), np.full((HEIGHT, WIDTH), 90, np.uint8)]))
    return {
        "grey16.png": written(Image.fromarray(values), "PNG"),
        "dark16.png": written(Image.fromarray(values // 400), "PNG"),
        "grey16.tif": written(Image.fromarray(values), "TIFF"),
        "rgba.tif": written(alpha, "TIFF"),
        "float.tif": written(Image.fromarray((values / 65535).astype(np.float32)), "TIFF"),
    }


def by_release() -> dict[str, bytes]:
    """Images that some releases read alike and others do not, or not at all."""
    palette = Image.fromarray(colours()).convert("P", palette=Image.Palette.ADAPTIVE)
    return {
        "first.gif": written(palette, "GIF"),
        "clear.gif": written(palette, "GIF", transparency=3),
        "frames.gif": written(palette, "GIF", save_all=True, append_images=[palette.rotate(180)]),
        "frames.webp": written(Image.fromarray(colours()), "WEBP", save_all=True, append_images=[palette.convert("RGB")], lossless=True),
    }


FILES = plain() | odd() | by_release() | {name: data for orientation in range(1, 9) for name, data in turned(orientation).items()}


def checked(files: dict[str, bytes], folder: Path, *, decode: bool = True) -> FileReport:
    for name, data in files.items():
        (folder / name).write_bytes(data)
    rows = [{"id": k, "file_name": name, "width": WIDTH, "height": HEIGHT} for k, name in enumerate(files, 1)]
    settings = CheckSettings(rules=RULES, reload=ReloadMode.NEVER, images=ImageOptions(root=str(folder), decode=decode))
    return check_source(read_document(dataset(images=rows)), settings)


def of(report: FileReport, code: str) -> dict[str, str]:
    names = list(FILES)
    return {names[int(one.pointer.split("/")[2])]: one.message for one in report.findings if one.code == code}


def verdict(report: FileReport) -> RuleResult:
    return next(one for one in report.rules if one.code == "COCO810")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> FileReport:
    return checked(FILES, tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[np.ndarray | None, np.ndarray]]:
    """What `cv2.imread` and Pillow return for each file, in this process: RGB."""
    folder = tmp_path_factory.mktemp("oracle")
    out = {}
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
        theirs = cv2.imread(str(folder / name))
        with Image.open(folder / name) as image:
            out[name] = None if theirs is None else theirs[..., ::-1].astype(int), np.asarray(image.convert("RGB")).astype(int)
    return out


def test_it_reports_what_the_two_libraries_return_here(report, seen) -> None:
    expected = {}
    for name, (theirs, ours) in seen.items():
        orientation = int(name[4]) if name.startswith("exif") and not name.endswith(".tif") else 1
        ways = [ours, np.asarray(_turn(Image.fromarray(ours.astype(np.uint8)), orientation)).astype(int)]
        same = theirs is not None and any(way.shape == theirs.shape and np.abs(way - theirs).mean() < 2 for way in ways)
        # A transparent pixel is a small part of an image.
        same = same and min(np.abs(way - theirs).max() for way in ways if way.shape == theirs.shape) < 10
        expected[name] = not same
    assert {name: name in of(report, "COCO810") for name in FILES} == expected


def _turn(image: Image.Image, orientation: int) -> Image.Image:
    image.getexif()[0x0112] = orientation
    return ImageOps.exif_transpose(image)


def test_what_is_known_of_all_releases(report) -> None:
    found = of(report, "COCO810")
    assert not found.keys() & plain().keys()
    assert found.keys() >= odd().keys()
    assert "divides them by 256" in found["grey16.png"]
    assert "multiplies the colours of a TIFF" in found["rgba.tif"]
    assert "imread returns None (TIFF of Pillow's mode F)" in found["float.tif"]
    assert all(cv2.__version__ in message and "Pillow" in message for message in found.values())


def test_an_orientation_alone_is_a_finding_of_another_rule_which_says_what_opencv_does(report, seen) -> None:
    found = of(report, "COCO804")
    for orientation in range(2, 9):
        for ending in ("jpg", "png", "webp"):
            name = f"exif{orientation}.{ending}"
            theirs, ours = seen[name]
            applied = theirs.shape != ours.shape or np.abs(theirs - ours).mean() > 1
            assert ("does not apply the orientation" not in found[name].split("; ")[-1].split(",")[0]) == applied, found[name]
            assert name not in of(report, "COCO810")
    assert "exif1.jpg" not in found


def test_no_image_is_left_out_silently(report) -> None:
    assert verdict(report).reason is None
    assert [one for one in report.findings if one.code == "COCO802"] == []


def test_without_decode_the_rule_is_skipped(tmp_path) -> None:
    result = verdict(checked({"rgb.png": FILES["grey16.png"]}, tmp_path, decode=False))
    assert (result.verdict, result.reason) == (Verdict.SKIPPED, "compares decoded images (--decode)")


def test_without_opencv_all_else_works_and_the_verdict_says_so(tmp_path, monkeypatch) -> None:
    from cocoproof.checking import engine

    for module in (engine, dataset_files):
        monkeypatch.setattr(module, "opencv_installed", lambda: False)
    report = checked({"rgb.png": FILES["grey16.png"], "broken.png": FILES["rgba.png"][:-40]}, tmp_path)
    result = verdict(report)
    assert (result.verdict, result.reason) == (
        Verdict.SKIPPED,
        "OpenCV was not compared: OpenCV is not installed (pip install 'cocoproof[opencv]')",
    )
    assert [one.code for one in report.findings] == ["COCO802"]


class Workers:
    """A pool whose processes end while OpenCV runs, or while Pillow does."""

    count = 1

    def __init__(self, *, pillow_fails: bool) -> None:
        self.pillow_fails = pillow_fails
        self.asked: list[bool] = []

    def ask(self, job, data, known, pixels, size):
        self.asked.append(job.opencv)
        if job.opencv or self.pillow_fails:
            return (
                UndecodableReply("does not decode: Pillow's process was ended by SIGSEGV") if len(self.asked) == 1 else DecodeFailed("late")
            )
        return Measured(WIDTH, HEIGHT, 1)


def test_a_process_that_opencv_ends_is_not_an_error_of_the_file(tmp_path) -> None:
    (tmp_path / "a.png").write_bytes(FILES["rgba.png"])
    with open_root(str(tmp_path)) as root:
        pictures = scan(root, ["a.png"], np.ones(1, bool))
        workers = Workers(pillow_fails=False)
        found = through_pillow(root, pictures, workers, decode=True, opencv=True, pixels=10**6)
        assert workers.asked == [True, False]
        assert not found.faults
        assert "while OpenCV read the image" in found.views[0].skipped
        faulty = through_pillow(root, pictures, Workers(pillow_fails=True), decode=True, opencv=True, pixels=10**6)
        assert not faulty.ok[0]
        assert faulty.views == {}


def test_an_opencv_that_raises_or_lacks_memory(monkeypatch) -> None:
    image = Image.open(io.BytesIO(FILES["rgba.png"]))
    image.load()

    def view_when(error: Exception) -> object:
        def imread(path: str) -> None:
            raise error

        monkeypatch.setattr(cv2, "imread", imread)
        return opencv_view.view_of(image, FILES["rgba.png"], 1)

    no_memory = cv2.error("Insufficient memory")
    no_memory.code = -4
    assert view_when(no_memory).skipped == "OpenCV needs more memory than the limit"
    assert view_when(MemoryError()).skipped == "OpenCV needs more memory than the limit"
    too_large = cv2.error("size")
    too_large.code = -215
    assert view_when(too_large).difference == "OpenCV does not read it: imread raises an exception (PNG of Pillow's mode RGBA)"


@pytest.mark.parametrize("memory_file", [True, False])
@pytest.mark.parametrize("strip", [1, 64, 100, 1 << 20])
def test_the_comparison_strip_by_strip_and_the_way_to_the_file(strip, memory_file, monkeypatch) -> None:
    monkeypatch.setattr(opencv_view, "_STRIP", strip)
    if not memory_file:
        monkeypatch.delattr(opencv_view.os, "memfd_create", raising=False)
    image = Image.open(io.BytesIO(FILES["dark16.png"]))
    image.load()
    view = opencv_view.view_of(image, FILES["dark16.png"], 1)
    values = np.asarray(image).astype(int)
    difference = np.abs(np.minimum(values, 255) - values // 256)
    assert f"differ by {difference.mean():.3g} of 255 on average, by {difference.max()} at most" in view.difference
