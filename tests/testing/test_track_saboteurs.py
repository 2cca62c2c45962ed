"""The contract of track exporters tested: right exporters pass, and each broken one is caught by the property that names it."""

from __future__ import annotations

import copy
import json
import uuid
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from cocoproof import export_tracks
from cocoproof.testing import TrackContract
from cocoproof.testing.track_contract import TRACK_PROPERTIES

from ..examples import PROFILE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EXAMPLES = 15 if PROFILE == "ordinary" else 100


class PlainYoutubeVis(TrackContract):
    """Honest, and written by hand: nothing of the exporter under test. A mask is compressed by pycocotools."""

    max_examples = EXAMPLES

    def document(self, videos: Any, mapping: Any) -> Any:
        rows: list[Any] = []
        listed = []
        for number, (name, frames) in enumerate(videos, 1):
            (_, (width, height)), _ = frames[0]
            size = {"width": width, "height": height, "length": len(frames)}
            listed.append({"id": number, "name": name, **size, "file_names": [image[0] for image, _ in frames]})
            tracks: dict[int, Any] = {}
            for frame, (_, detections) in enumerate(frames):
                for k in range(len(detections)):
                    given = int(detections.tracker_id[k])
                    if given not in tracks:
                        category = int(mapping.resolve([int(detections.class_id[k])])[0])
                        lists = {key: [None] * len(frames) for key in ("bboxes", "areas", "segmentations", "scores")}
                        tracks[given] = {"video_id": number, "category_id": category, "iscrowd": 0, "track_id": given, **size, **lists}
                    self.see(tracks[given], frame, detections, k)
            rows += tracks.values()
        for number, row in enumerate(rows, 1):
            row["id"] = number
        categories = [{"id": one.id, "name": one.name} for one in mapping.categories]
        return {"info": {}, "licenses": [], "videos": listed, "annotations": rows, "categories": categories}

    def see(self, track: Any, frame: int, detections: Any, k: int) -> None:
        """Write one detection into its track."""
        x1, y1, x2, y2 = (float(side) for side in detections.xyxy[k])
        track["bboxes"][frame] = [x1, y1, x2 - x1, y2 - y1]
        track["areas"][frame] = (x2 - x1) * (y2 - y1)
        track["scores"][frame] = float(detections.confidence[k])
        if detections.mask is not None:
            mask = np.asarray(detections.mask[k])
            rle = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
            track["segmentations"][frame] = {"size": [int(side) for side in rle["size"]], "counts": rle["counts"].decode()}
            track["areas"][frame] = int(mask.sum())

    def spoil(self, document: Any) -> None:
        """Nothing: this exporter is right."""

    def export(self, videos: Any, mapping: Any, folder: Path) -> Path:
        document = self.document(videos, mapping)
        self.spoil(document)
        path = folder / "file.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return path


class PlainRuns(PlainYoutubeVis):
    """Honest: runs as a list, sections and keys in another order, boxes as integers where they are."""

    def see(self, track: Any, frame: int, detections: Any, k: int) -> None:
        super().see(track, frame, detections, k)
        track["bboxes"][frame] = [int(side) if side == int(side) else side for side in track["bboxes"][frame]]
        if detections.mask is not None:
            flat = np.asarray(detections.mask[k]).ravel(order="F")
            changes = np.flatnonzero(np.diff(flat, prepend=False))
            runs = np.diff(np.concatenate(([0], changes, [flat.size])))
            track["segmentations"][frame]["counts"] = [int(run) for run in runs]

    def spoil(self, document: Any) -> None:
        for key in reversed(list(document)):
            document[key] = document.pop(key)


class PlainImages(TrackContract):
    """Honest: tracks on images, one annotation for each detection."""

    form = "images"
    max_examples = EXAMPLES

    def export(self, videos: Any, mapping: Any, folder: Path) -> Path:
        document = PlainYoutubeVis().document(videos, mapping)
        images: list[Any] = []
        rows: list[Any] = []
        for video in document["videos"]:
            start = len(images)
            for frame, name in enumerate(video.pop("file_names")):
                size = {"width": video["width"], "height": video["height"]}
                images.append({"id": len(images) + 1, "file_name": name, "video_id": video["id"], "frame_index": frame, **size})
            for track in (one for one in document["annotations"] if one["video_id"] == video["id"]):
                for frame in range(video["length"]):
                    if track["bboxes"][frame] is None:
                        continue
                    row = {key: track[key] for key in ("video_id", "category_id", "iscrowd")}
                    row |= {"id": len(rows) + 1, "image_id": start + frame + 1, "track_id": track["id"], "instance_id": track["track_id"]}
                    row |= {"bbox": track["bboxes"][frame], "area": track["areas"][frame], "score": track["scores"][frame]}
                    if track["segmentations"][frame] is not None:
                        row["segmentation"] = track["segmentations"][frame]
                    rows.append(row)
        document["tracks"] = [{key: track[key] for key in ("id", "category_id", "video_id")} for track in document["annotations"]]
        document |= {"images": images, "annotations": rows}
        path = folder / "file.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return path


