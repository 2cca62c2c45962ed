"""Files of tracks, read with `json` and pycocotools alone, as the APIs of YouTube-VIS and TAO index them."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pycocotools import mask as coco_mask

from cocoproof.testing.trial import PropertyBroken

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from cocoproof.testing.tracked_videos import TrackKey

__all__ = ["ReadObject", "ReadTrack", "ReadTracks", "TrackFileForm", "expect", "read_tracks"]

TrackFileForm: TypeAlias = Literal["youtube_vis", "images"]


def expect(holds: object, what: str) -> None:
    """Require something of a file.

    Raises:
        PropertyBroken: If it does not hold.
    """
    if not holds:
        raise PropertyBroken(what)


@dataclass(frozen=True, eq=False)
class ReadObject:
    """A track in one frame.

    Attributes:
        box: x, y, width, height.
        area: As the file has it.
        mask: uint8, shape (height, width); None without a segmentation.
        score: As the file has it.
    """

    box: list[float]
    area: float | None
    mask: NDArray[np.uint8] | None
    score: float | None


@dataclass(frozen=True, eq=False)
class ReadTrack:
    """A track.

    Attributes:
        category: The name of its category.
        frames: By the number of the frame.
    """

    category: str
    frames: dict[int, ReadObject] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class ReadTracks:
    """What a file says.

    Attributes:
        videos: The file names of the frames of each video, in order, by the name of the video.
        tracks: By video and tracker id.
    """

    videos: dict[str, list[str]]
    tracks: dict[TrackKey, ReadTrack]


def read_tracks(path: Path, form: TrackFileForm) -> ReadTracks:
    """Read a file.

    Raises:
        PropertyBroken: If a track is in a frame twice, or lists have another length than the video.
        KeyError: If a reference leads nowhere, or a field is absent.
    """
    document = json.loads(path.read_text(encoding="utf-8"))
    names = {category["id"]: category["name"] for category in document["categories"]}
    expect(len(names) == len(document["categories"]), "two categories share an id")
    return _youtube_vis(document, names) if form == "youtube_vis" else _on_images(document, names)


def _youtube_vis(document: Any, names: dict[int, str]) -> ReadTracks:
    videos = {video["id"]: video for video in document["videos"]}
    expect(len(videos) == len(document["videos"]), "two videos share an id")
    tracks: dict[TrackKey, ReadTrack] = {}
    for row in document["annotations"]:
        video = videos[row["video_id"]]
        expect(video["length"] == len(video["file_names"]), "the length is not the number of names")
        track = ReadTrack(names[row["category_id"]])
        lists = [row.get(key) for key in ("bboxes", "areas", "segmentations", "scores")]
        for values in lists:
            expect(values is None or len(values) == video["length"], "a list is not as long as the video")
        for frame in range(video["length"]):
            box, area, mask, score = (None if values is None else values[frame] for values in lists)
            if box is not None:
                track.frames[frame] = ReadObject(box, area, _mask(mask, video["height"], video["width"]), score)
        key = video["name"], row["track_id"]
        expect(key not in tracks, "a track has two annotations")
        tracks[key] = track
    return ReadTracks({video["name"]: video["file_names"] for video in videos.values()}, tracks)


def _on_images(document: Any, names: dict[int, str]) -> ReadTracks:
    videos = {video["id"]: video for video in document["videos"]}
    listed = {track["id"]: track for track in document["tracks"]}
    expect(len(listed) == len(document["tracks"]), "two tracks share an id")
    images = {image["id"]: image for image in document["images"]}
    frames: dict[int, dict[int, str]] = defaultdict(dict)
    for image in images.values():
        own = frames[image["video_id"]]
        expect(image["frame_index"] not in own, "two frames have one index")
        own[image["frame_index"]] = image["file_name"]
    tracks: dict[TrackKey, ReadTrack] = {}
    for row in document["annotations"]:
        image, track = images[row["image_id"]], listed[row["track_id"]]
        expect(track["video_id"] == image["video_id"] == row["video_id"], "a track leaves its video")
        expect(track["category_id"] == row["category_id"], "a track changes its category")
        key = videos[image["video_id"]]["name"], row["instance_id"]
        seen = tracks.setdefault(key, ReadTrack(names[row["category_id"]])).frames
        expect(image["frame_index"] not in seen, "a track is in a frame twice")
        mask = _mask(row.get("segmentation"), image["height"], image["width"])
        seen[image["frame_index"]] = ReadObject(row["bbox"], row["area"], mask, row.get("score"))
    return ReadTracks({video["name"]: [name for _, name in sorted(frames[number].items())] for number, video in videos.items()}, tracks)


def _mask(segmentation: Any, height: int, width: int) -> NDArray[np.uint8] | None:
    """The pixels of a segmentation, as `annToMask` of the APIs decodes it."""
    if segmentation is None:
        return None
    if isinstance(segmentation, list):
        encoded = coco_mask.merge(coco_mask.frPyObjects(segmentation, height, width))
    elif isinstance(segmentation["counts"], list):
        encoded = coco_mask.frPyObjects(segmentation, height, width)
    else:
        encoded = segmentation
    decoded: NDArray[np.uint8] = coco_mask.decode(encoded)
    return decoded
