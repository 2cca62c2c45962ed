"""Which images belong together (`--group-by`), so that all of them should be in one split."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.image_fields import read_image_field, read_image_videos
from cocoproof.images.file_names import plain
from cocoproof.model.budgets import NAME_CHARACTERS
from cocoproof.model.errors import SettingsError
from cocoproof.rules.split_roles import without_split_folders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cocoproof.columns.tables import Dataset
    from cocoproof.model.json_types import JsonPath

__all__ = ["GroupBy", "GroupSource", "ImageGroups", "certain_videos", "parse_group_by"]

_FIELD = re.compile(r"[A-Za-z_][\w-]*")
_COUNTER = re.compile(r"(?:videos?|vid|clips?|seq|sequence|track)?[ _-]*\d+", re.IGNORECASE)


class GroupSource(enum.Enum):
    """Where the group of an image is taken from."""

    FOLDER = "folder"
    VIDEO = "video"
    FIELD = "field"
    PATTERN = "pattern"


@dataclass(frozen=True)
class GroupBy:
    """What `--group-by` says.

    Attributes:
        source: Where the group is taken from.
        field: The key of the images, where it is a field.
        pattern: The pattern over file names, where it is one.
        group: The group of the pattern that names the group of images.
    """

    source: GroupSource
    field: str = ""
    pattern: re.Pattern[str] | None = None
    group: str | int = 1

    @property
    def what(self) -> str:
        """What a group is, for messages: `folder`, `video`, the field, or `group`."""
        if self.source is GroupSource.FIELD:
            return self.field
        return "group" if self.source is GroupSource.PATTERN else self.source.value

    @property
    def place(self) -> JsonPath:
        """The place in an image's row."""
        if self.source is GroupSource.VIDEO:
            return ("video_id",)
        return () if self.source is GroupSource.FIELD else ("file_name",)

    def of(self, coco: Dataset) -> ImageGroups:
        """The groups of a file's images."""
        if self.source is GroupSource.VIDEO:
            return ImageGroups.of(read_image_videos(coco)[0])
        if self.source is GroupSource.FIELD:
            return ImageGroups.of(read_image_field(coco, self.field))
        names = coco.images.file_name.values
        if self.source is GroupSource.FOLDER:
            return ImageGroups.of([without_split_folders(plain(name)).rpartition("/")[0] or None for name in names])
        return ImageGroups.of([self._matched(name) for name in names])

    def _matched(self, name: str) -> str | None:
        found = self.pattern.search(name) if self.pattern is not None and len(name) <= NAME_CHARACTERS else None
        return found[self.group] or None if found is not None else None


def parse_group_by(text: str, option: str = "--group-by") -> GroupBy:
    """What the option's text means: `folder`, `video`, the name of a field, or a regular expression with a group.

    Raises:
        SettingsError: If it is none of these.
    """
    if not text.strip():
        msg = f"{option} is empty; it takes folder, video, a field of the images, or a regular expression over file names"
        raise SettingsError(msg)
    if text in (GroupSource.FOLDER.value, GroupSource.VIDEO.value):
        return GroupBy(GroupSource(text))
    if _FIELD.fullmatch(text):
        return GroupBy(GroupSource.FIELD, field=text)
    try:
        pattern = re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        msg = f"{option} {text!r} is not a regular expression: {error}"
        raise SettingsError(msg) from None
    if not pattern.groups:
        msg = f"{option} {text!r} has no group; put parentheses around what names the group, such as '([^/]+)_\\d+\\.jpg'"
        raise SettingsError(msg)
    return GroupBy(GroupSource.PATTERN, pattern=pattern, group=next(iter(pattern.groupindex), 1))


@dataclass(frozen=True, eq=False)
class ImageGroups:
    """The group of each image.

    Attributes:
        codes: int64, shape (images,): the place of its group in `names`; -1 for an image without one.
        names: The groups.
    """

    codes: NDArray[np.int64]
    names: tuple[str, ...]

    @classmethod
    def of(cls, groups: Sequence[str | None]) -> ImageGroups:
        """From the name of each image's group; None for an image without one."""
        places: dict[str, int] = {}
        codes = [-1 if name is None else places.setdefault(name, len(places)) for name in groups]
        return cls(np.array(codes, np.int64), tuple(places))

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many images each group has, int64, shape (groups,)."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.names))


def certain_videos(coco: Dataset) -> ImageGroups | None:
    """The videos of a file's images, if they have names that mean the same video in another file; None if not.

    Numbers do not: they are counted anew in each file. Nor do names that are a word and a number, such as `video 7`.
    """
    videos, named = read_image_videos(coco)
    if not named or all(_COUNTER.fullmatch(one) for one in set(videos) if one is not None):
        return None
    return ImageGroups.of(videos)
