"""Rules about videos and tracks: YouTube-VIS, and tracks on images as MOTChallenge and TAO have them in COCO's form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.tables import lookup
from cocoproof.model.findings import Kind, Severity
from cocoproof.model.wording import count_of, join_words, shown_id
from cocoproof.reading.kinds import VIDEO_KINDS
from cocoproof.rules.examples import tracked, video
from cocoproof.rules.repeated_ids import RepeatedIds
from cocoproof.rules.row_names import ids_of, row_with_id
from cocoproof.rules.rule import Consequence, RuleContext, RuleSkipped, Violation, Violations, quote, rule
from cocoproof.rules.track_rows import WITH_TRACKS, grouped, require_tracks, track_rows, video_of_images
from cocoproof.rules.violations import FILE_WIDE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cocoproof.columns.tables import Column, Dataset, Table

__all__ = ["RULES"]

_ON_IMAGES = WITH_TRACKS - {Kind.VIDEO_INSTANCES}


@rule(
    "COCO941",
    severity=Severity.ERROR,
    kinds=WITH_TRACKS | {Kind.VIDEO_RESULTS},
    accept=[video(), tracked(), tracked([{}, {"track_id": None}]), tracked(document={"tracks": []})],
    reject=[
        (video([{"video_id": 2}]), "/annotations/0/video_id"),
        (tracked(images=[{}, {"video_id": 9}]), "/images/1/video_id"),
        (tracked([{}, {"track_id": 4}]), "/annotations/1/track_id"),
        (tracked(tracks=[{"video_id": 3}]), "/tracks/0/video_id"),
    ],
)
def dangling_video_id(context: RuleContext) -> Iterator[Violations]:
    """A track or a frame refers to no video, or an annotation to no track.

    The APIs of YouTube-VIS and TAO index videos by their ids: such a track belongs to no video that is evaluated, and is lost silently. `Tao` raises KeyError for an
    annotation whose `track_id` is not in the section `tracks`. It comes from videos that were left out of a split, or numbered anew. Write the id of the video or of the track.

    A reference is compared with the section `videos` or `tracks` where the file has one. An annotation that has the dangling `video_id` of its image is not reported again. If
    no reference of ten or more leads to a row, that is one finding.
    """
    coco = context.coco
    if coco.kind is Kind.VIDEO_RESULTS:
        if context.truth is None or context.truth.videos is None:
            raise RuleSkipped("needs a ground truth (--gt FILE)")
        yield _dangling("annotations", "video_id", coco.annotations.video_id, context.truth.videos, "a video of the ground truth")
        return
    videos, tracks = require_tracks(context)
    if coco.has("videos"):
        yield _dangling("images", "video_id", coco.images.video_id, videos, "a video")
        yield _dangling("annotations", "video_id", coco.annotations.video_id, videos, "a video", _as_its_image(coco))
        yield _dangling("tracks", "video_id", None if tracks is None else tracks.video_id, videos, "a video")
    elif coco.kind is Kind.VIDEO_INSTANCES:
        raise RuleSkipped("there is no list of videos (COCO101)")
    if tracks is not None and tracks.n:
        field = coco.annotations.track_field
        without = np.ones(coco.annotations.n, bool)
        without[track_rows(coco)[0]] = False
        yield _dangling("annotations", field, coco.annotations.track_id, tracks, "a track", without)


def _as_its_image(coco: Dataset) -> NDArray[np.bool_] | None:
    """Annotations with the video of their image, shape (n,)."""
    own, of_image = coco.annotations.video_id, coco.images.video_id
    if own is None or of_image is None or not coco.images.n:
        return None
    row = coco.annotations.image_row
    same: NDArray[np.bool_] = (row >= 0) & of_image.ok[row] & (of_image.values[row] == own.values)
    return same


def _dangling(
    table: str, field: str, column: Column | None, target: Table, what: str, excluded: NDArray[np.bool_] | None = None
) -> Violations:
    """Rows whose reference is usable and leads nowhere; one violation where that is so of all of ten or more."""
    if column is None:
        return Violations.of_document([])
    dangling = column.ok & (lookup(target, column) < 0)
    if excluded is not None:
        dangling &= ~excluded
    there = ids_of(target.id)
    count = int(dangling.sum())
    if FILE_WIDE <= count == int(column.ok.sum()):
        message = f"the {field} of all {count:,} {table} is not the id of {what}: they are {ids_of(column)}, and there are {there}"
        return Violations.of_file(message, (table, int(dangling.argmax()), field), table=table, rows=dangling)
    return Violations.of_rows(
        table,
        dangling,
        lambda row: f"{field} {shown_id(column.written(row))} is not the id of {what}; the ids are {there}",
        field=field,
        about=lambda row: str(column.written(row)),
    ).part_of(((table, 0, field), ""))


@rule(
    "COCO942",
    severity=Severity.ERROR,
    kinds=frozenset(VIDEO_KINDS),
    accept=[video(), video([{"bboxes": [None] * 3, "areas": [None] * 3, "segmentations": [None] * 3}]), video(annotations=[])],
    reject=[
        (video(videos=[{"length": 4}]), "/videos/0/length"),
        (video([{}, {"areas": [320, None]}]), "/annotations/1/areas"),
        (video([{"bboxes": [[4, 5, 20, 16]] * 4}]), "/annotations/0/bboxes"),
    ],
)
def video_length_mismatch(context: RuleContext) -> Iterator[Violations]:
    """Lists of a video or of a track are not as long as the video.

    Every list has one entry for each frame, null where the object is not visible. Loaders go through the frames by number: a list that is too short raises IndexError in the middle of
    training, and one that is too long is cut silently. An exporter that writes only the frames in which the object is visible produces this, and puts its masks on the wrong
    frames. Write one entry for each name in `file_names`, and their number as the `length` of the video.

    Where a video itself is inconsistent, its tracks may be as long as either number.
    """
    coco = context.coco
    truth = context.truth if coco.kind is Kind.VIDEO_RESULTS else coco
    videos = None if truth is None else truth.videos
    if videos is None or coco.annotations.video_id is None:
        raise RuleSkipped("needs a ground truth (--gt FILE)")
    names, length = videos.file_names, videos.length
    if coco.kind is Kind.VIDEO_INSTANCES:
        yield Violations.of_rows(
            "videos",
            names.ok & length.ok & (names.values != length.values),
            lambda row: f"length is {int(length.values[row]):,}, but file_names has {count_of(int(names.values[row]), 'entry')}",
            field="length",
            about=lambda row: f"{int(names.values[row])} names",
        )
    row = lookup(videos, coco.annotations.video_id)
    allowed = [(np.append(column.ok, False)[row], np.append(column.values, 0)[row]) for column in (names, length)]
    known = allowed[0][0] | allowed[1][0]
    wrong = {
        key: column.ok & known & ~np.logical_or.reduce([ok & (column.values == values) for ok, values in allowed])
        for key, column in coco.annotations.per_frame.items()
    }
    due = np.where(allowed[0][0], allowed[0][1], allowed[1][1]).astype(np.int64)

    def lists(track: int) -> list[str]:
        return [key for key, rows in wrong.items() if rows[track]]

    def say(track: int) -> str:
        parts = [f"{key} has {count_of(int(coco.annotations.per_frame[key].values[track]), 'entry')}" for key in lists(track)]
        return f"{join_words(parts)}, but the video has {count_of(int(due[track]), 'frame')}"

    any_wrong = np.flatnonzero(np.logical_or.reduce(list(wrong.values())))
    yield Violations.of_rows(
        "annotations",
        any_wrong,
        lambda k: say(int(any_wrong[k])),
        inside=lambda k: (lists(int(any_wrong[k]))[0],),
        about=lambda k: say(int(any_wrong[k])),
    )


@rule(
    "COCO943",
    severity=Severity.ERROR,
    kinds=_ON_IMAGES,
    accept=[
        tracked(),
        tracked([{}, {"image_id": 1, "track_id": 2}], tracks=[{}, {}]),
        tracked([{"track_id": -1}, {"track_id": -1, "image_id": 1}]),
    ],
    reject=[
        (tracked([{}, {"image_id": 1}]), "/annotations/1/track_id"),
        (tracked([{}, {}, {"image_id": 2, "category_id": 2}], tracks=None), "/annotations/2/track_id"),
    ],
    explains=("COCO944",),
)
def track_repeated_in_frame(context: RuleContext) -> Violations:
    """One track has two annotations in one frame.

    An object is in one place at a time. Evaluation of tracks (TrackEval, motmetrics) requires unique ids in each frame and raises an exception, or counts a change of identity; a
    tracker that trains on such data gets two targets for one identity. It comes from tracks that were merged, from ids that begin anew in each video
    while the videos were merged, or from an annotation that was copied. Give one of the two another id.

    An id that is a negative integer, or null, means that the object belongs to no track.
    """
    require_tracks(context)
    annotations, track = context.coco.annotations, context.coco.annotations.track_id
    if track is None:
        raise RuleSkipped("the annotations have no track")
    rows, number = track_rows(context.coco)
    placed = annotations.image_row[rows] >= 0
    rows, number = rows[placed], number[placed]
    found = grouped(rows, annotations.image_row[rows], number)
    origin = dict(zip(found.rows.tolist(), found.first.tolist(), strict=True))
    return Violations.of_rows(
        "annotations",
        found.rows,
        lambda row: (
            f"{annotations.track_field} {shown_id(track.written(row))} is also that of {row_with_id('annotations', annotations, origin[row])} in this frame"
        ),
        field=annotations.track_field,
        other=origin.__getitem__,
    ).explaining(Consequence(code="COCO944", rows=found.rows))


@rule(
    "COCO944",
    severity=Severity.WARNING,
    kinds=_ON_IMAGES,
    needs=("annotations.category_id",),
    accept=[
        tracked(),
        # Ids of tracks begin anew in each video.
        tracked([{}, {"category_id": 2}], images=[{}, {"video_id": 2, "frame_id": 0}], videos=[{}, {}], tracks=None),
    ],
    reject=[
        (tracked([{}, {}, {"category_id": 2, "image_id": 3}], images=[{}, {}, {}], tracks=None), "/annotations/2/category_id"),
        (tracked([{}, {"category_id": 2}]), "/annotations/1/category_id"),
        (tracked(tracks=[{"category_id": 2}]), "/annotations/0/category_id"),
    ],
)
def track_category_changes(context: RuleContext) -> Violations:
    """One track has several categories.

    An object does not change its class. The API of TAO asserts that an annotation has the category of its track and refuses the file; other readers take the category of the first
    frame. Mostly one frame was given a wrong label, or two objects share an id. Look at the track, and give all of its annotations one category.

    Compared are the annotations of a track in one video, and, where there is one, its row in the section `tracks`. Files that state no videos are not checked, because
    ids of tracks may begin anew in each of them.
    """
    _, tracks = require_tracks(context)
    coco = context.coco
    annotations = coco.annotations
    rows, number = track_rows(coco)
    usable = annotations.category_id.ok[rows]
    if tracks is None or not tracks.n:
        own = np.zeros(annotations.n, bool) if annotations.video_id is None else annotations.video_id.ok
        usable &= ((np.append(video_of_images(coco), -1)[annotations.image_row] >= 0) | own)[rows]
    rows, number = rows[usable], number[usable]
    if not len(rows):
        return Violations.of_document([])
    values = annotations.category_id.values
    due = _due_categories(coco, rows, number)
    differs = values[rows] != due
    firsts, counts = np.unique(number[differs], return_index=True)[1], np.unique(number[differs], return_counts=True)[1]
    first = rows[differs][firsts]
    order = np.argsort(first)
    first, counts, expected = first[order], counts[order], due[differs][firsts][order]
    track = annotations.track_id

    def say(k: int) -> str:
        row = int(first[k])
        shown = "" if track is None else f" {shown_id(track.written(row))}"
        others = f", as have {int(counts[k]) - 1:,} further annotations of it" if counts[k] > 1 else ""
        return f"the category is {_named(coco, int(values[row]))}, but track{shown} is {_named(coco, int(expected[k]))}{others}"

    return Violations.of_rows("annotations", first, say, inside=lambda _: ("category_id",), about=lambda k: _named(coco, int(expected[k])))


def _due_categories(coco: Dataset, rows: NDArray[np.int64], number: NDArray[np.int64]) -> NDArray[np.int64]:
    """The category that the track of each row should have: that of its row in `tracks`, or else the most frequent one, of several the first."""
    values = coco.annotations.category_id.values[rows].astype(np.int64)
    pairs, first, counts = np.unique(np.stack([number, values]), axis=1, return_index=True, return_counts=True)
    order = np.lexsort((first, -counts, pairs[0]))
    own, at = np.unique(pairs[0][order], return_index=True)
    due = pairs[1][order][at][np.searchsorted(own, number)]
    if coco.tracks is not None and coco.tracks.n and coco.annotations.track_id is not None:
        target = lookup(coco.tracks, coco.annotations.track_id)[rows]
        stated = (target >= 0) & coco.tracks.category_id.ok[target]
        due = np.where(stated, coco.tracks.category_id.values[target], due)
    found: NDArray[np.int64] = due.astype(np.int64)
    return found


def _named(coco: Dataset, category: int) -> str:
    """A category by its name, or its id if there is none."""
    ids, rows = coco.categories.id_index
    at = int(np.searchsorted(ids, category))
    if at < len(ids) and int(ids[at]) == category and coco.categories.name.values[int(rows[at])]:
        return quote(coco.categories.name.values[int(rows[at])], 40)
    return f"category {category}"


@rule(
    "COCO945",
    severity=Severity.ERROR,
    kinds=WITH_TRACKS,
    accept=[
        video(),
        tracked(),
        tracked(images=[{"frame_id": 30}, {"frame_id": 0}]),
        # Numbers from 1 on are as common as from 0 on.
        tracked(images=[{"frame_id": 1}, {"frame_id": 2}], videos=[{"length": 2}]),
    ],
    reject=[
        (tracked(images=[{}, {"frame_id": 0}]), "/images/1/frame_id"),
        (tracked(images=[{}, {"frame_id": 7}], videos=[{"length": 3}]), "/images/1/frame_id"),
        (tracked(images=[{}, {"frame_id": -1}]), "/images/1/frame_id"),
        (video(videos=[{"file_names": ["a/1.jpg", "a/2.jpg", "a/1.jpg"]}]), "/videos/0/file_names/2"),
    ],
)
def video_frame_order(context: RuleContext) -> Iterator[Violations]:
    """Two frames of a video have one index, or indices leave the video's length.

    Readers sort the frames of a video by `frame_id` (or `frame_index`), and mmtracking uses it as the place in a list: two frames with one index are in any order, and one of them
    is lost; an index beyond the length raises IndexError. It comes from videos that were merged under one id, and from frames that were listed twice. Number the frames of each video.

    Indices may leave gaps, as in TAO, where only every thirtieth frame is annotated, and may begin at 0 or 1. In a YouTube-VIS file, a frame is in a video twice if `file_names` has
    its name twice.
    """
    videos, _ = require_tracks(context)
    coco = context.coco
    if coco.frames is not None:
        yield _repeated_names(coco.frames)
        return
    images = coco.images
    index, field = images.frame_index, images.frame_field
    if index is None or images.video_id is None:
        raise RuleSkipped("the images have no frame index")
    video = video_of_images(coco)
    rows = np.flatnonzero((video >= 0) & index.ok)
    found = grouped(rows, video[rows], index.values[rows].astype(np.int64))
    origin = dict(zip(found.rows.tolist(), found.first.tolist(), strict=True))
    shown = images.video_id
    yield Violations.of_rows(
        "images",
        found.rows,
        lambda row: (
            f"{field} {shown_id(index.written(row))} of video {shown_id(shown.written(row))} is also that of {row_with_id('images', images, origin[row])}"
        ),
        field=field,
        other=origin.__getitem__,
        about=lambda row: f"{index.written(row)}",
    )
    numeric = index.ok & (index.values > -(1 << 62))
    negative = numeric & (index.values < 0)
    yield Violations.of_rows(
        "images",
        negative,
        lambda row: f"{field} is {int(index.values[row])}, expected at least 0",
        field=field,
        about=lambda row: str(int(index.values[row])),
    )
    target = lookup(videos, images.video_id)
    length = np.where((target >= 0) & np.append(videos.length.ok, False)[target], np.append(videos.length.values, 0)[target], -1).astype(
        np.int64
    )
    # A video whose indices begin at 1 ends with its length.
    zero = np.zeros(videos.n + 1, bool)
    zero[target[numeric & (index.values == 0)]] = True
    beyond = numeric & (length >= 0) & (index.values >= length + ~zero[target])
    yield Violations.of_rows(
        "images",
        beyond,
        lambda row: f"{field} is {int(index.values[row])}, but the video has {count_of(int(length[row]), 'frame')} ({videos.length_field})",
        field=field,
        about=lambda row: f"{int(index.values[row])} of {int(length[row])}",
    )


def _repeated_names(frames: Dataset) -> Violations:
    """Frames whose file name an earlier frame of their video has."""
    images, places = frames.images, frames.images.places
    if places is None:
        return Violations.of_document([])
    rows = np.flatnonzero(images.file_name.ok)
    known: dict[str, int] = {}
    number = np.array([known.setdefault(images.file_name.values[row], len(known)) for row in rows.tolist()], np.int64)
    found = grouped(rows, places.owner[rows], number)
    origin = dict(zip(found.rows.tolist(), found.first.tolist(), strict=True))

    def violation(k: int) -> Violation:
        row = int(found.rows[k])
        message = f"the name is also that of frame {int(places.frame[origin[row]])} of the video"
        return Violation(message, places.path(row), "frame_images", row, others=(origin[row],))

    return Violations(len(found.rows), violation, rows=found.rows, table="frame_images")


@rule(
    "COCO946",
    severity=Severity.ERROR,
    kinds=WITH_TRACKS,
    accept=[video([{}, {}]), video(videos=[{}, {"id": 7}]), tracked(tracks=[{}, {}])],
    reject=[
        (video(videos=[{}, {"id": 1}]), "/videos/1/id"),
        (video([{}, {"id": 1}]), "/annotations/1/id"),
        (tracked(tracks=[{}, {"id": 1}]), "/tracks/1/id"),
    ],
)
def duplicate_video_id(context: RuleContext) -> Iterator[Violations]:
    """Two videos, or two tracks, share an id.

    Readers index videos and tracks by their ids: the last of the two replaces the first silently, and the tracks of both are then in one video. The tracks of YouTube-VIS are
    its annotations, and their ids are what an evaluation stores as matches. It comes from files that were merged without numbering the rows anew.
    """
    videos, tracks = require_tracks(context)
    yield _shared("videos", videos, "video")
    if tracks is not None:
        yield _shared("tracks", tracks, "track")
    if context.coco.kind is Kind.VIDEO_INSTANCES:
        yield _shared("annotations", context.coco.annotations, "track")


def _shared(section: str, table: Table, what: str) -> Violations:
    repeated = RepeatedIds.of(section, table)
    origin = dict(zip(repeated.rows.tolist(), repeated.origins.tolist(), strict=True))
    return Violations.of_rows(
        section,
        repeated.rows,
        lambda row: f"the id is also that of {section}[{origin[row]}], and readers keep one {what} of an id",
        field="id",
        other=origin.__getitem__,
    )


RULES = (
    dangling_video_id,
    video_length_mismatch,
    track_repeated_in_frame,
    track_category_changes,
    video_frame_order,
    duplicate_video_id,
)
