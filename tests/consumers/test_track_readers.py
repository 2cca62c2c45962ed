"""What is written as tracks, in the readers of others: TrackEval's datasets and kwcoco. They are not in the test extra."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from cocoproof import ClassMapping, export_tracks
from cocoproof.export import PlainDetections

if TYPE_CHECKING:
    from pathlib import Path

MAPPING = ClassMapping.from_names(["cat", "dog"], ["dog", "cat"])


def _detections(ids: list[int], classes: list[int]) -> PlainDetections:
    masks = np.zeros((len(ids), 10, 20), bool)
    for k in range(len(ids)):
        masks[k, 1:5, 5 * k : 5 * k + 4] = True
    corners = np.array([[5 * k, 1, 5 * k + 4, 5] for k in range(len(ids))], float).reshape(-1, 4)
    return PlainDetections(corners, np.array(classes), mask=masks, tracker_id=np.array(ids), confidence=np.full(len(ids), 0.5))


VIDEOS: list[tuple[str, Any]] = [
    (name, [((f"{name}/{k}.jpg", (20, 10)), detections) for k, detections in enumerate(frames)])
    for name, frames in (
        ("a", (_detections([3, 9], [0, 1]), _detections([9], [1]), _detections([3], [0]))),
        ("b", (_detections([3], [1]), None)),
    )
]


def _runs(mask: Any) -> list[int]:
    flat = coco_mask.decode(mask).ravel(order="F")
    changes = np.flatnonzero(np.diff(flat, prepend=0))
    return [int(run) for run in np.diff(np.concatenate(([0], changes, [flat.size])))]


def test_trackeval_reads_youtube_vis(tmp_path: Path) -> None:
    trackeval = pytest.importorskip("trackeval")
    truth, tracker = tmp_path / "gt" / "youtube_vis_val", tmp_path / "trackers" / "youtube_vis_val" / "one" / "data"
    for folder in (truth, tracker):
        folder.mkdir(parents=True)
    export_tracks(VIDEOS, truth / "gt.json", mapping=MAPPING, masks="rle")
    document = json.loads((truth / "gt.json").read_text(encoding="ascii"))
    rows = [{key: row[key] for key in ("video_id", "category_id", "segmentations")} | {"score": 0.9} for row in document["annotations"]]
    (tracker / "results.json").write_text(json.dumps(rows), encoding="ascii")
    # TrackEval takes the masks of the ground truth as the official files have them, with runs as a list.
    for row in document["annotations"]:
        row["segmentations"] = [None if mask is None else mask | {"counts": _runs(mask)} for mask in row["segmentations"]]
    (truth / "gt.json").write_text(json.dumps(document), encoding="ascii")
    names = {"GT_FOLDER": f"{tmp_path}/gt/", "TRACKERS_FOLDER": f"{tmp_path}/trackers/"}
    dataset = trackeval.datasets.YouTubeVIS(names | {"SPLIT_TO_EVAL": "val", "PRINT_CONFIG": False})
    raw = dataset.get_raw_seq_data("one", "a")
    assert [sorted(ids.tolist()) for ids in raw["gt_ids"]] == [[1, 2], [2], [1]]
    assert [sorted(ids.tolist()) for ids in raw["gt_classes"]] == [[1, 2], [1], [2]]
    for similarity in raw["similarity_scores"]:
        assert np.allclose(similarity.max(axis=1), 1)


def test_trackeval_reads_tracks_on_images_as_tao(tmp_path: Path) -> None:
    trackeval = pytest.importorskip("trackeval")
    truth, tracker = tmp_path / "gt", tmp_path / "trackers" / "one" / "data"
    for folder in (truth, tracker):
        folder.mkdir(parents=True)
    export_tracks(VIDEOS, truth / "gt.json", mapping=MAPPING, masks="none", form="images")
    document = json.loads((truth / "gt.json").read_text(encoding="ascii"))
    keys = ("image_id", "category_id", "bbox", "score", "track_id", "video_id")
    (tracker / "results.json").write_text(
        json.dumps([{key: row[key] for key in keys} for row in document["annotations"]]), encoding="ascii"
    )
    config = {"GT_FOLDER": str(truth), "TRACKERS_FOLDER": str(tmp_path / "trackers"), "PRINT_CONFIG": False}
    dataset = trackeval.datasets.TAO(config)
    raw = dataset.get_raw_seq_data("one", "a")
    assert [sorted(ids.tolist()) for ids in raw["gt_ids"]] == [[1, 2], [2], [1]]
    for similarity in raw["similarity_scores"]:
        assert np.allclose(similarity.max(axis=1), 1)


def test_kwcoco_reads_tracks_on_images(tmp_path: Path) -> None:
    kwcoco = pytest.importorskip("kwcoco")
    export_tracks(VIDEOS, tmp_path / "tracks.json", mapping=MAPPING, masks="rle", form="images")
    dataset = kwcoco.CocoDataset(str(tmp_path / "tracks.json"))
    assert (dataset.n_videos, dataset.n_images, dataset.n_annots) == (2, 5, 5)
    assert {number: len(rows) for number, rows in dataset.index.trackid_to_aids.items()} == {1: 2, 2: 2, 3: 1}
    assert [len(dataset.index.vidid_to_gids[number]) for number in (1, 2)] == [3, 2]
    shutil.rmtree(tmp_path)
