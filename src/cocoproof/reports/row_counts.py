"""How many rows a file has, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.model.findings import Kind
from cocoproof.model.wording import count_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cocoproof.model.findings import FileReport

__all__ = ["row_counts"]

_NOUNS: Mapping[str, str] = {"images": "image", "annotations": "annotation", "categories": "category"}
_OF_KINDS: Mapping[Kind, Mapping[str, str]] = {
    # A list of results has no images and no categories of its own.
    Kind.RESULTS: {"annotations": "result"},
    Kind.VIDEO_RESULTS: {"annotations": "result"},
    Kind.VIDEO_INSTANCES: {"videos": "video", "images": "frame", "annotations": "track", "categories": "category"},
}


def row_counts(file: FileReport) -> list[str]:
    """The counts of a file's rows with their nouns: `3 images`, `5 annotations`, `1 category`."""
    videos = {"videos": "video"} if "videos" in file.counts else {}
    nouns = _OF_KINDS.get(file.kind, videos | dict(_NOUNS))
    return [count_of(file.counts[section], noun) for section, noun in nouns.items() if section in file.counts]
