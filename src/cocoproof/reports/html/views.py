"""The views of a picture: a close-up of an annotation, and the complete image."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cocoproof.reports.html.image_cache import whole_pixels
from cocoproof.reports.html.shapes import number, union

if TYPE_CHECKING:
    from cocoproof.reports.html.image_cache import CachedImage, ImageCache
    from cocoproof.reports.html.shapes import Extent, OutlinePath

__all__ = ["Drawn", "Frame", "View", "views_of"]

_ASPECT = 4 / 3
_BEYOND = 6.0
"""How far a view of the complete image reaches beyond the frame, in multiples of its size."""

_UNKNOWN_SIDE = 100.0
"""Pixels of an empty canvas if the size of the image is unknown."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The image that annotations are drawn on.

    Attributes:
        name: Its file name, "" if it has no usable one.
        size: Width and height that the dataset states; None if it states no usable size.
        place: The folder, archive or address of its file; None if unknown.
    """

    name: str = ""
    size: tuple[int, int] | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """One annotation in a picture, and its role in the finding.

    Attributes:
        role: subject, other or context; its CSS class.
        outline: What is drawn.
    """

    role: str
    outline: OutlinePath


@dataclass(frozen=True, slots=True)
class View:
    """One drawing.

    Attributes:
        title: What it shows; also for screen readers.
        box: The SVG's viewBox: left, top, width, height, in pixels of the image.
        frame: Width and height of the image; None if unknown.
        stated: The size that the dataset states, if the image file has another size.
        thumbnail: The background; None for an empty canvas.
        drawn: What is drawn, the lowest first.
        magnified: Whether a pixel of the image takes several pixels of the screen.
    """

    title: str
    box: tuple[str, str, str, str]
    frame: tuple[int, int] | None
    stated: tuple[int, int] | None
    thumbnail: CachedImage | None
    drawn: tuple[Drawn, ...]
    magnified: bool = False


def views_of(frame: Frame, drawn: tuple[Drawn, ...], cache: ImageCache, title: str) -> tuple[tuple[View, ...], tuple[str, ...]]:
    """Views of one image: a close-up, if what is drawn is small, and the complete image.

    Args:
        frame: The image.
        drawn: What to draw.
        cache: Makes and keeps the thumbnails.
        title: The title of the complete image.

    Returns:
        The views, and remarks on the image.
    """
    remarks: list[str] = []
    thumbnail = cache.whole(frame.place, frame.name, frame.size) if frame.name else None
    if isinstance(thumbnail, str):
        remarks.append(f"The image is not shown: {thumbnail}.")
        thumbnail = None
    size = thumbnail.size if thumbnail is not None else frame.size
    stated = frame.size if thumbnail is not None and frame.size != thumbnail.size else None
    if thumbnail is not None and thumbnail.remark:
        remarks.append(thumbnail.remark)
    if stated is not None and size is not None:
        remarks.append(
            f"The image file is {size[0]} x {size[1]} px. The dashed frame is the size in the dataset, {stated[0]} x {stated[1]}."
        )
    if size is None:
        remarks.append("The size of the image is unknown: there is no frame.")
    area = None if size is None else (0.0, 0.0, float(size[0]), float(size[1]))
    stated_area = None if stated is None else (0.0, 0.0, float(stated[0]), float(stated[1]))
    focus = union(*(one.outline.extent for one in drawn if one.role != "context"))
    # Context does not enlarge the view, unless there is nothing else.
    everything = union(area, stated_area, focus) or union(*(one.outline.extent for one in drawn))
    whole = _within_reach(everything or (0.0, 0.0, _UNKNOWN_SIDE, _UNKNOWN_SIDE), area, focus)
    if focus is not None and (min(focus[k] - whole[k] for k in (0, 1)) < -1 or max(focus[k] - whole[k] for k in (2, 3)) > 1):
        remarks.append("A part of it is outside of the picture.")
    view = View(title, _view_box(_with_margin(whole)), size, stated, thumbnail, drawn)
    if focus is None or size is None:
        return (view,), tuple(remarks)
    close = _with_aspect(_padded(focus))
    if close[2] - close[0] > 0.7 * (whole[2] - whole[0]) or close[3] - close[1] > 0.9 * (whole[3] - whole[1]):
        return (view,), tuple(remarks)
    crop = replace(view, title="close-up", box=_view_box(close), thumbnail=_close_thumbnail(thumbnail, frame, close, cache))
    return (replace(crop, magnified=close[2] - close[0] < 120), view), tuple(remarks)


def _close_thumbnail(thumbnail: CachedImage | None, frame: Frame, extent: Extent, cache: ImageCache) -> CachedImage | None:
    """A thumbnail of a part: that of the complete image if it is fine enough, else a separate one."""
    if thumbnail is None or thumbnail.fine:
        return thumbnail
    region = whole_pixels(extent, thumbnail.size)
    if region is None:
        return None
    part = cache.part(frame.place, frame.name, frame.size, region)
    return thumbnail if isinstance(part, str) or part is None else part


def _within_reach(extent: Extent, area: Extent | None, focus: Extent | None) -> Extent:
    """What a view of the complete image shows. It is limited, or the frame would be a dot if a box is far away."""
    centre = area or focus or extent
    width, height = max(centre[2] - centre[0], 1.0), max(centre[3] - centre[1], 1.0)
    return (
        max(extent[0], centre[0] - _BEYOND * width),
        max(extent[1], centre[1] - _BEYOND * height),
        min(extent[2], centre[2] + _BEYOND * width),
        min(extent[3], centre[3] + _BEYOND * height),
    )


def _padded(extent: Extent) -> Extent:
    pad = max(0.3 * max(extent[2] - extent[0], extent[3] - extent[1]), 6.0)
    return extent[0] - pad, extent[1] - pad, extent[2] + pad, extent[3] + pad


def _with_margin(extent: Extent) -> Extent:
    pad = 0.02 * max(extent[2] - extent[0], extent[3] - extent[1])
    return extent[0] - pad, extent[1] - pad, extent[2] + pad, extent[3] + pad


def _with_aspect(extent: Extent) -> Extent:
    """The extent, widened to the aspect ratio of the pictures."""
    width, height = extent[2] - extent[0], extent[3] - extent[1]
    more_width, more_height = max(0.0, height * _ASPECT - width), max(0.0, width / _ASPECT - height)
    return extent[0] - more_width / 2, extent[1] - more_height / 2, extent[2] + more_width / 2, extent[3] + more_height / 2


def _view_box(extent: Extent) -> tuple[str, str, str, str]:
    return number(extent[0]), number(extent[1]), number(extent[2] - extent[0]), number(extent[3] - extent[1])
