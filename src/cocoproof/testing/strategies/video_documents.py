"""COCO documents of videos: YouTube-VIS, its results, and the same tracks on images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from cocoproof.model.findings import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = ["on_images", "video_documents"]

_LISTS = {"bbox": "bboxes", "area": "areas", "segmentation": "segmentations"}
_MOST_FRAMES = 4


@st.composite
def video_documents(
    draw: DrawFn, kind: Kind, categories: list[Any], shape: Callable[[Any], SearchStrategy[Any]], most: int, sides: tuple[int, int]
) -> Any:
    """A document of videos.

    Args:
        draw: Of Hypothesis.
        kind: `video_instances`, or `video_results`.
        categories: The categories.
        shape: Draws box, area, flag and segmentation on an image of a size.
        most: The most tracks.
        sides: The least and the greatest side of a frame.
    """
    videos: list[Any] = [
        {"id": number, "width": draw(st.integers(*sides)), "height": draw(st.integers(*sides)), "length": length}
        | {"file_names": [f"{number}/{frame:05}.jpg" for frame in range(length)]}
        for number, length in enumerate(draw(st.lists(st.integers(1, _MOST_FRAMES), min_size=1, max_size=2)), 1)
    ]
    tracks = []
    for number in range(1, draw(st.integers(1, most)) + 1):
        video = draw(st.sampled_from(videos))
        there = draw(st.lists(st.booleans(), min_size=video["length"], max_size=video["length"]).filter(any))
        shapes = [draw(shape(video)) if seen else None for seen in there]
        lists = {many: [None if one is None else one.get(field) for one in shapes] for field, many in _LISTS.items()}
        head = {"id": number, "video_id": video["id"], "category_id": draw(st.sampled_from(categories))["id"], "iscrowd": 0}
        tracks.append(head | {key: video[key] for key in ("width", "height", "length")} | lists)
    if kind is Kind.VIDEO_RESULTS:
        keys = ("video_id", "category_id", "bboxes", "segmentations")
        return [{key: track[key] for key in keys} | {"score": draw(st.floats(0, 1))} for track in tracks]
    head = {"info": {"description": "drawn"}, "licenses": [{"id": 1, "name": "CC0", "url": ""}]}
    return {**head, "videos": videos, "annotations": tracks, "categories": categories}


def on_images(document: Any) -> Any:
    """The tracks of a YouTube-VIS document as annotations of images, as TAO has them."""
    images: list[Any] = []
    rows: list[Any] = []
    for video in document["videos"]:
        start = len(images)
        size = {key: video[key] for key in ("width", "height")}
        for frame, name in enumerate(video["file_names"]):
            images.append({"id": len(images) + 1, "file_name": name, "video_id": video["id"], "frame_id": frame, **size})
        for track in (one for one in document["annotations"] if one["video_id"] == video["id"]):
            for frame in range(video["length"]):
                fields = {field: track[many][frame] for field, many in _LISTS.items() if track[many][frame] is not None}
                if fields:
                    own = {key: track[key] for key in ("category_id", "iscrowd")}
                    rows.append({"id": len(rows) + 1, "image_id": start + frame + 1, "track_id": track["id"], **own, **fields})
    videos = [{"id": video["id"], "name": f"video {video['id']}"} for video in document["videos"]]
    head = {key: document[key] for key in ("info", "licenses", "categories")}
    return {**head, "videos": videos, "images": images, "annotations": rows}
