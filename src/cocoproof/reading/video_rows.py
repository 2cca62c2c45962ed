"""YouTube-VIS: videos and tracks as tables, and each frame of a track as a row of a dataset of frames.

Rules about boxes and masks apply to the dataset of frames as they do to images. What a track has once, such as its category, is in the table of tracks alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import UNSET, Raw

from cocoproof.columns.column import Column, RaggedColumn, TextColumn, ValueState
from cocoproof.columns.tables import Annotations, Dataset, Images, Licenses, Segments, Videos, lookup
from cocoproof.columns.tracking import FramePlaces
from cocoproof.geometry.ragged import Ragged
from cocoproof.model.findings import Kind
from cocoproof.model.json_types import pointer
from cocoproof.reading.column_builders import LooseNumberBuilder, MaskBuilder
from cocoproof.reading.row_reader import RowReader
from cocoproof.reading.segmentation import SegmentationBuilder
from cocoproof.reading.tracked_rows import absent_column, title_of
from cocoproof.reading.value_builders import BoxBuilder, NumberBuilder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cocoproof.columns.tables import Categories, Segmentation
    from cocoproof.model.json_types import JsonPath
    from cocoproof.reading.defects import Defect

__all__ = ["FRAME_ANNOTATIONS", "FRAME_IMAGES", "VideoRows", "frames_on_truth", "read_video_rows", "with_settled_frames"]

FRAME_IMAGES = "frame_images"
FRAME_ANNOTATIONS = "frame_annotations"
"""What the tables of the dataset of frames are called where those of the file are meant, too: in violations and defects."""

_LISTS = {"bbox": "bboxes", "segmentation": "segmentations", "area": "areas"}
"""The list of a track that has each field of its frames."""
_NULL = b"null"


class VideoRows:
    """Reads the sections of a YouTube-VIS file, or a list of its results.

    Attributes:
        defects: The defects of the rows, filled while reading.
    """

    def __init__(self, kind: Kind, blank: str | None) -> None:
        self._kind = kind
        self._blank = blank
        self.defects: list[Defect] = []
        self._names: list[list[str] | None] = []
        self._entries: list[tuple[list[Raw] | None, ...]] = []

    def videos(self, rows: Sequence[Raw]) -> Videos:
        """The `videos` section as a table."""
        reader, n = RowReader(self._kind, "videos", "videos", ("videos",), self._blank), len(rows)
        ids, width, height, length = (NumberBuilder(reader, name, n) for name in ("id", "width", "height", "length"))
        counts, state = np.zeros(n, np.int64), np.zeros(n, np.uint8)
        titles: list[str] = []
        for start, raws, chunk in reader.chunks(rows):
            for builder in (ids, width, height, length):
                builder.add(start, chunk, raws)
            for row, video in enumerate(chunk, start):
                names = getattr(video, "file_names", UNSET)
                self._names.append(None if names is UNSET else names)
                titles.append(title_of(_Named(getattr(video, "name", UNSET))))
                if names is not UNSET:
                    counts[row], state[row] = len(names), ValueState.OK
        reader.explain(rows)
        _mark(reader, "file_names", state)
        self.defects += reader.defects
        return Videos(
            n,
            pointer(("videos",)),
            ids.column(),
            reader.odd_ids,
            length.column(),
            "length",
            Column(counts, state, required=True),
            width.column((1, None)),
            height.column((1, None)),
            TextColumn(titles, np.full(n, ValueState.OK, np.uint8)),
        )

    def tracks(self, rows: Sequence[Raw], path: JsonPath, categories: Categories) -> Annotations:
        """The tracks as a table; their boxes and masks are in that of the frames."""
        reader, n = RowReader(self._kind, "annotations", "annotations", path, self._blank), len(rows)
        numbers = {name: NumberBuilder(reader, name, n) for name in ("id", "video_id", "category_id", "iscrowd")}
        score = LooseNumberBuilder(reader, "score", n)
        lengths = {key: (np.zeros(n, np.int64), np.zeros(n, np.uint8)) for key in _LISTS.values()}
        for start, raws, chunk in reader.chunks(rows):
            for builder in numbers.values():
                builder.add(start, chunk, raws)
            score.add(start, chunk, raws)
            for row, track in enumerate(chunk, start):
                lists = tuple(None if (found := getattr(track, key, UNSET)) is UNSET else found for key in _LISTS.values())
                self._entries.append(lists)
                for (values, state), found in zip(lengths.values(), lists, strict=True):
                    if found is not None:
                        values[row], state[row] = len(found), ValueState.OK
        reader.explain(rows)
        for key, (_, state) in lengths.items():
            _mark(reader, key, state)
        self.defects += reader.defects
        columns = {name: builder.column((0, 1) if name == "iscrowd" else None) for name, builder in numbers.items()}
        table = _bare_annotations(n, pointer(path), columns["id"], score.column())
        return replace(
            table,
            odd_ids=reader.odd_ids,
            category_id=columns["category_id"],
            iscrowd=columns["iscrowd"],
            video_id=columns["video_id"],
            track_id=columns["id"],
            track_field="id",
            category_row=lookup(categories, columns["category_id"]),
            per_frame={key: Column(values, state) for key, (values, state) in lengths.items()},
        )

    def frames(self, videos: Videos, tracks: Annotations, categories: Categories, path: JsonPath) -> Dataset:
        """The frames as a dataset: its images are frames of videos, its annotations what tracks have in one frame."""
        video_row = np.full(tracks.n, -1) if tracks.video_id is None else lookup(videos, tracks.video_id)
        longest = np.array([max((len(found) for found in lists if found is not None), default=0) for lists in self._entries], np.int64)
        counts = videos.file_names.values.astype(np.int64)
        linked = video_row >= 0
        # A length that is only stated must not decide how much memory is used.
        np.maximum.at(counts, video_row[linked], longest[linked])
        first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        images = self._images(videos, counts)
        owner, frame, rows = self._entries_of_frames()
        places = FramePlaces(
            path, owner, frame, _LISTS, "bboxes" if any(lists[0] is not None for lists in self._entries) else "segmentations"
        )
        image_row = (
            np.where(video_row[owner] >= 0, first[np.maximum(video_row[owner], 0)] + frame, -1) if videos.n else np.full(len(owner), -1)
        )
        annotations = self._annotations(rows, places, tracks, image_row.astype(np.int64))
        kind = Kind.RESULTS if self._kind is Kind.VIDEO_RESULTS else Kind.INSTANCES
        keys = () if kind is Kind.RESULTS else ("images", "annotations", "categories")
        empty = Licenses(0, "", absent_column(0), {})
        return Dataset(kind, keys, images, annotations, categories, empty, no_segments())

    def _images(self, videos: Videos, counts: NDArray[np.int64]) -> Images:
        n = int(counts.sum())
        owner = np.repeat(np.arange(videos.n), counts).astype(np.int64)
        frame = np.concatenate([np.arange(count) for count in counts.tolist()]) if videos.n else np.zeros(0, np.int64)
        names: list[str] = []
        state = np.full(n, ValueState.OK, np.uint8)
        for own, count in zip(self._names, counts.tolist(), strict=True):
            listed = own or []
            state[len(names) + len(listed) : len(names) + count] = ValueState.ABSENT
            names += [*listed, *[""] * (count - len(listed))]
        return Images(
            n,
            "",
            Column(np.arange(n), np.full(n, ValueState.OK, np.uint8)),
            {},
            _taken(videos.width, owner),
            _taken(videos.height, owner),
            TextColumn(names, state),
            absent_column(n),
            np.zeros(n, bool),
            places=FramePlaces(("videos",), owner, frame.astype(np.int64), {"file_name": "file_names"}, "file_names"),
        )

    def _entries_of_frames(self) -> tuple[NDArray[np.int64], NDArray[np.int64], list[Raw]]:
        """Track, frame and text of each entry that is not null in all lists: the text is that of an annotation of an image."""
        owners: list[int] = []
        frames: list[int] = []
        rows: list[Raw] = []
        for owner, lists in enumerate(self._entries):
            for frame in range(max((len(found) for found in lists if found is not None), default=0)):
                parts = []
                for field, found in zip(_LISTS, lists, strict=True):
                    text = bytes(found[frame]) if found is not None and frame < len(found) else _NULL
                    if text != _NULL:
                        parts.append(b'"%b":%b' % (field.encode(), text))
                if parts:
                    owners.append(owner)
                    frames.append(frame)
                    rows.append(Raw(b"{" + b",".join(parts) + b"}"))
        return np.array(owners, np.int64), np.array(frames, np.int64), rows

    def _annotations(self, rows: list[Raw], places: FramePlaces, tracks: Annotations, image_row: NDArray[np.int64]) -> Annotations:
        reader, n = RowReader(self._kind, "frames", FRAME_ANNOTATIONS, (), self._blank), len(rows)
        area, bbox = NumberBuilder(reader, "area", n, np.float64), BoxBuilder(reader, "bbox", n)
        masks = SegmentationBuilder()
        builder = MaskBuilder(reader, masks)
        for start, raws, chunk in reader.chunks(rows):
            for one in (area, bbox, builder):
                one.add(start, chunk, raws)
        segmentation, refused = masks.build()
        for row in refused:
            if "segmentation" not in reader.broken.get(row, ()):
                reader.refuse(row, "segmentation")
        reader.explain(rows)
        self.defects += [replace(defect, path=places.path(int(defect.path[0]), defect.path[1:])) for defect in reader.defects]
        table = _bare_annotations(n, "", _taken(tracks.id, places.owner), _taken(tracks.score, places.owner), segmentation)
        found = np.where(image_row >= 0, ValueState.OK, ValueState.ABSENT).astype(np.uint8)
        return replace(
            table,
            odd_ids={row: tracks.odd_ids[owner] for row, owner in enumerate(places.owner.tolist()) if owner in tracks.odd_ids},
            image_id=Column(np.maximum(image_row, 0), found),
            category_id=_taken(tracks.category_id, places.owner),
            bbox=bbox.column(),
            area=area.column(),
            iscrowd=_taken(tracks.iscrowd, places.owner),
            image_row=image_row,
            category_row=tracks.category_row[places.owner],
            places=places,
        )


def read_video_rows(
    kind: Kind, videos: Sequence[Raw], annotations: Sequence[Raw], path: JsonPath, blank: str | None, categories: Categories
) -> tuple[Videos, Annotations, Dataset, list[Defect]]:
    """Videos, tracks, the dataset of frames, and the defects of all of them.

    Args:
        kind: `video_instances`, or `video_results`.
        videos: The rows of `videos`.
        annotations: The tracks.
        path: Path of the list of tracks.
        blank: The text that replaced invalid values, None if there are none.
        categories: The categories to which they refer.
    """
    rows = VideoRows(kind, blank)
    listed = rows.videos(videos)
    tracks = rows.tracks(annotations, path, categories)
    frames = rows.frames(listed, tracks, categories, path)
    return listed, tracks, frames, rows.defects


def with_settled_frames(coco: Dataset) -> Dataset:
    """The file with the categories of its tracks in the dataset of frames, once it is known which ids are texts."""
    frames, places = coco.frames, None if coco.frames is None else coco.frames.annotations.places
    if frames is None or places is None:
        return coco
    tracks = coco.annotations
    annotations = replace(
        frames.annotations,
        id=_taken(tracks.id, places.owner),
        category_id=_taken(tracks.category_id, places.owner),
        category_row=tracks.category_row[places.owner],
    )
    return replace(coco, frames=replace(frames, categories=coco.categories, annotations=annotations))


def frames_on_truth(results: Dataset, truth: Dataset) -> Dataset | None:
    """The frames of a list of results on the frames of its ground truth.

    Args:
        results: The results, with the rows of the ground truth's categories.
        truth: The ground truth.
    """
    frames, tracks = results.frames, results.annotations
    there = None if truth.frames is None else truth.frames.images.places
    places = None if frames is None else frames.annotations.places
    if frames is None or places is None or there is None or truth.videos is None or tracks.video_id is None:
        return frames
    video_row = lookup(truth.videos, tracks.video_id)[places.owner]
    counts = np.bincount(there.owner, minlength=truth.videos.n)
    first = np.concatenate([[0], np.cumsum(counts)])
    inside = (video_row >= 0) & (places.frame < np.append(counts, 0)[video_row])
    image_row = np.where(inside, first[video_row] + places.frame, -1).astype(np.int64)
    annotations = replace(
        frames.annotations,
        image_id=Column(np.maximum(image_row, 0), np.where(inside, ValueState.OK, ValueState.ABSENT).astype(np.uint8)),
        image_row=image_row,
        category_row=tracks.category_row[places.owner],
    )
    return replace(frames, annotations=annotations)


class _Named:
    """A row with a name alone."""

    def __init__(self, name: Any) -> None:
        self.name = name
        self.file_name = UNSET


def _mark(reader: RowReader, name: str, state: NDArray[np.uint8]) -> None:
    state[[row for row, names in reader.broken.items() if name in names]] = ValueState.BROKEN


def _taken(column: Column, rows: NDArray[np.int64]) -> Column:
    """The values of some rows, without the forms in which they are written: the rules about these look at the rows themselves."""
    state = column.state[rows]
    return Column(column.values[rows], np.where(state == ValueState.BROKEN, ValueState.ABSENT, state).astype(np.uint8), texts=column.texts)


def _bare_annotations(n: int, path: str, ids: Column, score: Column, segmentation: Segmentation | None = None) -> Annotations:
    """Annotations of which no other field is known."""
    numbers = absent_column(n)
    texts = TextColumn([""] * n, np.zeros(n, np.uint8))
    if segmentation is None:
        builder = SegmentationBuilder()
        builder.add([b""] * n)
        segmentation = builder.build()[0]
    return Annotations(
        n,
        path,
        ids,
        {},
        image_id=numbers,
        category_id=numbers,
        bbox=Column(np.full((n, 4), np.nan), np.zeros(n, np.uint8)),
        area=Column(np.full(n, np.nan), np.zeros(n, np.uint8)),
        iscrowd=numbers,
        score=score,
        ignore=Column(np.full(n, np.nan), np.zeros(n, np.uint8)),
        num_keypoints=numbers,
        keypoints=RaggedColumn(Ragged.from_lengths(np.empty(0), np.zeros(n, np.int64)), np.zeros(n, np.uint8)),
        segmentation=segmentation,
        caption=texts,
        file_name=texts,
        segments_info=numbers,
        image_row=np.full(n, -1, np.int64),
        category_row=np.full(n, -1, np.int64),
    )


def no_segments() -> Segments:
    """The table of panoptic segments of a file that has none."""
    nothing = np.zeros(0, np.int64)
    numbers = absent_column(0)
    return Segments(
        0,
        "",
        numbers,
        {},
        nothing,
        nothing,
        numbers,
        Column(np.empty(0), np.zeros(0, np.uint8)),
        Column(np.empty((0, 4)), np.zeros(0, np.uint8)),
        numbers,
        nothing,
    )
