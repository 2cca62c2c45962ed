"""The rules about image files on real files: pictures by Pillow, folders as data sets have them, what is found and what is said."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cocoproof import check
from cocoproof.images.guess_folder import guess_root
from cocoproof.images.png_writer import black_png
from cocoproof.model.findings import Finding, Report, Verdict

Image = pytest.importorskip("PIL.Image")


def picture(path: Path, size: tuple[int, int] = (64, 48), orientation: int = 1, seed: int = 0, form: str | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    exif = Image.Exif()
    if orientation > 1:
        exif[274] = orientation
    Image.fromarray(pixels).save(path, form, **({"exif": exif} if orientation > 1 else {}))


def document(*images: dict[str, Any]) -> dict[str, Any]:
    rows = [{"id": k, "width": 64, "height": 48, **row} for k, row in enumerate(images, 1)]
    return {"images": rows, "annotations": [], "categories": [{"id": 1, "name": "cat"}]}


def write(path: Path, *images: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document(*images)))
    return path


def judged(path: Path, images: Path | bool = True, select: str = "COCO80", **options: Any) -> Report:
    return check(path, images=images, select=select, reload="never", **options)


def found(report: Report) -> list[tuple[str, str, Any]]:
    return [(finding.code, finding.pointer, finding.image_id) for finding in report.findings]


def only(report: Report) -> Finding:
    (finding,) = report.findings
    return finding


def verdict(report: Report, code: str) -> tuple[Verdict, str | None]:
    return next((rule.verdict, rule.reason) for rule in report.files[0].rules if rule.code == code)


def test_a_sound_folder(tmp_path: Path) -> None:
    names = ["a.jpg", "b.png", "c/d.webp", "e.gif", "f.bmp", "g.tif"]
    for k, name in enumerate(names):
        picture(tmp_path / "images" / name, seed=k)
    path = write(tmp_path / "coco.json", *({"file_name": name} for name in names))
    report = judged(path, tmp_path / "images")
    assert found(report) == []
    assert {rule.verdict for rule in report.files[0].rules} == {Verdict.PASSED}


def test_missing_files_and_hints(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "sub" / "there.jpg")
    picture(tmp_path / "images" / "Case.JPG", seed=1)
    names = ["there.jpg", "gone.jpg", "sub/there.jpg"]
    report = judged(write(tmp_path / "c.json", *({"file_name": name} for name in names)), tmp_path / "images", "COCO801")
    assert found(report) == [("COCO801", "/images/0/file_name", 1), ("COCO801", "/images/1/file_name", 2)]
    assert 'there is "sub/there.jpg"' in report.findings[0].message
    assert "there is" not in report.findings[1].message.replace("does not exist", "")
    report = judged(write(tmp_path / "c.json", {"file_name": "case.jpg"}), tmp_path / "images", "COCO801")
    if not (tmp_path / "images" / "case.jpg").exists():  # a file system that knows case
        assert 'there is "Case.JPG"' in only(report).message


def test_all_missing_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    report = judged(write(tmp_path / "c.json", {"file_name": "a.jpg"}, {"file_name": "b.jpg"}), tmp_path / "images", "COCO801")
    state, reason = verdict(report, "COCO801")
    assert state is Verdict.FAILED
    assert "none of 2 files" in str(reason)


@pytest.mark.parametrize("form", ["jpg", "png", "webp", "tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("entry", [(64, 48), (48, 64), (64, 47)])
def test_sizes_and_orientations(tmp_path: Path, form: str, orientation: int, entry: tuple[int, int]) -> None:
    name = f"a.{form}"
    picture(tmp_path / name, (64, 48), orientation)
    path = write(tmp_path / "c.json", {"file_name": name, "width": entry[0], "height": entry[1]})
    report = judged(path, tmp_path, "COCO803")
    right = entry == (64, 48) or (entry == (48, 64) and orientation >= 5)
    assert len(report.findings) == (not right)
    if not right:
        message = report.findings[0].message
        assert f"{entry[0]} x {entry[1]} px" in message
        assert "64 x 48 px" in message
        assert ("swapped" in message) == (entry == (48, 64))
        assert ("48 x 64 px as EXIF turns it" in message) == (orientation >= 5)
    report = judged(path, tmp_path, "COCO804")
    assert len(report.findings) == (orientation > 1)
    if orientation > 1:
        message = report.findings[0].message
        assert f"orientation {orientation} " in message
        assert "64 x 48 px as stored" in message
        assert ("48 x 64 px as turned" in message) == (orientation >= 5)
        if orientation >= 5:
            assert {(64, 48): "the stored size", (48, 64): "the turned size", (64, 47): "has neither"}[entry] in message


def test_copies_are_found_by_content(tmp_path: Path) -> None:
    for name, seed in (("a.png", 1), ("b.png", 2), ("c.png", 1), ("d/a.png", 1), ("e.png", 3)):
        picture(tmp_path / name, seed=seed)
    # One size and one beginning, and yet another content.
    (tmp_path / "x.bmp").write_bytes((tmp_path / "a.png").read_bytes() + bytes(5000))
    (tmp_path / "y.bmp").write_bytes((tmp_path / "a.png").read_bytes() + bytes(4999) + b"1")
    names = ["a.png", "b.png", "c.png", "./a.png", "d/a.png", "x.bmp", "e.png", "y.bmp"]
    report = judged(write(tmp_path / "c.json", *({"file_name": name} for name in names)), tmp_path, "COCO807")
    assert found(report) == [("COCO807", "/images/2/file_name", 3), ("COCO807", "/images/4/file_name", 5)]
    assert report.findings[0].related == ("/images/0",)
    assert 'same bytes as "a.png" of image 1' in report.findings[0].message


def test_copies_at_random_against_a_plain_count(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    contents = [bytes([k]) * int(chance.integers(1, 4)) * 3000 for k in chance.integers(0, 12, 60).tolist()]
    for k, content in enumerate(contents):
        (tmp_path / f"{k}.jpg").write_bytes(content)
    report = judged(write(tmp_path / "c.json", *({"file_name": f"{k}.jpg"} for k in range(60))), tmp_path, "COCO807")
    expected = [k for k, content in enumerate(contents) if content in contents[:k]]
    assert [finding.pointer for finding in report.findings] == [f"/images/{k}/file_name" for k in expected]
    assert expected


def test_what_nobody_lists(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.JPG", "sub/c.png", "notes.txt", ".hidden.jpg", "sub/.x/d.jpg"):
        picture(tmp_path / "images" / name, form="PNG", seed=len(name))
    path = write(tmp_path / "c.json", {"file_name": ".//a.jpg"})
    report = judged(path, tmp_path / "images", "COCO808")
    assert [finding.message.split('"')[1] for finding in report.findings] == ["b.JPG", "sub/c.png"]
    assert {finding.pointer for finding in report.findings} == {"/images"}
    # A folder that was found may hold other data sets: only the parts that images lie in are looked at.
    report = judged(path, select="COCO808")
    assert [finding.message.split('"')[1] for finding in report.findings] == ["b.JPG"]


def test_case_collisions_with_files_that_nobody_lists(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "a.jpg")
    picture(tmp_path / "images" / "A.jpg", seed=1)
    if len(list((tmp_path / "images").iterdir())) < 2:
        pytest.skip("this file system knows no case")
    path = write(tmp_path / "c.json", {"file_name": "a.jpg"}, {"file_name": "b.jpg"})
    finding = only(judged(path, tmp_path / "images", "COCO806"))
    assert (finding.code, finding.pointer) == ("COCO806", "/images/0/file_name")
    assert '"A.jpg"' in finding.message
    assert found(judged(path, False, "COCO806")) == []


def test_rows_without_a_usable_name_are_not_judged(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    path = write(tmp_path / "c.json", {"file_name": "a.jpg"}, {"file_name": "../a.jpg"}, {"file_name": 7}, {})
    report = judged(path, tmp_path)
    assert {code for code, _, _ in found(report)} == {"COCO805"}
    state, reason = verdict(report, "COCO801")
    assert state is Verdict.SKIPPED
    assert str(reason).startswith("3 of 4 images")
    assert verdict(report, "COCO803")[0] is Verdict.SKIPPED


def test_a_picture_of_too_many_pixels(tmp_path: Path) -> None:
    picture(tmp_path / "a.png", (64, 48))
    path = write(tmp_path / "c.json", {"file_name": "a.png"})
    from cocoproof.rules.thresholds import Thresholds

    assert found(judged(path, tmp_path, thresholds=Thresholds(image_pixels=64 * 48))) == []
    finding = only(judged(path, tmp_path, thresholds=Thresholds(image_pixels=64 * 48 - 1)))
    assert finding.code == "COCO802"
    assert "3,072 pixels" in finding.message


LAYOUTS = [
    ("annotations/instances_val2017.json", "val2017/{}"),
    ("annotations/instances_val2017.json.gz", "val2017/{}"),
    ("annotations/person_keypoints_train2014.json", "train2014/{}"),
    ("annotations/instances_val2017.json", "images/val2017/{}"),
    ("annotations/train.json", "train/{}"),
    ("annotations/coco.json", "images/{}"),
    ("annotations/coco.json", "{}"),
    ("coco.json", "{}"),
    ("coco.json", "images/{}"),
    ("train/_annotations.coco.json", "train/{}"),
    ("val.json", "images/val/{}"),
    ("val.json", "val/{}"),
    ("train_annotations.json", "train/{}"),
    ("annotations/instances_train.json", "train/images/{}"),
    ("coco.json", "image/{}"),
    ("annotations/coco.json", "input_images/{}"),
    ("coco.json", "JPEGImages/{}"),
    ("annotations/instances_val.json", "val2017/{}"),
    ("annotations/val.json", "Valid/IMG/{}"),
    ("train/annotations.json", "images/train/{}"),
    ("TestSet.json", "frames/testing/{}"),
]


@pytest.mark.parametrize(("file", "pictures"), LAYOUTS)
def test_the_folder_is_found_in_the_usual_layouts(tmp_path: Path, file: str, pictures: str) -> None:
    names = [f"{k:012}.png" for k in range(40)]
    for name in names:
        path = tmp_path / pictures.format(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    picture(tmp_path / "other" / names[0])
    (tmp_path / file).parent.mkdir(exist_ok=True)
    guessed = guess_root(str(tmp_path / file), names)
    assert guessed is not None
    assert Path(guessed).resolve() == (tmp_path / pictures.format("x")).parent.resolve()
    relative = os.path.relpath(tmp_path / file, (tmp_path / file).parent)
    here = Path.cwd()
    os.chdir((tmp_path / file).parent)
    try:
        guessed = guess_root(relative, names)
        assert guessed is not None
        assert Path(guessed).resolve() == (tmp_path / pictures.format("x")).parent.resolve()
    finally:
        os.chdir(here)


def test_no_folder_of_another_split_is_tried(tmp_path: Path) -> None:
    names = [f"{k}.jpg" for k in range(16)]
    for folder in ("train", "train/images", "images/train", "testimages", "train_images", "photos/dev_set", "other", "labels/more"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        for name in names:
            (tmp_path / folder / name).write_bytes(b"x")
    for file in ("annotations/instances_val.json", "val.json", "coco.json", "annotations.json", "annotations/valid/a.json"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        if file != "val.json":  # dev is another name of val
            (tmp_path / "photos" / "dev_set").rename(tmp_path / "photos" / "test_set")
        assert guess_root(str(tmp_path / file), names) == (None if file != "val.json" else str(tmp_path / "photos" / "dev_set")), file
        if file != "val.json":
            (tmp_path / "photos" / "test_set").rename(tmp_path / "photos" / "dev_set")


def test_the_first_folders_with_a_word_of_the_name_are_tried(tmp_path: Path) -> None:
    for k in range(200):
        (tmp_path / f"images_{k:03}").mkdir()
    (tmp_path / "z_birds").mkdir()
    (tmp_path / "z_birds" / "a.jpg").write_bytes(b"x")
    assert guess_root(str(tmp_path / "birds.json"), ["a.jpg"]) == str(tmp_path / "z_birds")
    assert guess_root(str(tmp_path / "cats.json"), ["a.jpg"]) is None


def test_a_folder_with_few_of_the_names_is_none(tmp_path: Path) -> None:
    names = [f"{k}.jpg" for k in range(16)]
    for k in range(7):
        picture(tmp_path / names[k])
    assert guess_root(str(tmp_path / "c.json"), names) is None
    picture(tmp_path / names[7])
    assert guess_root(str(tmp_path / "c.json"), names) == str(tmp_path)
    assert guess_root(str(tmp_path / "c.json"), []) is None


def test_the_report_says_where_it_looked(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "a.jpg")
    path = write(tmp_path / "c.json", {"file_name": "a.jpg"})
    report = judged(path)
    assert report.files[0].images is not None
    assert report.files[0].images.guessed
    assert judged(path, tmp_path / "images").files[0].images.guessed is False  # type: ignore[union-attr]
    report = judged(path, False)
    assert report.files[0].images is None
    assert verdict(report, "COCO801") == (Verdict.SKIPPED, "needs a folder of images (--images DIR)")
    with pytest.raises(ValueError, match="does not exist"):
        judged(path, tmp_path / "none")
    memory = check(document({"file_name": "a.jpg"}), select="COCO801", reload="never")
    assert memory.files[0].images is None


def test_decoding_finds_what_the_header_does_not_show(tmp_path: Path) -> None:
    names = ["a.jpg", "b.jpg", "c.png", "d.png", "e.webp", "f.jp2"]
    for k, name in enumerate(names):
        picture(tmp_path / name, seed=k, form={".jp2": "JPEG2000"}.get(name[1:]))
    for name in ("b.jpg", "d.png"):
        data = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(data[: len(data) * 2 // 3])
    path = write(tmp_path / "c.json", *({"file_name": name} for name in names), {"file_name": "gone.jpg"}, {"file_name": "x.txt"})
    (tmp_path / "x.txt").write_text("hello")
    headers = judged(path, tmp_path, "COCO802")
    # The end of JPEG and PNG files shows that they were cut off.
    assert found(headers) == [("COCO802", f"/images/{k}/file_name", k + 1) for k in (1, 3, 7)]
    assert "truncated" in headers.findings[0].message
    assert "--decode" in str(verdict(headers, "COCO802")[1])
    report = judged(path, tmp_path, "COCO802", decode=True)
    assert [finding.pointer for finding in report.findings] == ["/images/1/file_name", "/images/3/file_name", "/images/7/file_name"]
    assert "truncated" in report.findings[0].message
    assert "truncated" in report.findings[1].message
    assert verdict(report, "COCO802")[1] is None
    with pytest.raises(ValueError, match="images=False"):
        judged(path, False, decode=True)


def test_an_orientation_behind_the_picture_is_found_by_decoding(tmp_path: Path) -> None:
    """PNG lets its EXIF chunk follow the image data; a header's reader stops before them."""
    data = black_png(64, 48, orientation=6)
    at = data.index(b"eXIf") - 4
    exif = data[at : at + 12 + int.from_bytes(data[at : at + 4], "big")]
    data = data.replace(exif, b"")
    (tmp_path / "a.png").write_bytes(data[:-12] + exif + data[-12:])
    path = write(tmp_path / "c.json", {"file_name": "a.png"})
    assert found(judged(path, tmp_path, "COCO804")) == []
    assert found(judged(path, tmp_path, "COCO804", decode=True)) == [("COCO804", "/images/0/file_name", 1)]


