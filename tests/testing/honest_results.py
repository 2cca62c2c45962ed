"""A right exporter of results in plain Python, with nothing of ours in it: what the saboteurs spoil."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from cocoproof.testing import ResultsContract

from .honest import rle

__all__ = ["HonestKeypointResults", "HonestResults", "point_rows"]


class HonestResults(ResultsContract):
    """Builds the whole list in memory, and writes it beside the target before it takes the target's place."""

    def export_results(self, predictions, mapping, ground_truth, folder) -> Path:
        rows = self.rows(predictions, mapping, json.loads(Path(ground_truth).read_text(encoding="utf-8")))
        path = folder / "results.json"
        self.save(rows, path)
        return path

    def rows(self, predictions, mapping, truth) -> list[dict]:
        images = {row["file_name"]: row["id"] for row in truth["images"]}
        categories = {row["name"]: row["id"] for row in truth["categories"]}
        names = {category.id: category.name for category in mapping.categories}
        dropped = {row.id for row in mapping.classes if row.dropped}
        becomes = {
            row.id: categories[names[row.category_id]]
            for row in mapping.classes
            if row.category_id is not None and names[row.category_id] in categories
        }
        rows = []
        for path in predictions.image_paths:
            found = predictions.annotations[path]
            kept = [k for k in range(len(found)) if int(found.class_id[k]) not in dropped]
            image_id = image_of(path, images) if kept else None
            rows += [
                {
                    "image_id": image_id,
                    "category_id": becomes[int(found.class_id[k])],
                    "score": self.score(found, k),
                    **self.shape(found, k),
                }
                for k in kept
            ]
        return rows

    def score(self, found, k) -> float:
        return float(found.confidence[k])

    def shape(self, found, k) -> dict:
        if found.mask is not None:
            return {"segmentation": rle(found.mask[k])}
        x1, y1, x2, y2 = np.asarray(found.xyxy[k], np.float64).tolist()
        return {"bbox": [x1, y1, x2 - x1, y2 - y1]}

    def save(self, rows, path) -> None:
        beside = path.with_suffix(".part")
        try:
            beside.write_text(json.dumps(rows), encoding="ascii")
            beside.replace(path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise


def image_of(path, images) -> int:
    """The id of the image whose file name is the longest end of a path."""
    parts = Path(path).parts
    for begin in range(len(parts)):
        name = "/".join(parts[begin:])
        if name in images:
            return images[name]
    raise KeyError(f"{path} is not in the ground truth")


class HonestKeypointResults(HonestResults):
    predicts = "keypoints"

    def score(self, found, k) -> float:
        return float(found.detection_confidence[k])

    def shape(self, found, k) -> dict:
        return {"keypoints": point_rows(found, k)}


def point_rows(found, k) -> list[float]:
    """x, y, v of each point: 0 at (0, 0), 1 where `visible` is False, 2 elsewhere."""
    out: list[float] = []
    for j, (x, y) in enumerate(np.asarray(found.xy[k], np.float64).tolist()):
        seen = found.visible is None or bool(found.visible[k][j])
        out += [x, y, 0] if x == y == 0 else [x, y, 2 if seen else 1]
    return out
