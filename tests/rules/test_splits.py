"""Splits: what examples of two small files cannot show. Judged by plain arithmetic on the documents."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cocoproof import check
from cocoproof.cli.main import run
from cocoproof.images.png_writer import black_png
from cocoproof.model.findings import Severity, Verdict
from cocoproof.rules.examples import GONE, dataset

from ..examples import thorough

if TYPE_CHECKING:
    from pathlib import Path

MINE = ("COCO851", "COCO852", "COCO853")
"""The rules whose verdict does not depend on what a split is for."""


def judge(folder: Path, **documents: object):
    paths = []
    for name, document in documents.items():
        path = folder / f"{name}.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
        paths.append(path)
    return check(paths, select=MINE, splits=True, reload="never", max_findings=None)


def split(first: int, count: int, *, categories: object = ({}, {}), prefix: str = "") -> object:
    numbers = range(first, first + count)
    return dataset(
        [{"id": k, "image_id": k, "category_id": 1, "bbox": [k, 5, 20, 16], "segmentation": GONE} for k in numbers],
        images=[{"id": k, "file_name": f"{prefix}{k}.jpg"} for k in numbers],
        categories=categories,  # type: ignore[arg-type]
    )


def verdicts(report, k: int) -> dict[str, tuple[Verdict, int]]:
    return {rule.code: (rule.verdict, rule.count) for rule in report.files[k].rules}


@pytest.mark.parametrize("first", [True, False])
def test_categories_of_a_split_without_annotations_are_compared(tmp_path, first):
    """Such a file is one of images alone, of the kind `image_info`."""
    bare = split(21, 5, categories=({"name": "dog"}, {"name": "hound"})) | {"annotations": []}
    files = {"train": bare, "test": split(1, 20)} if first else {"train": split(1, 20), "test": bare}
    report = judge(tmp_path, **files)
    assert {one.code for one in report.files[1].findings} == {"COCO852"}
    same = judge(tmp_path, train=split(1, 20), test=split(21, 5) | {"annotations": []})
    assert verdicts(same, 1)["COCO852"] == (Verdict.PASSED, 0)
    for unlabelled in ({"categories": []}, {}):
        images = {key: value for key, value in split(21, 5).items() if key in ("info", "images", "licenses")}
        report = judge(tmp_path, train=split(1, 20), test=images | unlabelled)
        assert verdicts(report, 1)["COCO852"] == (Verdict.SKIPPED, 0)


def test_three_sound_splits_pass_and_the_first_says_where_it_is_judged(tmp_path):
    report = judge(tmp_path, train=split(1, 20), val=split(21, 5), test=split(26, 5))
    assert report.findings == ()
    assert {rule.verdict for rule in report.files[0].rules} == {Verdict.SKIPPED}
    assert all("the first split" in rule.reason for rule in report.files[0].rules)
    for k in (1, 2):
        assert {rule.verdict for rule in report.files[k].rules} == {Verdict.PASSED}


def test_an_image_of_two_earlier_splits_is_one_finding_that_names_both(tmp_path):
    report = judge(tmp_path, train=split(1, 3), val=split(3, 2), test=split(3, 1))
    (leak,) = [finding for finding in report.files[2].findings if finding.code == "COCO851"]
    assert leak.message.count("by file_name") == 2
    assert "train.json" in leak.message
    assert "val.json" in leak.message
    assert verdicts(report, 1)["COCO851"] == (Verdict.FAILED, 1)


def test_a_copy_of_a_split_is_one_finding(tmp_path):
    report = judge(tmp_path, train=split(1, 40, prefix="a"), val=split(1, 40, prefix="a"), test=split(1, 30, prefix="a"))
    for k, count in ((1, 40), (2, 30)):
        (leak,) = [finding for finding in report.files[k].findings if finding.code == "COCO851"]
        assert f"so it is with {count} of {count} images here" in leak.message
        assert leak.severity is Severity.ERROR


def numbered(boxes, size=(64, 48), name="{}.jpg"):
    return dataset(
        [{"id": k, "image_id": k, "bbox": box, "segmentation": GONE} for k, box in enumerate(boxes, 1)],
        images=[{"id": k, "file_name": name.format(k), "width": size[0], "height": size[1]} for k in range(1, len(boxes) + 1)],
    )


def test_names_that_each_split_counts_from_one_are_no_error(tmp_path):
    train, val = [[k, 2, 20, 16] for k in range(9)], [[k, 9, 12, 10] for k in range(4)]
    report = judge(tmp_path, train=numbered(train), val=numbered(val))
    found = [finding for finding in report.files[1].findings if finding.code == "COCO851"]
    assert [finding.severity for finding in found] == [Severity.WARNING] * 4
    assert "or each split numbers its images anew" in found[0].message
    for other in (numbered(train[:4]), numbered(val, name="street {} 7.jpg")):
        same = judge(
            tmp_path,
            train=numbered(train, name="street {} 7.jpg") if other["images"][0]["file_name"] != "1.jpg" else numbered(train),
            val=other,
        )
        found = [finding for finding in same.files[1].findings if finding.code == "COCO851"]
        assert [finding.severity for finding in found] == [Severity.ERROR] * 4


def test_images_of_another_size_are_other_images(tmp_path):
    boxes = [[k, 2, 20, 16] for k in range(5)]
    report = judge(tmp_path, train=numbered(boxes), val=numbered(boxes, (65, 48)))
    assert verdicts(report, 1)["COCO851"] == (Verdict.PASSED, 0)
    (rule,) = [rule for rule in report.files[1].rules if rule.code == "COCO851"]
    assert "5 images with a name of another split have another size" in rule.reason


@given(st.data())
@thorough(60)
def test_leaks_are_the_names_in_common(tmp_path_factory, data):
    names = st.lists(st.sampled_from([f"{k}.jpg" for k in range(12)]), unique=True, min_size=1, max_size=8)
    sides = [data.draw(names) for _ in range(3)]
    documents = {
        f"s{k}": dataset([], images=[{"id": 100 * k + n, "file_name": name} for n, name in enumerate(side)]) for k, side in enumerate(sides)
    }
    report = judge(tmp_path_factory.mktemp("splits"), **documents)
    for k, side in enumerate(sides[1:], 1):
        before = set().union(*map(set, sides[:k]))
        found = [finding.pointer for finding in report.files[k].findings if finding.code == "COCO851"]
        assert found == [f"/images/{n}/file_name" for n, name in enumerate(side) if name in before]


@pytest.mark.parametrize(
    ("categories", "place", "said"),
    [
        ([{}, {}, {"id": 3}], "/categories/2", "is not a category of"),
        ([{}], "/categories", "there is no category 2 (dog)"),
        ([{"id": 0}, {"id": 1}], "/categories/0", "has id 0 here, but 1 in"),
        ([{"name": "dog"}, {"name": "cat"}], "/categories/0", "has id 1 here, but 2 in"),
        ([{"name": "feline"}, {}], "/categories/0", 'id 1 is "cat" in'),
        ([{"id": 2, "name": "dog"}, {"id": 1, "name": "cat"}], "/categories", "another order"),
        ([{"supercategory": "x"}, {"supercategory": GONE}], None, None),
        ([{"name": 7}, {}], None, None),  # COCO103's business
    ],
)
def test_categories_must_agree(tmp_path, categories, place, said):
    report = judge(tmp_path, train=split(1, 1), val=split(2, 1, categories=categories))
    found = [finding for finding in report.files[1].findings if finding.code == "COCO852"]
    assert [finding.pointer for finding in found][:1] == ([] if place is None else [place])
    assert said is None or said in found[0].message


def test_a_list_that_holds_one_name_twice_agrees_with_itself(tmp_path):
    facades = [{"name": "crack"}, {"name": "facade"}, {"name": "facade"}]
    report = judge(tmp_path, train=split(1, 1, categories=facades), val=split(2, 1, categories=facades))
    assert verdicts(report, 1)["COCO852"] == (Verdict.PASSED, 0)
    other = [{"name": "crack"}, {"name": "facade"}, {"id": 7, "name": "facade"}]
    report = judge(tmp_path, train=split(1, 1, categories=facades), val=split(2, 1, categories=other))
    (finding,) = [finding for finding in report.files[1].findings if finding.code == "COCO852"]
    assert "has id 7 here, but 2 and 3 in" in finding.message


def test_a_list_that_begins_at_another_number_is_one_finding(tmp_path):
    lists = [[{"id": k + first} for k in range(5)] for first in (1, 0)]
    report = judge(tmp_path, train=split(1, 1, categories=lists[0]), val=split(2, 1, categories=lists[1]))
    (finding,) = [finding for finding in report.files[1].findings if finding.code == "COCO852"]
    assert "has id 0 here, but 1 in" in finding.message
    assert "so it is with all 5: every id is 1 lower here" in finding.message


def test_two_unlike_lists_are_one_finding_each_way(tmp_path):
    names = [f"n{k}" for k in range(20)]
    first = [{"id": k, "name": name} for k, name in enumerate(names, 1)]
    for other in ([{"id": k, "name": f"m{k}"} for k in range(1, 21)], first[:5]):
        report = judge(tmp_path, train=split(1, 1) | {"categories": first}, val=split(2, 1) | {"categories": other})
        (finding,) = [finding for finding in report.files[1].findings if finding.code == "COCO852"]
        assert ("these are two lists" in finding.message) == (len(other) == 20)
        assert ("so it is with 15 categories" in finding.message) == (len(other) == 5)


def test_ids_that_collide_are_one_finding_of_a_file_with_the_counts(tmp_path):
    report = judge(tmp_path, train=split(1, 30, prefix="a"), val=split(1, 20, prefix="b"), test=split(15, 10, prefix="c"))
    assert verdicts(report, 1)["COCO853"] == verdicts(report, 2)["COCO853"] == (Verdict.FAILED, 1)
    (second,), (third,) = ([one for one in report.files[k].findings if one.code == "COCO853"] for k in (1, 2))
    assert (second.pointer, second.severity) == ("/images/0/id", Severity.NOTE)
    assert 'id 1 is "a1.jpg" in' in second.message
    assert "20 image ids and 20 annotation ids mean other things" in second.message
    # 10 ids are also of train (15 to 24), and 6 of val (15 to 20).
    assert "16 image ids and 16 annotation ids mean other things" in third.message


def test_the_same_annotation_under_the_same_id_is_no_collision(tmp_path):
    report = judge(tmp_path, train=split(1, 5), val=split(4, 4))
    assert verdicts(report, 1)["COCO853"] == (Verdict.PASSED, 0)
    assert verdicts(report, 1)["COCO851"] == (Verdict.FAILED, 2)


def test_a_split_that_cannot_be_read_is_said_and_the_others_are_compared(tmp_path):
    report = judge(tmp_path, train="{", val=split(1, 2), test=split(2, 2))
    assert {rule.verdict for rule in report.files[1].rules} == {Verdict.SKIPPED}
    assert all("train.json could not be read" in rule.reason for rule in report.files[1].rules)
    leaks = next(rule for rule in report.files[2].rules if rule.code == "COCO851")
    assert (leaks.verdict, leaks.count) == (Verdict.FAILED, 1)
    assert "train.json could not be read" in leaks.reason


def test_without_the_option_files_have_nothing_to_do_with_each_other(tmp_path):
    judge(tmp_path, train=split(1, 2), val=split(1, 2))
    report = check([tmp_path / "train.json", tmp_path / "val.json"], select=MINE)
    assert {rule.reason for file in report.files for rule in file.rules} == {"needs other splits (--splits)"}


def test_one_file_is_no_comparison(tmp_path, capsys):
    judge(tmp_path, train=split(1, 2), val=split(1, 2))
    with pytest.raises(ValueError, match="at least two"):
        check(tmp_path / "train.json", splits=True)
    assert run(["check", str(tmp_path / "train.json"), "--splits"]) == 2
    assert "at least two" in capsys.readouterr().err
    assert run(["check", str(tmp_path), "--splits", "--select", "COCO85", "--no-color"]) == 1
    assert "is in two splits" in capsys.readouterr().out


def with_pictures(folder: Path, **splits: dict[str, bytes]):
    """Each split in a folder of its own: file_name -> content; None stands for a name without a file."""
    paths = []
    for k, (name, files) in enumerate(splits.items()):
        home = folder / name
        home.mkdir(parents=True)
        for file, content in files.items():
            if content is not None:
                (home / file).write_bytes(content)
        entries = [{"id": 100 * k + n, "file_name": file} for n, file in enumerate(files, 1)]
        path = home / f"{name}.json"
        path.write_text(json.dumps(dataset([], images=entries)), encoding="utf-8")
        paths.append(path)
    return check(paths, select=["COCO851"], splits=True, reload="never")


def padded(content: bytes, total: int) -> bytes:
    return content + bytes(total - len(content))


def test_where_the_files_are_at_hand_their_bytes_say_what_is_the_same(tmp_path):
    one, two, three = (black_png(64, 48, orientation=k) for k in (1, 2, 3))
    report = with_pictures(
        tmp_path,
        train={"1.png": one, "2.png": two, "gone.png": None},
        val={"1.png": three, "9.png": two, "gone.png": None, "new.png": black_png(64, 47)},
    )
    found = {finding.pointer: finding.message for finding in report.files[1].findings}
    assert found.keys() == {"/images/1/file_name", "/images/2/file_name"}
    assert 'by the content of its file "2.png"' in found["/images/1/file_name"]
    assert "image 2 of" in found["/images/1/file_name"]
    assert "by file_name" in found["/images/2/file_name"]  # neither file is there: the name is all there is to go by


def test_files_of_one_size_and_beginning_are_read_to_the_end(tmp_path):
    long = padded(black_png(64, 48), 300_000)
    other = long[:-1] + b"x"
    report = with_pictures(tmp_path, train={"1.png": long}, val={"1.png": other, "2.png": long})
    assert [finding.pointer for finding in report.files[1].findings] == ["/images/1/file_name"]


def test_one_folder_for_both_splits(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "1.png").write_bytes(black_png(64, 48))
    paths = []
    for name in ("train", "val"):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(dataset([], images=[{"file_name": "1.png"}])), encoding="utf-8")
        paths.append(path)
    report = check(paths, select=["COCO851"], splits=True, images=tmp_path / "images")
    assert [finding.pointer for finding in report.files[1].findings] == ["/images/0/file_name"]


def photograph(seed: int, **how: object) -> bytes:
    random = np.random.default_rng(seed)
    out = io.BytesIO()
    Image.fromarray(random.integers(0, 256, (6, 8, 3), dtype=np.uint8)).resize((320, 240)).save(out, **({"format": "PNG"} | how))
    return out.getvalue()


def similar(paths: list[Path], **options: object):
    return check(paths, select=["COCO851"], splits=True, similar=True, reload="never", **options)


def test_images_that_look_alike_are_warnings_when_asked(tmp_path):
    files = {"1.png": photograph(1), "2.png": photograph(2), "white.png": white(320)}
    with_pictures(
        tmp_path, train=files, val={"a.jpg": photograph(2, format="JPEG", quality=50), "b.png": photograph(3), "w.png": white(321)}
    )
    paths = [tmp_path / "train" / "train.json", tmp_path / "val" / "val.json"]
    report = similar(paths)
    (finding,) = report.files[1].findings
    assert (finding.severity, finding.pointer) == (Severity.WARNING, "/images/0/file_name")
    assert "looks like image 2 of" in finding.message
    assert "(2.png)" in finding.message
    (verdict,) = report.files[1].rules
    assert "1 of 3 images could not be decoded or show one colour alone" in verdict.reason
    assert check(paths, select=["COCO851"], splits=True).findings == ()


def white(width: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, 240), "white").save(out, "PNG")
    return out.getvalue()


def test_the_same_file_is_told_once(tmp_path):
    with_pictures(tmp_path, train={"1.png": photograph(1)}, val={"9.png": photograph(1)})
    report = similar([tmp_path / "train" / "train.json", tmp_path / "val" / "val.json"])
    (finding,) = report.files[1].findings
    assert finding.severity is Severity.ERROR


def test_images_of_one_split_that_look_alike_are_one_note(tmp_path):
    train = {f"{k}.png": photograph(k) for k in (1, 2, 3)} | {
        "2 again.jpg": photograph(2, format="JPEG", quality=60),
        "2 third.jpg": photograph(2, format="JPEG", quality=30),
        "copy of 3.png": photograph(3),
        "white.png": white(320),
    }
    with_pictures(tmp_path, train=train, val={"9.png": photograph(9), "9.jpg": photograph(9, format="JPEG")})
    paths = [tmp_path / "train" / "train.json", tmp_path / "val" / "val.json"]
    report = check(paths, select=["COCO858"], splits=True, similar=True, reload="never")
    first, second = (file.findings for file in report.files)
    assert [(finding.pointer, finding.severity) for finding in first] == [("/images/3/file_name", Severity.NOTE)]
    assert "looks like image 2 (2.png)" in first[0].message
    assert "3 images of this split are alike" in first[0].message
    assert [finding.pointer for finding in second] == ["/images/1/file_name"]
    assert "1 of 7 images could not be decoded or are of one colour" in report.files[0].rules[0].reason
    assert {rule.reason for file in check(paths, select=["COCO858"], splits=True).files for rule in file.rules} == {
        "how images look is compared with --similar"
    }


def test_looks_that_cannot_be_compared_are_said(tmp_path):
    with_pictures(tmp_path, train={"1.png": None}, val={"9.png": photograph(1)})
    report = similar([tmp_path / "train" / "train.json", tmp_path / "val" / "val.json"])
    (verdict,) = report.files[1].rules
    assert verdict.verdict is Verdict.PASSED
    assert "train.json are not at hand" in verdict.reason


def test_similar_needs_splits(tmp_path, capsys):
    judge(tmp_path, train=split(1, 2), val=split(3, 2))
    paths = [str(tmp_path / "train.json"), str(tmp_path / "val.json")]
    with pytest.raises(ValueError, match="needs splits"):
        check(paths, similar=True)
    assert run(["check", *paths, "--similar"]) == 2
    assert run(["check", *paths, "--similar", "--splits", "--no-images"]) == 2
    assert "--similar compares the images of splits" in capsys.readouterr().err
    assert run(["check", *paths, "--similar", "--splits", "--select", "COCO851"]) == 0


def test_a_name_written_otherwise_is_the_same_name(tmp_path: Path) -> None:
    before, after = dataset(images=[{"file_name": "a/1.jpg"}]), dataset([{"id": 9}], images=[{"file_name": "./a//1.jpg"}])
    for name, document in (("train.json", before), ("val.json", after)):
        (tmp_path / name).write_text(json.dumps(document), encoding="utf-8")
    report = check(
        [tmp_path / "train.json", tmp_path / "val.json"], splits=True, images=False, select=["COCO851", "COCO853"], reload="never"
    )
    assert [finding.code for finding in report.findings] == ["COCO851"]
