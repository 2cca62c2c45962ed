"""Videos and tracks as columns, and where the data of each frame are in a YouTube-VIS file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cocoproof.columns.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from cocoproof.columns.column import Column, TextColumn
    from cocoproof.model.json_types import JsonPath

__all__ = ["FramePlaces", "Tracks", "Videos"]


@dataclass(frozen=True, eq=False)
class Videos(Table):
    """The `videos` section.

    Attributes:
        length: The number of frames that the video states: `length`, or `num_frames` where there is no `length`.
        length_field: The key of the length.
        file_names: How many names `file_names` lists. int64; absent in files whose frames are images.
        width, height: In pixels, in a YouTube-VIS file; absent in others.
        name: Its name for messages: `name`, or `file_name` where there is none.
    """

    length: Column
    length_field: str
    file_names: Column
    width: Column
    height: Column
    name: TextColumn


@dataclass(frozen=True, eq=False)
class Tracks(Table):
    """The `tracks` section, which TAO has."""

    category_id: Column
    video_id: Column


@dataclass(frozen=True, eq=False)
class FramePlaces:
    """Where the rows of a table of frames are in the document: entry `frame` of lists in the row `owner` of a section.

    Attributes:
        section: `videos`, or `annotations`; empty if the document is a list of results.
        owner: The row of the section, int64, shape (n,).
        frame: The index in the lists, int64, shape (n,).
        lists: The key of the list that has each field of the rows; a field that is not here is one of the owner.
        default: The key of the list that has the row itself.
    """

    section: JsonPath
    owner: NDArray[np.int64]
    frame: NDArray[np.int64]
    lists: Mapping[str, str]
    default: str

    def path(self, row: int, inside: JsonPath = ()) -> JsonPath:
        """The path in the document of a value inside a row."""
        owner: JsonPath = (*self.section, int(self.owner[row]))
        key = self.lists.get(str(inside[0])) if inside else self.default
        if key is None:
            return (*owner, *inside)
        return (*owner, key, int(self.frame[row]), *inside[1:])
