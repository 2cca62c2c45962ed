"""The thumbnails of a report: each is embedded once, and all together keep to a limit of bytes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from cocoproof.reports.html.caps import ReportCaps

__all__ = ["CachedImage", "ImageCache", "ImageCrop", "Region", "ThumbnailMaker"]

Region: TypeAlias = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels of the image: left and top are inside, right and bottom are not."""


@dataclass(frozen=True, slots=True)
class ImageCrop:
    """An image or a part of it, as decoded from its file.

    Attributes:
        uri: A data URI.
        pixels: Width and height of the thumbnail.
        size: Width and height of the image in the file, in pixels.
        region: The part that it shows, in pixels of the image.
        remark: A remark to show with it, such as that it was rotated.
    """

    uri: str
    pixels: tuple[int, int]
    size: tuple[int, int]
    region: Region
    remark: str | None = None


class ThumbnailMaker(Protocol):
    """Makes thumbnails of the image files of datasets."""

    def take(self, place: str, file_name: str, stated: tuple[int, int] | None, region: Region | None, side: int) -> ImageCrop | str:
        """Make a thumbnail.

        Args:
            place: The folder, archive or address of the file.
            file_name: As in the dataset; not trusted.
            stated: Width and height that the dataset states; None if it states none.
            region: The part to show; None for the complete image.
            side: The largest number of pixels of the longer side.

        Returns:
            The thumbnail, or the reason why there is none.
        """


@dataclass(frozen=True, slots=True)
class CachedImage:
    """A thumbnail as the report embeds it.

    Attributes:
        number: Counted from 1 through the report.
        uri: A data URI.
        region: The part of the image that it shows.
        size: Width and height of the image in its file.
        fine: Whether it has about as many pixels as the image has there, so that a part of it does not need a separate thumbnail.
        remark: A remark to show with it.
    """

    number: int
    uri: str
    region: Region
    size: tuple[int, int]
    fine: bool
    remark: str | None = None


class ImageCache:
    """All thumbnails of one report, and how many bytes are left.

    Attributes:
        thumbnails: Those that were made.
        maker: Makes the next one.
    """

    def __init__(self, limits: ReportCaps) -> None:
        """An empty cache.

        Args:
            limits: The limits of the report.
        """
        self.thumbnails: list[CachedImage] = []
        self.maker: ThumbnailMaker | None = None
        self._limits = limits
        self._left = limits.picture_bytes
        self._known: dict[tuple[str, str, Region | None, tuple[int, int] | None], CachedImage | str] = {}

    def spend(self, size: int) -> bool:
        """Take so many bytes from the limit; False if they are not left."""
        if size > self._left:
            return False
        self._left -= size
        return True

    def whole(self, place: str | None, file_name: str, stated: tuple[int, int] | None) -> CachedImage | str | None:
        """The thumbnail of a complete image; a text is the reason why there is none; None without a folder of images."""
        return self._thumbnail(place, file_name, stated, None, self._limits.whole_side)

    def part(self, place: str | None, file_name: str, stated: tuple[int, int] | None, region: Region) -> CachedImage | str | None:
        """The thumbnail of a part of an image; otherwise like `whole`."""
        return self._thumbnail(place, file_name, stated, region, self._limits.crop_side)

    def _thumbnail(
        self, place: str | None, file_name: str, stated: tuple[int, int] | None, region: Region | None, side: int
    ) -> CachedImage | str | None:
        if self.maker is None or place is None:
            return None
        key = (place, file_name, region, stated)
        if key not in self._known:
            shot = self.maker.take(place, file_name, stated, region, side)
            self._known[key] = shot if isinstance(shot, str) else self._embed(shot)
        return self._known[key]

    def _embed(self, shot: ImageCrop) -> CachedImage | str:
        if not self.spend(len(shot.uri)):
            return "left out, the report has reached its limit of pictures"
        left, top, right, bottom = shot.region
        fine = shot.pixels[0] >= 0.9 * (right - left) or shot.pixels[1] >= 0.9 * (bottom - top)
        thumbnail = CachedImage(len(self.thumbnails) + 1, shot.uri, shot.region, shot.size, fine, shot.remark)
        self.thumbnails.append(thumbnail)
        return thumbnail


def whole_pixels(extent: tuple[float, float, float, float], size: tuple[int, int]) -> Region | None:
    """The pixels of an image of this size that an extent touches; None if it touches none."""
    left, top = max(0, math.floor(extent[0])), max(0, math.floor(extent[1]))
    right, bottom = min(size[0], math.ceil(extent[2])), min(size[1], math.ceil(extent[3]))
    return (left, top, right, bottom) if right > left and bottom > top else None
