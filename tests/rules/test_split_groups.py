"""COCO854 and COCO855: groups and neighbouring frames in two splits. Expected counts by plain arithmetic on the documents."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cocoproof import check
from cocoproof.cli.main import run
from cocoproof.model.errors import SettingsError
from cocoproof.model.findings import Severity, Verdict
from cocoproof.rules.examples import GONE, dataset
from cocoproof.rules.frame_names import FrameNames, find_neighbours
from cocoproof.rules.image_groups import parse_group_by
from cocoproof.rules.split_roles import is_training

from .simulated_splits import agreement, alarms, video

if TYPE_CHECKING:
    from pathlib import Path

    from cocoproof.model.findings import FileReport, Finding


def document(images: list[dict[str, Any]], boxes: list[list[float]] | None = None, **top: Any) -> Any:
    rows = [
        {"id": k, "image_id": k, "category_id": 1, "bbox": box, "area": box[2] * box[3], "segmentation": GONE}
        for k, box in enumerate(boxes or [], 1)
    ]
    return dataset(rows, images=[{"id": k, "width": 640, "height": 640} | image for k, image in enumerate(images, 1)], document=top)


def checked(folder: Path, documents: dict[str, Any], **options: Any) -> tuple[FileReport, ...]:
    paths = []
    for name, content in documents.items():
        path = folder / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
        paths.append(path)
    return check(paths, splits=True, reload="never", select=("COCO854", "COCO855"), max_findings=None, images=False, **options).files


def of(report: FileReport, code: str) -> list[Finding]:
    return [finding for finding in report.findings if finding.code == code]


def verdict(report: FileReport, code: str) -> tuple[Verdict, str]:
    (rule,) = (rule for rule in report.rules if rule.code == code)
    return rule.verdict, rule.reason or ""


def named(*names: str) -> list[dict[str, Any]]:
    return [{"file_name": name} for name in names]


@pytest.mark.parametrize(
    ("group_by", "shared"),
    [
        ("folder", {"clip2"}),
        (r"_(\d{4})\.jpg", {"0007"}),
        (r"(?:clip)(?P<shot>\d)/", {"2"}),
        ("place", {"bridge"}),
        ("camera", {"7"}),
    ],
)
def test_a_group_is_taken_from_where_the_option_says(tmp_path: Path, group_by: str, shared: set[str]) -> None:
    train = [
        {"file_name": "train/clip1/a_0001.jpg", "place": "harbour", "extra": {"camera": 1}},
        {"file_name": "train/clip2/b_0007.jpg", "place": "bridge", "extra": {"camera": 7}},
    ]
    val = [
        {"file_name": "val/clip2/c_0002.jpg", "place": "tower", "extra": {"camera": 7}},
        {"file_name": "val/clip3/d_0007.jpg", "place": "bridge", "extra": {"camera": 2}},
        {"file_name": "val/clip3/e_0003.jpg", "place": ["no", "text"], "extra": 5},
    ]
    _, report = checked(tmp_path, {"train": document(train), "val": document(val)}, group_by=group_by)
    found = of(report, "COCO854")
    assert {finding.message.split('"')[1] for finding in found} == shared
    assert {finding.severity for finding in found} == {Severity.ERROR}
    assert all("1 images here, 1 in" in finding.message for finding in found)
    assert found[0].elsewhere[0].pointer == "/images/1"


def test_more_than_eight_groups_are_one_finding_with_the_counts(tmp_path: Path) -> None:
    names = [f"clip{clip}/{frame}.jpg" for clip in range(12) for frame in range(10)]
    random.Random(5).shuffle(names)  # noqa: S311 - a split
    train, val = names[:90], names[90:]
    _, report = checked(tmp_path, {"train": document(named(*train)), "val": document(named(*val, "alone/1.jpg"))}, group_by="folder")
    groups = {name.split("/")[0] for name in val} & {name.split("/")[0] for name in train}
    images = sum(name.split("/")[0] in groups for name in val)
    assert len(groups) > 8
    (finding,) = of(report, "COCO854")
    assert (
        f"{len(groups)} of {len({name.split('/')[0] for name in val}) + 1} such groups, which have {images} of the 31 images"
        in finding.message
    )
    assert of(report, "COCO855") == [], "the frames of a shared group are reported with it"


def test_a_video_is_the_same_by_name_and_never_by_number(tmp_path: Path) -> None:
    frames = [{"file_name": "1.jpg", "video_id": 1}]
    numbered = {"train": document(frames), "val": document([frames[0] | {"file_name": "2.jpg"}])}
    assert verdict(checked(tmp_path, numbered)[1], "COCO854")[0] is Verdict.SKIPPED
    assert len(of(checked(tmp_path, numbered, group_by="video")[1], "COCO854")) == 0, "all images are of one video: it does not group them"
    for names, leaks in ((("harbour", "harbour"), 1), (("harbour", "bridge"), 0), (("video 1", "video 1"), 0)):
        both = {
            split: document(
                [{"file_name": f"{split}.jpg", "video_id": number}, {"file_name": f"{split}0.jpg"}], videos=[{"id": number, "name": name}]
            )
            for split, number, name in (("train", 3, names[0]), ("val", 9, names[1]))
        }
        assert len(of(checked(tmp_path, both)[1], "COCO854")) == leaks, names


def test_a_grouping_that_no_image_has_is_said(tmp_path: Path) -> None:
    both = {"train": document(named("a/1.jpg")), "val": document(named("a/2.jpg", "3.jpg"))}
    assert "no image has a place" in verdict(checked(tmp_path, both, group_by="place")[1], "COCO854")[1]
    report = checked(tmp_path, both, group_by="folder")[1]
    assert verdict(report, "COCO854") == (Verdict.FAILED, "1 of 2 images have no folder, and were not compared")
    one = {"train": document(named("a/1.jpg")), "val": document(named("a/2.jpg"))}
    assert "does not group them" in verdict(checked(tmp_path, one, group_by="folder")[1], "COCO854")[1]


@pytest.mark.parametrize("text", ["(", "a.b", "", "[a-", "(?P<x>a)(?P<x>b)"])
def test_a_grouping_that_means_nothing_is_wrong_usage(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SettingsError):
        parse_group_by(text)
    for name in ("train", "val"):
        (tmp_path / f"{name}.json").write_text(json.dumps(document(named("1.jpg"))))
    assert run(["check", str(tmp_path), "--splits", "--group-by", text]) == 2
    assert "--group-by" in capsys.readouterr().err


def test_one_file_twice_is_wrong_usage(tmp_path: Path) -> None:
    path = tmp_path / "train.json"
    path.write_text(json.dumps(document(named("1.jpg"))))
    with pytest.raises(SettingsError, match="is given twice: splits are different files"):
        check([path, tmp_path / "." / "sub" / ".." / "train.json"], splits=True)


def test_which_file_is_for_training_follows_from_its_name() -> None:
    training = [
        "train.json",
        "instances_train2017.json",
        "a/train/_annotations.coco.json",
        "myTrainSet.json",
        "data/train-labels.json",
        "b/TRAIN.json",
    ]
    others = ["val.json", "restrained.json", "train/val.json", "val_of_train.json", "a.json", "constraint/a.json", "strain.json", "-"]
    assert [path for path in training if not is_training(path)] == []
    assert [path for path in others if is_training(path)] == []


def drawn(names: list[str], share: float, seed: int) -> tuple[list[str], list[str]]:
    chosen = np.random.default_rng(seed).random(len(names)) < share
    return [name for name, one in zip(names, chosen, strict=True) if not one], [
        name for name, one in zip(names, chosen, strict=True) if one
    ]


def near(val: list[int], train: list[int], most: int) -> int:
    return sum(any(abs(one - other) <= most for other in train) for one in val)


def test_frames_drawn_at_random_from_one_film(tmp_path: Path) -> None:
    """As in an issue of a tracking tool: runs of consecutive frames, permuted; nearly all of validation is within 2 frames of training."""
    frames = [start + k for start in range(0, 60_000, 3_000) for k in range(40)]
    train, val = drawn([f"arena_mp4-{frame}_jpg.rf.{frame:032x}.jpg" for frame in frames], 0.15, 1)
    numbers = [[int(name.split("-")[1].split("_")[0]) for name in part] for part in (val, train)]
    _, report = checked(tmp_path, {"train": document(named(*train)), "val": document(named(*val))})
    (finding,) = of(report, "COCO855")
    expected = near(*numbers, 2)
    assert expected / len(val) > 0.9
    assert f"so it is with {expected} of {len(val)} images" in finding.message
    assert finding.severity is Severity.WARNING
    wider = checked(tmp_path, {"train": document(named(*train)), "val": document(named(*val))}, thresholds=_frames(0.5))[1]
    assert of(wider, "COCO855") == []


def _frames(distance: float) -> Any:
    from cocoproof.rules.thresholds import Thresholds

    return Thresholds(frame_distance=distance)


def test_recordings_shared_by_splits_show_in_the_boxes(tmp_path: Path) -> None:
    """As in an issue of a robot football team: names of recordings with a number every 10 frames, splits drawn by image."""
    random = np.random.default_rng(2)
    names, boxes, _ = video(random, 900, clips=30, speed=6, prefix="field-b-game", spacing=10)
    evaluation = random.random(len(names)) < 0.15
    parts = {
        split: document(named(*np.array(names)[mask]), boxes[mask].tolist())
        for split, mask in (("train", ~evaluation), ("val", evaluation))
    }
    _, report = checked(tmp_path, parts)
    (finding,) = of(report, "COCO855")
    assert "boxes of neighbours agree" in finding.message
    assert "(close means 2 times the spacing, here 10)" in finding.message
    _, report = checked(tmp_path, parts, group_by=r"(.+)-\d+\.jpg")
    (leak,) = of(report, "COCO854")
    assert "30 of 30 such groups" in leak.message
    assert of(report, "COCO855") == []


@pytest.mark.parametrize(
    "names",
    [
        [f"{k:012}.jpg" for k in range(1, 400)],
        [f"IMG_{k:04}.jpg" for k in range(1, 400)],
        [f"{breed}_{k}.jpg" for breed in ("boxer", "pug", "beagle", "Sphynx") for k in range(1, 100)],
        [f"paper_clip_{k}.jpg" for k in range(1, 400)],
    ],
)
def test_a_numbered_dataset_is_no_film(tmp_path: Path, names: list[str]) -> None:
    train, val = drawn(names, 0.2, 3)
    random = np.random.default_rng(4)

    def split(part: list[str]) -> Any:
        low = random.uniform(0, 300, (len(part), 2))
        boxes = np.concatenate([low, random.uniform(20, 300, (len(part), 2))], axis=1).round().tolist()
        made = document(named(*part), boxes)
        made["categories"][0]["name"] = "paper clip"
        return made

    _, report = checked(tmp_path, {"train": split(train), "val": split(val)})
    assert report.findings == ()
    assert verdict(report, "COCO855")[0] is Verdict.SKIPPED
    assert "nothing shows that they are frames of a video" in verdict(report, "COCO855")[1]


def test_a_film_that_was_cut_in_two_is_a_note(tmp_path: Path) -> None:
    names = [f"frame_{k:05}.jpg" for k in range(500)]
    _, report = checked(tmp_path, {"train": document(named(*names[:400])), "val": document(named(*names[400:]))})
    (finding,) = of(report, "COCO855")
    assert finding.severity is Severity.NOTE
    assert "so it is with 2 of 100 images" in finding.message


def test_a_word_for_frames_that_boxes_contradict_is_a_note(tmp_path: Path) -> None:
    random = np.random.default_rng(6)
    train, val = drawn([f"frame_{k:05}.jpg" for k in range(400)], 0.2, 3)

    def split(part: list[str]) -> Any:
        low = random.uniform(0, 560, (len(part), 2))
        return document(named(*part), np.concatenate([low, np.full((len(part), 2), 60.0)], axis=1).round().tolist())

    _, report = checked(tmp_path, {"train": split(train), "val": split(val)})
    (finding,) = of(report, "COCO855")
    assert finding.severity is Severity.NOTE
    assert "boxes of neighbours do not agree" in finding.message


def test_three_splits(tmp_path: Path) -> None:
    names = [f"clip_{k:05}.jpg" for k in range(90)]
    parts = {split: document(named(*names[k::3])) for k, split in enumerate(("train", "val", "test"))}
    first, second, third = checked(tmp_path, parts)
    assert first.findings == ()
    assert "30 of 30 images" in of(second, "COCO855")[0].message
    assert "30 of 30 images" in of(third, "COCO855")[0].message


def test_the_nearest_frame_against_plain_python() -> None:
    random = np.random.default_rng(8)
    for _ in range(30):
        sides = [[f"{'abc'[random.integers(3)]}_{random.integers(60)}.jpg" for _ in range(random.integers(0, 30))] for _ in range(3)]
        own, earlier = FrameNames.of(sides[0]), [FrameNames.of(side) for side in sides[1:]]
        found = find_neighbours(own, earlier)
        gaps = (found.steps * found.spacing).round().astype(int).tolist()
        expected = {}
        for row, name in enumerate(sides[0]):
            stem, number = name[:-4].split("_")
            others = [abs(int(number) - int(other[2:-4])) for side in sides[1:] for other in side if other[0] == stem]
            if others:
                expected[row] = min(others)
        assert dict(zip(found.rows.tolist(), gaps, strict=True)) == expected
        for row, side, there, gap in zip(found.rows.tolist(), found.side.tolist(), found.there.tolist(), gaps, strict=True):
            assert abs(own.numbers[row] - earlier[side].numbers[there]) == gap
            assert own.sequences[own.codes[row]] == earlier[side].sequences[earlier[side].codes[there]]


def test_random_splits_of_independent_images_are_no_film() -> None:
    assert alarms(np.random.default_rng(1), 300) == 0


@pytest.mark.slow
def test_no_false_alarm_in_ten_thousand_random_splits() -> None:
    assert alarms(np.random.default_rng(2), 10_000) <= 2


@pytest.mark.parametrize(("speed", "clips"), [(3, 1), (8, 1), (8, 20)])
def test_most_films_show_in_their_boxes(speed: float, clips: int) -> None:
    random = np.random.default_rng(9)
    assert sum(agreement(video(random, 300, speed=speed, clips=clips), random, 0.2)[0].is_video for _ in range(20)) >= 17
