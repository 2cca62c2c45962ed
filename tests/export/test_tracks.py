"""Tracked detections as files of videos: written, read back with an independent reader, and by our own columns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import supervision as sv
from hypothesis import given, settings

from cocoproof import ClassMapping, ExportError, check, export_tracks
from cocoproof.export import ImageInfo, PlainDetections
from cocoproof.reading.document import read
from cocoproof.reading.source import read_document
from cocoproof.testing.read_tracks import read_tracks
from cocoproof.testing.strategies import tracked_datasets
from cocoproof.testing.track_contract import TRACK_PROPERTIES, TrackContract

from ..examples import PROFILE

if TYPE_CHECKING:
    from pathlib import Path

FORMS = ("youtube_vis", "images")
NAMES = ["cat", "dog"]
MAPPING = ClassMapping.from_names(NAMES, ["dog", "cat"])
SIZE = (20, 10)


def boxes(ids: Any, classes: Any = None, **further: Any) -> PlainDetections:
    n = len(ids)
    corners = np.array([[k, 1, k + 4, 5] for k in range(n)], float).reshape(-1, 4)
    return PlainDetections(corners, np.zeros(n, int) if classes is None else np.array(classes), tracker_id=np.array(ids, int), **further)


def film(*frames: Any, name: str = "a", size: tuple[int, int] = SIZE) -> tuple[str, Any]:
    return name, [((f"{name}/{k}.jpg", size), detections) for k, detections in enumerate(frames)]


def written(tmp_path: Path, *videos: Any, form: str = "youtube_vis", **options: Any) -> Any:
    path = tmp_path / "tracks.json"
    report = export_tracks(videos, path, mapping=MAPPING, form=form, **options)
    return report, json.loads(path.read_text(encoding="ascii"))


class _Ours(TrackContract):
    max_examples = 12 if PROFILE == "ordinary" else 150

    def export(self, videos: Any, mapping: ClassMapping, folder: Path) -> Path:
        path = folder / "tracks.json"
        export_tracks(videos, path, mapping=mapping, form=self.form)
        return path


class TestYoutubeVis(_Ours):
    """The contract on our own exporter, as YouTube-VIS."""


class TestImages(_Ours):
    """The contract on our own exporter, as tracks on images."""

    form = "images"


def _round_trip(dataset: Any, folder: Path, form: str) -> None:
    """Nothing is lost: by plain json and pycocotools, and by our own reader."""
    path = folder / "tracks.json"
    report = export_tracks(dataset.source(), path, mapping=dataset.mapping(), form=form, verify=False)  # type: ignore[arg-type]
    found = read_tracks(path, form)  # type: ignore[arg-type]
    contract = _Ours()
    for name, holds in TRACK_PROPERTIES.items():
        if name not in ("verifier_clean", "deterministic"):
            holds(contract, dataset, path, found)
    visible = sum(len(one.frames) for one in dataset.tracks().values())
    assert report.images == sum(len(video.file_names) for video in dataset.videos)
    assert report.annotations == (len(dataset.tracks()) if form == "youtube_vis" else visible)
    assert sum(one.written for one in report.classes) == visible
    coco = read(read_document(json.loads(path.read_text(encoding="ascii")))).dataset
    assert coco is not None
    if not visible and form == "images":
        return
    own = coco.frames or coco
    assert own.annotations.n == visible
    assert (own.annotations.image_row >= 0).all()
    assert (own.annotations.category_row >= 0).all()
    there = sorted(
        (video.file_names[frame], *(float(side) for side in seen.box))
        for video in dataset.videos
        for one in video.objects
        for frame, seen in one.frames.items()
    )
    columns = own.annotations.bbox.floats
    read_back = sorted(
        (own.images.file_name.values[image], box[0], box[1], box[0] + box[2], box[1] + box[3])
        for image, box in zip(own.annotations.image_row.tolist(), columns.tolist(), strict=True)
    )
    assert [one[0] for one in there] == [one[0] for one in read_back]
    assert np.allclose([one[1:] for one in there], [one[1:] for one in read_back]) if there else True


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=20, deadline=None, derandomize=True)
@given(dataset=tracked_datasets())
def test_a_round_trip_loses_nothing(form: str, tmp_path_factory: pytest.TempPathFactory, dataset: Any) -> None:
    _round_trip(dataset, tmp_path_factory.mktemp("tracks"), form)


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=500, deadline=None, derandomize=PROFILE != "fuzz")
@given(dataset=tracked_datasets(max_frames=5, max_objects=4, max_side=12))
def test_500_round_trips_lose_nothing(form: str, tmp_path_factory: pytest.TempPathFactory, dataset: Any) -> None:
    _round_trip(dataset, tmp_path_factory.mktemp("tracks"), form)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_written_has_no_finding(tmp_path: Path, form: str) -> None:
    detections = [boxes([5, 7], [0, 1]), boxes([7], [1]), sv.Detections.empty(), boxes([5], [0])]
    report, document = written(tmp_path, film(*detections), film(*detections, name="b"), form=form, verify=True)
    assert report.verification is not None
    assert [one.code for one in report.verification.findings] == ["COCO305"] * (2 * (form == "images"))
    assert report.verification.files[0].kind.value == ("video_instances" if form == "youtube_vis" else "instances")
    assert [video["name"] for video in document["videos"]] == ["a", "b"]


def test_youtube_vis_as_it_is_written(tmp_path: Path) -> None:
    first = boxes([5], confidence=np.array([0.5]), data={"colour": np.array(["red"])})
    _, document = written(tmp_path, film(first, boxes([]), boxes([5], confidence=np.array([0.25]))))
    assert document["videos"] == [
        {"id": 1, "name": "a", "width": 20, "height": 10, "length": 3, "file_names": ["a/0.jpg", "a/1.jpg", "a/2.jpg"]}
    ]
    (track,) = document["annotations"]
    assert track == {
        "id": 1,
        "video_id": 1,
        "category_id": 2,
        "iscrowd": 0,
        "track_id": 5,
        "width": 20,
        "height": 10,
        "length": 3,
        "bboxes": [[0, 1, 4, 4], None, [0, 1, 4, 4]],
        "areas": [16, None, 16],
        "scores": [0.5, None, 0.25],
        "attributes": [{"colour": "red"}, None, None],
    }


def test_tracks_on_images_as_they_are_written(tmp_path: Path) -> None:
    _, document = written(tmp_path, film(boxes([5])), film(boxes([5]), name="b"), form="images")
    assert document["tracks"] == [{"id": 1, "category_id": 2, "video_id": 1}, {"id": 2, "category_id": 2, "video_id": 2}]
    assert [(row["track_id"], row["instance_id"], row["video_id"]) for row in document["annotations"]] == [(1, 5, 1), (2, 5, 2)]
    assert [(row["frame_index"], row["frame_id"], row["video_id"]) for row in document["images"]] == [(0, 0, 1), (0, 0, 2)]


REFUSED = [
    ("track-id", film(PlainDetections(np.array([[0, 0, 1, 1.0]]), np.array([0]))), "no tracker_id"),
    ("track-id", film(boxes([-1])), "negative id"),
    ("track-repeated", film(boxes([3, 3])), "duplicate in this frame"),
    ("track-category", film(boxes([3], [0]), boxes([3], [1])), "one category"),
    ("track-crowd", film(boxes([3], data={"iscrowd": np.array([1])}), boxes([3])), "one flag"),
    ("video-size", ("a", [(("a/0.jpg", (20, 10)), boxes([])), (("a/1.jpg", (10, 20)), boxes([]))]), "the first of its video"),
    ("video-empty", ("a", []), "no frame"),
]


@pytest.mark.parametrize(("reason", "video", "message"), REFUSED)
def test_what_cannot_be_a_track_is_refused(tmp_path: Path, reason: str, video: Any, message: str) -> None:
    with pytest.raises(ExportError, match=message) as error:
        written(tmp_path, video)
    assert error.value.reason == reason
    assert not list(tmp_path.iterdir())


def test_what_is_skipped_is_counted(tmp_path: Path) -> None:
    frames = film(boxes([3, 3, 4], [0, 0, 1]), boxes([3, -1], [1, 0]))
    report, document = written(tmp_path, frames, on_error="skip")
    assert report.left_out == {"track-category": 1, "track-id": 1, "track-repeated": 1}
    assert [row["track_id"] for row in document["annotations"]] == [3, 4]
    assert check(report.path, reload="never", ignore=["COCO305"]).findings == ()


def test_two_videos_of_one_name_and_other_forms(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="duplicate"):
        written(tmp_path, film(boxes([1])), ("a", [(("b/0.jpg", SIZE), boxes([1]))]))
    with pytest.raises(ExportError, match="the file name"):
        written(tmp_path, film(boxes([1])), ("b", [(("a/0.jpg", SIZE), boxes([1]))]))
    with pytest.raises(TypeError, match="a video is given as"):
        written(tmp_path, boxes([1]))
    with pytest.raises(ValueError, match="form"):
        written(tmp_path, film(boxes([1])), form="mot")


def test_what_frames_have_beside_detections_is_counted_where_there_is_no_place_for_it(tmp_path: Path) -> None:
    frames = [(ImageInfo("a/0.jpg", 20, 10, {"license": 1}), boxes([1]))]
    report, _ = written(tmp_path, ("a", frames))
    assert report.metadata_left_out == {"license": 1}
    report, document = written(tmp_path, ("a", frames), form="images")
    assert report.metadata_left_out == {}
    assert document["images"][0]["license"] == 1
