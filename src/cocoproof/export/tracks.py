"""`export_tracks`: tracked detections on the frames of videos, as YouTube-VIS or as tracks on images."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from msgspec import UNSET

from cocoproof.export.annotations import annotation_rows
from cocoproof.export.coco_rows import category_rows
from cocoproof.export.dataset import collector, image_of, verified
from cocoproof.export.detections import read_columns
from cocoproof.export.errors import ExportError
from cocoproof.export.inputs import Naming, Source, source_images
from cocoproof.export.mask_options import MaskMode, MaskOptions, OnError, check_choice
from cocoproof.export.tally import Tally
from cocoproof.export.validate import ValidatedDetections, ValidationTerms, validate
from cocoproof.export.writer import DatasetWriter
from cocoproof.model.suggestions import quoted

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from cocoproof.export.coco_rows import AnnotationEntry
    from cocoproof.export.detections import DetectionColumns
    from cocoproof.export.image_entries import ImageInfo, Orientation
    from cocoproof.export.refusals import Refusals
    from cocoproof.export.report import ExportReport
    from cocoproof.mapping import ClassMapping

__all__ = ["TrackForm", "export_tracks"]

TrackForm: TypeAlias = Literal["youtube_vis", "images"]

_SECTIONS: Mapping[TrackForm, tuple[str, ...]] = {"youtube_vis": ("videos",), "images": ("images", "videos", "tracks")}


def export_tracks(
    videos: Iterable[tuple[str, Source]],
    path: str | os.PathLike[str],
    *,
    mapping: ClassMapping,
    form: TrackForm = "youtube_vis",
    masks: MaskMode = "auto",
    verify: bool = False,
    on_error: OnError | Refusals = "raise",
    attributes: Collection[str] | None = None,
    images_dir: str | os.PathLike[str] | None = None,
    orientation: Orientation = "stored",
    info: Mapping[str, Any] | None = None,
    licenses: Sequence[Mapping[str, Any]] = (),
    indent: int | None = None,
) -> ExportReport:
    """Write tracked detections as a COCO file of videos.

    `tracker_id` of the detections says which of them are one object; ids may begin anew in each video.

    `youtube_vis` writes one annotation for each track, with lists of an entry for each frame, null where the object is not visible:
    `bboxes`, `segmentations` if it has a mask in any frame, `areas`, and, where the source has them, `scores`, `obbs` and `attributes`. `track_id` is the tracker id of
    the source. `images` writes one annotation for each detection, and reads as TAO and as mmtracking have it: images with `video_id`, `frame_index` and `frame_id`,
    annotations with `video_id`, `track_id` (unique in the file, a row of `tracks`) and `instance_id` (the tracker id of the source).

    Args:
        videos: Each with its name, and its frames in order as a source of `export_coco`. All frames of one video are in memory at a time.
        path: The file. It appears, or replaces an old one, when everything is written.
        mapping: Which source class becomes which category; all its categories are listed.
        form: `youtube_vis` or `images`.
        masks: As for `export_coco`.
        verify: Whether the written file is then checked, with the mapping as its category list.
        on_error: As for `export_coco`.
        attributes: The `data` columns to write; None for all.
        images_dir: The folder that file names are relative to.
        orientation: As for `export_coco`.
        info: The section `info`; nothing is added to it.
        licenses: Rows of `licenses`.
        indent: Spaces per level; None writes one row per line.

    Returns:
        What was written and what was not; `images` are frames.

    Raises:
        ExportError: If a detection has no tracker id or a negative one, a track occurs twice in a frame or has several classes, or a frame or a detection cannot be
            written for a reason that `export_coco` has; in `youtube_vis`, also if the frames of a video have different sizes, a track is a crowd in some frames
            only, or a detection has keypoints. No file is written then.
        ExportVerificationError: If the written file has findings of severity error; the file is not removed.
        ValueError: If an argument is out of its domain.
        TypeError: If the source has another form.
        OSError: If the file cannot be written.
    """
    check_choice("form", form, ("youtube_vis", "images"))
    check_choice("orientation", orientation, ("stored", "exif"))
    options = MaskOptions(masks)
    refusals = collector(on_error)
    tally = Tally(refusals, tolerant=options.tolerant)
    categories = mapping.categories
    terms = ValidationTerms(
        mapping,
        {category.id: category.name for category in categories if category.id is not None},
        {category.id: len(category.keypoints or ()) for category in categories if category.id is not None},
        options,
        "source",
        attributes,
        refusals,
        tally,
    )
    naming = Naming(None if images_dir is None else str(images_dir), orientation)
    writer = DatasetWriter(path, categories=category_rows(categories), info=info, licenses=licenses, indent=indent, last=_SECTIONS[form])
    stream = _TrackStream(writer, terms, form)
    with writer:
        for item in videos:
            stream.add(*_video(item), naming)
    report = tally.report(Path(path), mapping, next_image_id=stream.next_image_id, next_annotation_id=stream.next_annotation_id)
    return verified(report, categories=mapping.category_list, gt=None) if verify else report


def _video(item: object) -> tuple[str, Source]:
    if isinstance(item, (tuple, list)) and len(item) == 2 and isinstance(item[0], str):
        return item[0], item[1]
    msg = f"a video is given as a {type(item).__name__}; expected (name, frames), where frames is a source of export_coco"
    raise TypeError(msg)


@dataclass(slots=True)
class _Track:
    """One track of a video.

    Attributes:
        number: Its id in the file.
        given: Its id in the source.
        category_id: Its category.
        class_id: Its class.
        crowd: Its crowd flag.
        entries: Its annotations, by frame.
    """

    number: int
    given: int
    category_id: int
    class_id: int
    crowd: int
    entries: dict[int, AnnotationEntry] = field(default_factory=dict)


class _TrackStream:
    """Writes videos with their tracks, with ids in order."""

    def __init__(self, writer: DatasetWriter, terms: ValidationTerms, form: TrackForm) -> None:
        self._writer = writer
        self._terms = terms
        self._form = form
        self._seen: dict[str, str] = {}
        self._titles: set[str] = set()
        self._next_video_id = 1
        self._next_track_id = 1
        self.next_image_id = 1
        self.next_annotation_id = 1

    def add(self, name: str, frames: Source, naming: Naming) -> None:
        """Write a video.

        Raises:
            ExportError: For what cannot be written, unless it is skipped.
        """
        tally, refusals = self._terms.tally, self._terms.refusals
        if name in self._titles:
            msg = f"the name of the video {quoted(name)} is a duplicate; each video may occur once"
            raise ExportError(msg, reason="duplicate-video")
        self._titles.add(name)
        images: list[ImageInfo] = []
        tracks: dict[int, _Track] = {}
        for given, detections in source_images(frames):
            image = image_of(given, naming, self._seen, refusals)
            if image is None:
                continue
            try:
                columns = self._checked(read_columns(detections))
                if self._form == "youtube_vis" and images and (image.width, image.height) != (images[0].width, images[0].height):
                    msg = f"the frame is {image.width}x{image.height} px, the first of its video {images[0].width}x{images[0].height} px"
                    raise ExportError(msg, reason="video-size")
            except ExportError as error:
                refusals.refuse(error.on_image(image.file_name))
                if error.reason == "video-size":
                    continue
                columns = read_columns(None)
            self._frame(image, columns, len(images), tracks)
            images.append(image)
        if not images:
            msg = f"the video {quoted(name)} has no frame"
            raise ExportError(msg, reason="video-empty")
        self._finish(name, images, tracks)
        tally.images += len(images)

    def _checked(self, columns: DetectionColumns) -> DetectionColumns:
        if len(columns) and columns.track_id is None:
            msg = "the detections have no tracker_id; run a tracker over the frames first"
            raise ExportError(msg, reason="track-id")
        if self._form == "youtube_vis" and len(columns) and columns.keypoints is not None:
            msg = 'YouTube-VIS has no keypoints; write them with form="images"'
            raise ExportError(msg, reason="keypoints")
        return columns

    def _frame(self, image: ImageInfo, columns: DetectionColumns, frame: int, tracks: dict[int, _Track]) -> None:
        """Take the detections of one frame."""
        tally = self._terms.tally
        for key in columns.metadata:
            tally.metadata[str(key)] += 1
        for key in image.fields if self._form == "youtube_vis" else ():
            tally.metadata[str(key)] += 1
        validated = validate(columns, image, self._terms)
        validated = _taken(validated, self._of_tracks(validated, image, tracks))
        rows = annotation_rows(validated, image, repeat(self.next_image_id + frame), self.next_annotation_id, self._terms.options, tally)
        for row, given in zip(rows, validated.track_ids or (), strict=True):
            track = tracks[given]
            track.entries[frame] = row
            row.video_id, row.track_id, row.instance_id = self._next_video_id, track.number, given
        if self._form == "images":
            self._writer.add([], rows)
            self.next_annotation_id += len(rows)
            tally.annotations += len(rows)
        tally.written.update(validated.class_ids)

    def _of_tracks(self, found: ValidatedDetections, image: ImageInfo, tracks: dict[int, _Track]) -> list[int]:
        """The detections that can be part of their track; new tracks are added."""
        kept: list[int] = []
        here: set[int] = set()
        for index, given in enumerate(found.track_ids or ()):
            category, crowd = found.category_ids[index], found.crowd[index]
            track = tracks.get(given)
            problem = None
            if given < 0:
                problem = ("track-id", f"tracker_id is {given}; a negative id means that the object belongs to no track")
            elif given in here:
                problem = ("track-repeated", f"tracker_id {given} is a duplicate in this frame")
            elif track is not None and track.category_id != category:
                names = (quoted(self._terms.names.get(number, number)) for number in (category, track.category_id))
                problem = ("track-category", "track {} is {} here and {} before; a track has one category".format(given, *names))
            elif self._form == "youtube_vis" and track is not None and track.crowd != crowd:
                problem = ("track-crowd", f"track {given} has iscrowd {crowd} here and {track.crowd} before; a track has one flag")
            if problem is not None:
                self._terms.refusals.refuse(ExportError(problem[1], reason=problem[0], image=image.file_name))
                continue
            here.add(given)
            kept.append(index)
            if track is None:
                tracks[given] = _Track(self._next_track_id, given, category, found.class_ids[index], crowd)
                self._next_track_id += 1
        return kept

    def _finish(self, name: str, images: list[ImageInfo], tracks: dict[int, _Track]) -> None:
        """Write the rows of a video once all of its frames are known."""
        video = self._next_video_id
        width, height = images[0].width, images[0].height
        row: dict[str, Any] = {"id": video, "name": name, "width": width, "height": height, "length": len(images)}
        if self._form == "youtube_vis":
            row["file_names"] = [image.file_name for image in images]
            annotations = [_lists(track, video, (width, height), len(images)) for track in tracks.values()]
            self._writer.keep("videos", [row])
            self._writer.add_annotations(annotations)
            self.next_annotation_id += len(annotations)
            self._terms.tally.annotations += len(annotations)
        else:
            if any((image.width, image.height) != (width, height) for image in images):
                del row["width"], row["height"]
            # What TrackEval reads of the videos of TAO without asking.
            row |= {"neg_category_ids": [], "not_exhaustive_category_ids": []}
            self._writer.keep("videos", [row])
            self._writer.keep("images", [self._image_row(image, video, frame) for frame, image in enumerate(images)])
            listed = ({"id": track.number, "category_id": track.category_id, "video_id": video} for track in tracks.values())
            self._writer.keep("tracks", listed)
            self.next_image_id += len(images)
        self._next_video_id += 1

    def _image_row(self, image: ImageInfo, video: int, frame: int) -> dict[str, Any]:
        place = {"video_id": video, "frame_index": frame, "frame_id": frame}
        row = {"id": self.next_image_id + frame, "file_name": image.file_name, "width": image.width, "height": image.height}
        return {**row, **place, **image.fields}


def _lists(track: _Track, video: int, size: tuple[int, int], length: int) -> dict[str, Any]:
    """A track as YouTube-VIS has it."""

    def each(name: str) -> list[Any] | None:
        values = [getattr(track.entries[frame], name) if frame in track.entries else UNSET for frame in range(length)]
        return None if all(value is UNSET for value in values) else [None if value is UNSET else value for value in values]

    head = {"id": track.number, "video_id": video, "category_id": track.category_id, "iscrowd": track.crowd, "track_id": track.given}
    lists = {
        many: each(one)
        for one, many in (
            ("bbox", "bboxes"),
            ("segmentation", "segmentations"),
            ("area", "areas"),
            ("score", "scores"),
            ("obb", "obbs"),
            ("attributes", "attributes"),
        )
    }
    return {
        **head,
        "width": size[0],
        "height": size[1],
        "length": length,
        **{many: values for many, values in lists.items() if values is not None},
    }


def _taken(detections: ValidatedDetections, kept: list[int]) -> ValidatedDetections:
    """Some of the detections."""
    if len(kept) == len(detections):
        return detections
    columns = [getattr(detections, one.name) for one in fields(detections)]
    values: list[Any] = [None if column is None else [column[k] for k in kept] for column in columns]
    return ValidatedDetections(*values)