class OurImages(TrackContract):
    """Our own exporter."""

    form = "images"
    max_examples = EXAMPLES

    def export(self, videos: Any, mapping: Any, folder: Path) -> Path:
        export_tracks(videos, folder / "file.json", mapping=mapping, form="images")
        return folder / "file.json"


class TestPlainYoutubeVis(PlainYoutubeVis):
    """The contract on an honest exporter."""


class TestPlainRuns(PlainRuns):
    """The same."""


class TestPlainImages(PlainImages):
    """The same."""


LISTS = ("bboxes", "areas", "segmentations", "scores")


def each_list(change: Callable[[list[Any]], list[Any]], *names: str) -> Callable[[Any], None]:
    """A change of these lists of every track."""

    def spoil(document: Any) -> None:
        for track in document["annotations"]:
            for name in names or LISTS:
                track[name] = change(track[name])

    return spoil


def frames_without_null(document: Any) -> None:
    """Only the frames in which the object is visible, as an exporter does that does not know of null."""
    each_list(lambda values: [value for value in values if value is not None])(document)


def shifted(document: Any) -> None:
    """Frames counted from 1."""
    each_list(lambda values: [None, *values[:-1]])(document)


def reversed_frames(document: Any) -> None:
    each_list(lambda values: values[::-1])(document)


def carried_on(document: Any) -> None:
    """An object that left stays where it was last."""

    def carry(values: list[Any]) -> list[Any]:
        out: list[Any] = []
        for value in values:
            out.append(out[-1] if value is None and out else value)
        return out

    each_list(carry)(document)


def split_tracks(document: Any) -> None:
    """A new track after each gap."""
    rows = []
    for track in document["annotations"]:
        seen = [frame for frame, box in enumerate(track["bboxes"]) if box is not None]
        gap = next((k for k in range(1, len(seen)) if seen[k] > seen[k - 1] + 1), None)
        if gap is None:
            rows.append(track)
            continue
        for number, part in enumerate((seen[:gap], seen[gap:])):
            row = copy.deepcopy(track)
            for name in LISTS:
                row[name] = [value if frame in part else None for frame, value in enumerate(track[name])]
            row["track_id"] += 1000 * number
            rows.append(row)
    for number, row in enumerate(rows, 1):
        row["id"] = number
    document["annotations"] = rows


def merged_videos(document: Any) -> None:
    """Tracks of all videos with one id are one track."""
    first = document["videos"][0]["id"]
    for track in document["annotations"]:
        track["video_id"] = first


def ids_anew(document: Any) -> None:
    """Ids of tracks begin anew in each video."""
    counts: dict[int, int] = {}
    for track in document["annotations"]:
        counts[track["video_id"]] = counts.get(track["video_id"], 0) + 1
        track["id"] = counts[track["video_id"]]


def video_ids_from_zero(document: Any) -> None:
    """The videos count from 0, the tracks still from 1."""
    for video in document["videos"]:
        video["id"] -= 1


def corners(document: Any) -> None:
    each_list(lambda values: [None if box is None else [box[0], box[1], box[0] + box[2], box[1] + box[3]] for box in values], "bboxes")(
        document
    )


def whole_pixels(document: Any) -> None:
    each_list(lambda values: [None if box is None else [int(side) for side in box] for box in values], "bboxes")(document)


def class_indices(document: Any) -> None:
    for track in document["annotations"]:
        track["category_id"] = len(document["categories"]) + 1 - track["category_id"]


def area_of_first(document: Any) -> None:
    """The area of the first frame for all."""

    def first(values: list[Any]) -> list[Any]:
        known = next(value for value in values if value is not None)
        return [None if value is None else known for value in values]

    each_list(first, "areas")(document)