def test_without_pillow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JPEG, PNG and others are judged all the same; what only Pillow reads is not judged, and the verdict names the extra."""
    from cocoproof.checking import image_sources as image_options
    from cocoproof.images import dataset_files as image_files
    from cocoproof.images import decode_pool as workers
    from cocoproof.rules import image_files as rules

    for module in (workers, image_files, image_options, rules):
        monkeypatch.setattr(module, "pillow_installed", lambda: False)
    picture(tmp_path / "a.jpg")
    report = judged(write(tmp_path / "c.json", {"file_name": "a.jpg"}), tmp_path)
    assert {rule.verdict for rule in report.files[0].rules} == {Verdict.PASSED}
    picture(tmp_path / "b.jp2", form="JPEG2000")
    report = judged(write(tmp_path / "c.json", {"file_name": "a.jpg"}, {"file_name": "b.jp2"}), tmp_path)
    assert found(report) == []
    for code in ("COCO802", "COCO803", "COCO804", "COCO809"):
        assert verdict(report, code)[0] is Verdict.SKIPPED
    assert "cocoproof[images]" in str(verdict(report, "COCO802")[1])
    with pytest.raises(ValueError, match=r"cocoproof\[images\]"):
        judged(tmp_path / "c.json", tmp_path, decode=True)


def test_a_blank_name_is_told_once(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "a.jpg")
    report = judged(write(tmp_path / "c.json", {"file_name": ""}, {"file_name": "  "}, {"file_name": "a.jpg"}), tmp_path / "images", "COCO")
    assert [finding.code for finding in report.findings if finding.code in {"COCO208", "COCO801", "COCO802"}] == ["COCO208"] * 2
