"""Predictions with a ground truth in plain Python: the input of an exporter of results."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

import numpy as np

from cocoproof.testing.code_text import call
from cocoproof.testing.drawn import DrawnCase, mask_stack
from cocoproof.testing.drawn_keypoints import DrawnPoses, built_poses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from cocoproof.mapping import ClassMapping
    from cocoproof.testing.drawn import DrawnDataset, DrawnImage

__all__ = ["DrawnPredictions", "DrawnTruth", "Numbering", "Predictions", "coordinates", "runs_of"]

Numbering: TypeAlias = Literal["mapping", "ascending", "gaps", "zero", "shuffled", "descending", "stems", "2^31", "2^53"]
"""How ids are numbered. `mapping`: categories have the mapping's ids. `stems`: the id of an image is the number that another image's file is named by."""

_STEPS = (7, 11, 13, 1)


@dataclass(frozen=True, repr=False)
class DrawnTruth:
    """How the ground truth of predictions is made; its images and categories are those of the predictions, by name.

    Attributes:
        image_ids: How its images are numbered.
        category_ids: How its categories are.
        backwards: Whether images and categories are listed in the opposite order.
        more: How many images and categories it has that the predictions do not have.
        folders: Whether further images may have names that differ by their folder alone.
        lacks: Whether it lacks an image with detections, or a category that a detection has.
    """

    image_ids: Numbering = "ascending"
    category_ids: Numbering = "ascending"
    backwards: bool = False
    more: int = 0
    folders: bool = False
    lacks: Literal["nothing", "image", "category"] = "nothing"

    def __repr__(self) -> str:
        return call(self, ())

    def document(self, drawn: DrawnDataset, mapping: ClassMapping) -> dict[str, Any]:
        """The ground truth, whose annotations are like the predictions: some equal, some moved, some missing, some crowds."""
        becomes = {row.id: row.category_id for row in mapping.classes}
        names = {category.id: category.name for category in mapping.categories}
        images, categories = self._images(drawn, becomes), self._categories(drawn, mapping)
        image_ids = {row["file_name"]: row["id"] for row in images}
        category_ids = {row["name"]: row["id"] for row in categories}
        rows: list[dict[str, Any]] = []
        for place, image in enumerate(drawn.images):
            for k in range(len(image)):
                name = names.get(becomes.get(image.class_id[k]))
                if name in category_ids and image.file_name in image_ids:
                    ids = {"image_id": image_ids[image.file_name], "category_id": category_ids[name]}
                    rows += [{"id": len(rows) + 1, **ids, **row} for row in _annotation(image, k, place + k)]
        return {"images": images, "annotations": rows, "categories": categories}

    def write(self, path: str | Path, drawn: DrawnDataset, mapping: ClassMapping) -> Path:
        """Write the ground truth, and return the path.

        Raises:
            OSError: If it cannot be written.
        """
        out = Path(path)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(self.document(drawn, mapping)), encoding="ascii")
        return out

    def _images(self, drawn: DrawnDataset, becomes: dict[int, int | None]) -> list[dict[str, Any]]:
        known = [(image.file_name, image.width, image.height) for image in drawn.images]
        if self.lacks == "image":
            last = max(place for place, image in enumerate(drawn.images) if any(becomes.get(own) is not None for own in image.class_id))
            known.pop(last)
        if self.backwards:
            known.reverse()
        taken = {name for name, _, _ in known}
        base = known[0][0] if known and self.folders else None
        extra = [f"more/{k}/{base}" if base else f"more-{k}.png" for k in range(self.more)]
        listed = [*((name, 9, 7) for name in extra if name not in taken), *known]
        stems = [Path(name).stem for name, _, _ in listed]
        ids = _ids(self.image_ids, len(listed), stems)
        return [
            {"id": number, "file_name": name, "width": width, "height": height}
            for number, (name, width, height) in zip(ids, listed, strict=True)
        ]

    def _categories(self, drawn: DrawnDataset, mapping: ClassMapping) -> list[dict[str, Any]]:
        known = list(mapping.categories)
        if self.lacks == "category":
            used = [row.category_id for image in drawn.images for own in image.class_id for row in mapping.classes if row.id == own]
            gone = next(number for number in used if number is not None)
            known = [category for category in known if category.id != gone]
        if self.backwards:
            known.reverse()
        taken = {category.name for category in known}
        extra = [name for k in range(self.more + (not known)) if (name := f"more {k}") not in taken]
        if self.category_ids == "mapping":
            own = [category.id or 0 for category in known]
            ids = [*(max([0, *own]) + 1 + k for k in range(len(extra))), *own]
        else:
            ids = _ids(self.category_ids, len(extra) + len(known), [])
        rows = [{"id": number, "name": name} for number, name in zip(ids, [*extra, *(category.name for category in known)], strict=True)]
        for row, category in zip(rows[len(extra) :], known, strict=True):
            if category.keypoints is not None:
                row |= {"keypoints": list(category.keypoints), "skeleton": [list(edge) for edge in category.skeleton or ()]}
        return rows


def _ids(numbering: Numbering, count: int, stems: Sequence[str]) -> list[int]:
    if numbering == "stems" and len({int(stem) for stem in stems if stem.isascii() and stem.isdigit()}) == count > 1:
        numbers = [int(stem) for stem in stems]
        return [*numbers[1:], numbers[0]]
    if numbering in ("shuffled", "stems"):
        step = next(step for step in _STEPS if math.gcd(step, max(count, 1)) == 1)
        return [(k * step + count // 2) % count + 1 for k in range(count)]
    start, step = {"zero": (0, 1), "gaps": (5, 3), "descending": (count, -1), "2^31": (2**31 - 2, 1), "2^53": (2**53 - 1, 1)}.get(
        numbering, (1, 1)
    )
    return [start + step * k for k in range(count)]


def _annotation(image: DrawnImage, k: int, turn: int) -> Iterator[dict[str, Any]]:
    """The annotations that are there for one detection: one, two, or none."""
    x1, y1, x2, y2 = image.boxes[k]
    width, height = x2 - x1, y2 - y1
    way = ("exact", "smaller", "moved", "missing", "crowd")[turn % 5]
    if way == "missing":
        return
    box = [x1, y1, width, height]
    if way == "smaller":
        box[2] *= 0.75
    elif way == "moved":
        box[0] += width / 8
    row: dict[str, Any] = {"bbox": box, "area": box[2] * box[3], "iscrowd": int(way == "crowd")}
    if image.masks is not None:
        mask = mask_stack((image.masks[k],), (image.height, image.width))[0].copy()
        if way == "moved":
            mask = np.roll(mask, 1, axis=1)
        elif way == "smaller" and mask.sum() > 1:
            mask[tuple(index[0] for index in np.nonzero(mask))] = False
        row |= {"segmentation": {"size": list(mask.shape), "counts": runs_of(mask)}, "area": int(mask.sum())}
    if isinstance(image, DrawnPoses):
        row |= _moved_points(image, k, way)
    yield row
    if way == "exact" and turn % 3 == 0:  # one that no detection finds
        yield row | {"bbox": [x1 + width / 2, y1, width, height], "area": width * height, "iscrowd": 0}


def _moved_points(image: DrawnPoses, k: int, way: str) -> dict[str, Any]:
    points = coordinates(image)[k].copy()
    points[points[:, 2] > 0, 0] += {"smaller": 0.25, "moved": 1.5}.get(way, 0.0)
    return {"keypoints": points.ravel().tolist(), "num_keypoints": int((points[:, 2] > 0).sum())}


def coordinates(image: DrawnPoses) -> NDArray[np.float64]:
    """x, y, v of each point as a file has them: shape (n, k, 3), 0, 0, 0 for those that are not labelled."""
    n = len(image)
    if n == 0:
        return np.empty((0, 0, 3))
    xy = np.array(image.points or (), np.dtype(image.point_type)).astype(np.float64).reshape(n, -1, 2)
    flags = image.shown_flags()
    out = np.concatenate([xy, flags[:, :, None].astype(np.float64)], axis=2)
    out[flags == 0] = 0.0
    return out


def runs_of(mask: NDArray[np.bool_]) -> list[int]:
    """The run lengths of a mask, column by column, beginning with pixels that are not set."""
    flat = np.concatenate([[False], mask.ravel(order="F")])
    ends = np.flatnonzero(flat[1:] != flat[:-1])
    runs: list[int] = np.diff(np.concatenate([[0], ends, [mask.size]])).tolist()
    return runs


@dataclass
class Predictions:
    """What an exporter of results is given.

    Attributes:
        dataset: The detections on each image: a `supervision.DetectionDataset`, or a `KeypointDataset`.
        ground_truth: The file of the ground truth.
    """

    dataset: Any
    ground_truth: Path

    @property
    def classes(self) -> list[str]:
        """The class names."""
        names: list[str] = self.dataset.classes
        return names

    @property
    def image_paths(self) -> list[str]:
        """The image files."""
        paths: list[str] = self.dataset.image_paths
        return paths

    @property
    def annotations(self) -> dict[str, Any]:
        """The detections by the path of the image."""
        found: dict[str, Any] = self.dataset.annotations
        return found


@dataclass(frozen=True)
class DrawnPredictions(DrawnCase):
    """The input of an exporter of results.

    Attributes:
        truth: How the ground truth is made.
    """

    NEEDED: ClassVar[frozenset[str]] = frozenset({"confidence", "points"})
    KIND: ClassVar[Literal["instances", "keypoints", "results"]] = "results"

    truth: DrawnTruth = field(default_factory=DrawnTruth)

    def imported(self) -> tuple[str, ...]:
        """What the code imports from `cocoproof.testing`."""
        posed = ("DrawnPoses", "DrawnTruth", "built_poses")
        return ("DrawnDataset", *(posed if self._posed else ("DrawnImage", "DrawnTruth")))

    @property
    def _posed(self) -> bool:
        return any(isinstance(image, DrawnPoses) for image in self.dataset.images)

    def build(self, folder: str | Path) -> Predictions:
        """Write the images and the ground truth into a folder, and return the predictions.

        Raises:
            OSError: If they cannot be written.
        """
        dataset = built_poses(self.dataset, folder) if self._posed else self.dataset.build(folder)
        return Predictions(dataset, self.truth.write(Path(folder) / "ground_truth.json", self.dataset, self.mapping))

    def export_by(self, exporter: Any, source: Any, mapping: ClassMapping, folder: Path) -> object:
        """Call the exporter as `ResultsContract` says; returns what it returns."""
        return exporter.export_results(source.dataset, mapping, source.ground_truth, folder)

    def made(self) -> str:
        """The code that makes the predictions."""
        return 'built_poses(drawn, folder / "images")' if self._posed else super().made()

    def further_code(self) -> tuple[str, ...]:
        """The code that makes the ground truth."""
        return (f'ground_truth = {self.truth!r}.write(folder / "images" / "ground_truth.json", drawn, mapping)',)
