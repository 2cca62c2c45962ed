"""`TrackContract`: the properties that an exporter of tracked detections must have, as pytest tests in your suite."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from cocoproof.testing.read_tracks import ReadTracks, TrackFileForm, expect, read_tracks
from cocoproof.testing.strategies.tracks import tracked_datasets
from cocoproof.testing.tracked_videos import TrackedDataset, mask_array

if TYPE_CHECKING:
    from cocoproof.mapping import ClassMapping

__all__ = ["TRACK_PROPERTIES", "TrackContract"]

_TOLERANCE = 1e-6
"""Of coordinates in pixels."""


class TrackContract:
    """The contract of an exporter of tracks. Subclass it under a name that pytest collects, and supply `export`.

    Every test tries one property on small datasets that Hypothesis draws. The file is read with `json` and pycocotools.

    Attributes:
        form: What the exporter writes: `youtube_vis`, or `images` with `videos`, `tracks`, `frame_index`, `track_id` and `instance_id`.
        keeps_scores: Whether scores are written, under `scores` or `score`.
        max_examples: Datasets per property.
        known_failures: Property -> why it fails. It is tried, must fail, and is then an expected failure.
    """

    form: ClassVar[TrackFileForm] = "youtube_vis"
    keeps_scores: ClassVar[bool] = True
    max_examples: ClassVar[int] = 40
    known_failures: ClassVar[Mapping[str, str]] = {}

    def export(self, videos: Any, mapping: ClassMapping, folder: Path) -> Path:
        """Write videos.

        Args:
            videos: A list of (name, frames), where frames is a list of ((file name, (width, height)), detections).
            mapping: The mapping of class ids to categories.
            folder: An existing folder to write into.

        Returns:
            The path of the JSON file.
        """
        msg = f"{type(self).__name__} must define export(self, videos, mapping, folder)"
        raise NotImplementedError(msg)

    def test_verifier_clean(self) -> None:
        """The verifier finds no error and no warning about tracks."""
        self.try_property("verifier_clean")

    def test_videos(self) -> None:
        """Every video is there once, with its frames in order."""
        self.try_property("videos")

    def test_tracks(self) -> None:
        """Every track is there once, and in no video but its own."""
        self.try_property("tracks")

    def test_visibility(self) -> None:
        """A track is in the frames in which its object is visible, and in no other."""
        self.try_property("visibility")

    def test_categories(self) -> None:
        """Every track has the category of its class."""
        self.try_property("categories")

    def test_boxes(self) -> None:
        """Every box is kept, in its frame."""
        self.try_property("boxes")

    def test_masks(self) -> None:
        """Every mask is read back pixel by pixel, in its frame."""
        self.try_property("masks")

    def test_areas(self) -> None:
        """The area is the mask's pixel count, or the box's area."""
        self.try_property("areas")

    def test_scores(self) -> None:
        """Scores are kept."""
        if not self.keeps_scores:
            pytest.skip("the exporter does not keep scores")
        self.try_property("scores")

    def test_deterministic(self) -> None:
        """The same videos give the same bytes."""
        self.try_property("deterministic")

    def try_property(self, name: str) -> None:
        """Try one property on drawn datasets.

        Raises:
            AssertionError: If it does not hold; Hypothesis prints the smallest dataset that it found.
        """
        reason = self.known_failures.get(name)
        try:
            self._try(name)
        except AssertionError:
            if reason is None:
                raise
            pytest.xfail(reason)
        if reason is not None:
            msg = f"{name} holds, but is in known_failures: {reason}"
            raise AssertionError(msg)

    def _try(self, name: str) -> None:
        holds = TRACK_PROPERTIES[name]

        @settings(
            max_examples=self.max_examples,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(tracked_datasets())
        def each(dataset: TrackedDataset) -> None:
            with tempfile.TemporaryDirectory() as folder:
                try:
                    path = self.export(dataset.source(), dataset.mapping(), Path(folder))
                    read = None if name in ("verifier_clean", "deterministic") else read_tracks(path, self.form)
                except (KeyError, IndexError, TypeError, ValueError) as error:
                    msg = f"the file cannot be written or read: {type(error).__name__}: {error}"
                    raise AssertionError(msg) from error
                holds(self, dataset, path, read)

        each()


_Check = Callable[[TrackContract, TrackedDataset, Path, Any], None]


def _verifier_clean(contract: TrackContract, dataset: TrackedDataset, path: Path, read: None) -> None:
    from cocoproof.api import check

    del contract, dataset, read
    report = check(path, images=False, reload="never", ignore=("COCO306", "COCO502", "COCO504", "COCO505", "COCO511", "COCO512"))
    found = [f"{one.code} {one.message}" for one in report.findings if one.severity.value == "error" or one.code.startswith("COCO94")]
    expect(not found, "; ".join(found[:3]))


def _videos(contract: TrackContract, dataset: TrackedDataset, path: Path, read: ReadTracks) -> None:
    del contract, path
    expect(read.videos == {video.name: list(video.file_names) for video in dataset.videos}, "a video or its frames are others")


def _tracks(contract: TrackContract, dataset: TrackedDataset, path: Path, read: ReadTracks) -> None:
    del contract, path
    expect(read.tracks.keys() == dataset.tracks().keys(), f"the tracks are {sorted(read.tracks)}")


def _visibility(contract: TrackContract, dataset: TrackedDataset, path: Path, read: ReadTracks) -> None:
    del contract, path
    expected = {key: set(one.frames) for key, one in dataset.tracks().items()}
    expect({key: set(track.frames) for key, track in read.tracks.items()} == expected, "a track is in other frames")


def _categories(contract: TrackContract, dataset: TrackedDataset, path: Path, read: ReadTracks) -> None:
    del contract, path
    due = {key: dataset.classes[one.class_id] for key, one in dataset.tracks().items()}
    expect({key: track.category for key, track in read.tracks.items()} == due, "a track has another category")


def _pairs(dataset: TrackedDataset, read: ReadTracks) -> list[tuple[Any, Any]]:
    """What was there and what was read of each track in each frame."""
    pairs = []
    for key, one in dataset.tracks().items():
        expect(key in read.tracks, f"track {key} is missing")
        for frame, seen in one.frames.items():
            expect(frame in read.tracks[key].frames, f"track {key} is missing in frame {frame}")
            pairs.append((seen, read.tracks[key].frames[frame]))
    return pairs


def _boxes(contract: TrackContract, dataset: TrackedDataset, path: Path, read: ReadTracks) -> None:
    del contract, path
    for seen, found in _pairs(dataset, read):
        x1, y1, x2, y2 = seen.box
        expect(np.allclose(found.box, [x1, y1, x2 - x1, y2 - y1], rtol=0, atol=_TOLERANCE), f"the box {seen.box} is {found.box}")


def _masks(contract: TrackContract, dataset: TrackedDataset, path: Path, read: ReadTracks) -> None:
    del contract, path
    for seen, found in _pairs(dataset, read):
        expect((seen.mask is None) == (found.mask is None), "a mask is missing, or there is one too many")
        if seen.mask is not None and found.mask is not None:
            expect(np.array_equal(mask_array(seen.mask), found.mask), "a mask has other pixels")


def _areas(contract: TrackContract, dataset: TrackedDataset, path: Path, read: ReadTracks) -> None:
    del contract, path
    for seen, found in _pairs(dataset, read):
        x1, y1, x2, y2 = seen.box
        due = (x2 - x1) * (y2 - y1) if seen.mask is None else int(mask_array(seen.mask).sum())
        expect(found.area is not None and abs(found.area - due) <= _TOLERANCE * max(due, 1), f"the area {due} is {found.area}")


def _scores(contract: TrackContract, dataset: TrackedDataset, path: Path, read: ReadTracks) -> None:
    del contract, path
    for seen, found in _pairs(dataset, read):
        expect(found.score is not None and abs(found.score - seen.score) <= _TOLERANCE, f"the score {seen.score} is {found.score}")


def _deterministic(contract: TrackContract, dataset: TrackedDataset, path: Path, read: None) -> None:
    del read
    first = path.read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        again = contract.export(dataset.source(), dataset.mapping(), Path(folder)).read_bytes()
    expect(again == first, "a second export gives other bytes")


TRACK_PROPERTIES: Mapping[str, _Check] = {
    "verifier_clean": _verifier_clean,
    "videos": _videos,
    "tracks": _tracks,
    "visibility": _visibility,
    "categories": _categories,
    "boxes": _boxes,
    "masks": _masks,
    "areas": _areas,
    "scores": _scores,
    "deterministic": _deterministic,
}
"""The properties of the contract, by name."""
