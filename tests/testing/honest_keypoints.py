"""A right exporter of keypoint datasets in plain Python, and others in other styles."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.testing import KeypointContract

from .honest import Honest
from .honest_results import point_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["KEYPOINT_STYLES", "HonestKeypoints"]


class HonestKeypoints(KeypointContract):
    """Builds the whole document in memory, and writes it beside the target before it takes the target's place."""

    keeps_scores = keeps_keypoint_scores = keeps_data = True

    def export(self, dataset, mapping, folder) -> Path:
        document = self.document(dataset, mapping)
        path = folder / "coco.json"
        self.save(document, path)
        return path

    def document(self, dataset, mapping) -> dict:
        document = Honest.document(self, WithoutDetections(dataset), mapping)
        becomes = {row.id: row.category_id for row in mapping.classes}
        dropped = {row.id for row in mapping.classes if row.dropped}
        for image, path in zip(document["images"], dataset.image_paths, strict=True):
            found = dataset.annotations[path]
            for k in range(len(found)):
                class_id = int(found.class_id[k])
                if class_id in dropped:
                    continue
                if becomes[class_id] is None:
                    raise ValueError(f"class {class_id} has no category")
                row = {"id": len(document["annotations"]) + 1, "image_id": image["id"], "category_id": becomes[class_id]}
                document["annotations"].append(row | self.shape(found, k) | self.extras(found, k))
        for row, category in zip(document["categories"], mapping.categories, strict=True):
            row |= {"keypoints": list(category.keypoints), "skeleton": [list(edge) for edge in category.skeleton]}
        return document

    def shape(self, found, k) -> dict:
        points = point_rows(found, k)
        labelled = np.array(points, np.float64).reshape(-1, 3)
        labelled = labelled[labelled[:, 2] > 0]
        box = found.data["xyxy"][k] if "xyxy" in found.data else [*labelled[:, :2].min(axis=0), *labelled[:, :2].max(axis=0)]
        x1, y1, x2, y2 = np.asarray(box, np.float64).tolist()
        return {
            "keypoints": points,
            "num_keypoints": len(labelled),
            "bbox": [x1, y1, x2 - x1, y2 - y1],
            "area": (x2 - x1) * (y2 - y1),
            "iscrowd": int(found.data["iscrowd"][k]) if "iscrowd" in found.data else 0,
        }

    def extras(self, found, k) -> dict:
        row: dict = {}
        if found.detection_confidence is not None:
            row["score"] = float(found.detection_confidence[k])
        if found.keypoint_confidence is not None:
            row["keypoint_scores"] = np.asarray(found.keypoint_confidence[k], np.float64).tolist()
        columns = {name: np.asarray(column).tolist()[k] for name, column in found.data.items() if name not in ("iscrowd", "xyxy")}
        return row | ({"attributes": columns} if columns else {})

    save = Honest.save


class WithoutDetections:
    """A dataset with the images of another, and nothing on them."""

    def __init__(self, dataset) -> None:
        self.image_paths = dataset.image_paths
        self.annotations = dict.fromkeys(dataset.image_paths, ())


KEYPOINT_STYLES: dict[str, type[HonestKeypoints]] = {"ours in plain Python": HonestKeypoints}
"""Right exporters by what they do."""


def style(ident: str, name: str, **methods: object) -> None:
    kind = type(ident, (HonestKeypoints,), {"__module__": __name__, "__qualname__": ident, **methods})
    globals()[ident] = kind
    KEYPOINT_STYLES[name] = kind


def document(ident: str, name: str, change: Callable) -> None:
    """One that changes the document in place."""

    def written(self, dataset, mapping):
        own = HonestKeypoints.document(self, dataset, mapping)
        change(own)
        return own

    style(ident, name, document=written)


def rows(ident: str, name: str, change: Callable) -> None:
    document(ident, name, lambda own: [change(row) for row in own["annotations"]])


def text(ident: str, name: str, written: Callable) -> None:
    def save(self, own, path) -> None:
        beside = path.with_suffix(".part")
        try:
            beside.write_bytes(written(own).encode())
            beside.replace(path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise

    style(ident, name, save=save)


def whole_as_integers(row) -> None:
    for key in ("bbox", "keypoints"):
        row[key] = [int(value) if value == int(value) else value for value in row[key]]


def floats(row) -> None:
    row["keypoints"] = list(map(float, row["keypoints"]))


def colours(own) -> None:
    for row in own["categories"]:
        row["color"] = [0, 0, 0]


rows("PointsAsIntegers", "whole numbers as integers", whole_as_integers)
rows("PointsAsFloats", "flags as floats", floats)
rows("NumberedByTen", "annotation ids in steps of ten", lambda row: row.update(id=10 * row["id"]))
rows("EmptyIgnore", "a further field of annotations", lambda row: row.update(ignore=0))
rows("AreasAsFloats", "areas as floats", lambda row: row.update(area=float(row["area"])))
document("ColouredPoints", "a further field of categories", colours)
document("InfoOfPoints", "an info, and an empty list of licences", lambda own: own.update(info={"year": 2026}, licenses=[]))
document("BackwardsPoints", "annotations of the last image first", lambda own: own["annotations"].sort(key=lambda row: -row["image_id"]))
text("IndentedPoints", "indented", lambda own: json.dumps(own, indent=2))
text("SortedPoints", "with sorted keys", lambda own: json.dumps(own, sort_keys=True))
text("Utf8Points", "in UTF-8", lambda own: json.dumps(own, ensure_ascii=False))
style(
    "NoScores",
    "no scores, which it does not claim",
    keeps_scores=False,
    keeps_keypoint_scores=False,
    keeps_data=False,
    extras=lambda *_: {},
)
style("OnlyVisible", "no hidden points, which it does not claim", keeps_hidden=False)
style(
    "NoSkeletons",
    "no skeletons, which it does not claim",
    keeps_skeletons=False,
    document=lambda self, dataset, mapping: _bare(HonestKeypoints.document(self, dataset, mapping)),
)
style("EnvelopesOnly", "envelopes as boxes, which it claims", keeps_boxes=False)


def _bare(own) -> dict:
    for row in own["categories"]:
        row["skeleton"] = []
    return own