def one_area(document: Any) -> None:
    """The mean area in the place of the list, as a field of COCO."""
    for track in document["annotations"]:
        track["area"] = float(np.mean([value for value in track.pop("areas") if value is not None]))


def mask_of_first(document: Any) -> None:
    """The mask of the first frame for all."""

    def first(values: list[Any]) -> list[Any]:
        known = next((value for value in values if value is not None), None)
        return [None if value is None else known for value in values]

    each_list(first, "segmentations")(document)


def masks_on_their_sides(document: Any) -> None:
    """The size of the masks as [width, height]."""
    for track in document["annotations"]:
        for mask in track["segmentations"]:
            if mask is not None:
                mask["size"].reverse()


def frames_of_objects_only(document: Any) -> None:
    """Frames without any object are left out."""
    for video in document["videos"]:
        own = [track for track in document["annotations"] if track["video_id"] == video["id"]]
        kept = [k for k in range(video["length"]) if any(track["bboxes"][k] is not None for track in own)]
        for row in (video, *own):
            row["length"] = len(kept)
        video["file_names"] = [video["file_names"][k] for k in kept]
        for track in own:
            for name in LISTS:
                track[name] = [track[name][k] for k in kept]


def videos_of_objects_only(document: Any) -> None:
    used = {track["video_id"] for track in document["annotations"]}
    document["videos"] = [video for video in document["videos"] if video["id"] in used]


def sorted_names(document: Any) -> None:
    """Frames in the order of their names backwards, the lists as they were."""
    for video in document["videos"]:
        video["file_names"].reverse()


def one_score(document: Any) -> None:
    """The best score for every frame."""

    def best(values: list[Any]) -> list[Any]:
        return [None if value is None else max(one for one in values if one is not None) for value in values]

    each_list(best, "scores")(document)


def stamped(document: Any) -> None:
    document["info"]["id"] = str(uuid.uuid4())


def single_frames_lost(document: Any) -> None:
    """Tracks of a single frame are taken for noise."""
    document["annotations"] = [row for row in document["annotations"] if sum(box is not None for box in row["bboxes"]) > 1]


def length_of_tracks(document: Any) -> None:
    """The length is the number of tracks."""
    for video in document["videos"]:
        video["length"] = sum(track["video_id"] == video["id"] for track in document["annotations"])


SABOTEURS: list[tuple[Callable[[Any], None], str]] = [
    (frames_without_null, "verifier_clean"),
    (shifted, "visibility"),
    (reversed_frames, "visibility"),
    (carried_on, "visibility"),
    (split_tracks, "tracks"),
    (merged_videos, "tracks"),
    (ids_anew, "verifier_clean"),
    (video_ids_from_zero, "verifier_clean"),
    (corners, "boxes"),
    (whole_pixels, "boxes"),
    (class_indices, "categories"),
    (area_of_first, "areas"),
    (one_area, "verifier_clean"),
    (mask_of_first, "masks"),
    (masks_on_their_sides, "verifier_clean"),
    (frames_of_objects_only, "videos"),
    (videos_of_objects_only, "videos"),
    (sorted_names, "videos"),
    (one_score, "scores"),
    (stamped, "deterministic"),
    (single_frames_lost, "tracks"),
    (length_of_tracks, "verifier_clean"),
]


EACH = [
    pytest.param(*pair, marks=[pytest.mark.fuzz] if k % 3 else [pytest.mark.slow] if k % 12 else []) for k, pair in enumerate(SABOTEURS)
]
"""A third of them in the default and the slow tier, two in the default one."""


@pytest.mark.parametrize(("sabotage", "name"), EACH, ids=lambda value: getattr(value, "__name__", None))
def test_each_saboteur_is_caught_by_the_property_that_names_it(sabotage: Callable[[Any], None], name: str) -> None:
    class Broken(PlainYoutubeVis):
        max_examples = 100

        def spoil(self, document: Any) -> None:
            sabotage(document)

    assert name in TRACK_PROPERTIES
    with pytest.raises(AssertionError):
        Broken().try_property(name)


def test_known_failures_must_fail() -> None:
    class Known(PlainYoutubeVis):
        known_failures = {"scores": "they are not written"}  # noqa: RUF012 - as users write it

    with pytest.raises(AssertionError, match="is in known_failures"):
        Known().try_property("scores")
