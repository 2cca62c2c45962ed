"""The earlier split that the examples of the rules about splits are compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cocoproof.rules.examples import GONE, dataset

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["EARLIER", "of_images"]

_FRAMES = range(101, 141)


def of_images(count: int, annotation: Mapping[str, Any] | None = None, *, annotated: int | None = None) -> Any:
    """A file of images 1001.jpg and on, with an annotation on each, or on the first so many."""
    numbers = range(1001, 1001 + count)
    rows = [{"id": k, "image_id": k, **_SMALL, **(annotation or {})} for k in numbers[:annotated]]
    return dataset(rows, images=[{"id": k, "file_name": f"{k}.jpg"} for k in numbers])


_SMALL = {"category_id": 1, "bbox": [4, 5, 12, 10], "area": 120, "segmentation": GONE}


def _frames() -> Sequence[dict[str, Any]]:
    return [{"id": k, "file_name": f"clip_{k:06}.jpg", "video_id": 1, "frame_index": k} for k in _FRAMES]


EARLIER = dataset(
    [{}, {}, *({"id": k, "image_id": k, **_SMALL} for k in _FRAMES)],
    images=[{}, {}, *_frames()],
    document={"videos": [{"id": 1, "name": "market square"}]},
)
"""A training split: images 1.jpg and 2.jpg, annotations 1 and 2 on the first; cat is annotated and dog is not; and 40 frames of a video with a
cat on each."""
