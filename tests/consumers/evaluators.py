"""What evaluators that are built like pycocotools count of a ground truth, by arithmetic on their recall alone.

Every category gets one more annotation, on an image of its own, and a result that matches it. A category of n annotations that count then has recall 1 / (n + 1)
with these results alone, and (k + 1) / (n + 1) with results that repeat the boxes of all annotations, of which k match.
"""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from .comparison import Measured

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Evaluate", "found", "measure"]

Evaluate: TypeAlias = "Callable[[Path, Path, str], tuple[list[Any], Any]]"
"""Ground truth, results and IoU type -> the category ids, and the recall with shape (thresholds, categories, areas, limits)."""

_PROBE = 10**6
_CORNERS = [[0, 0, 5, 0, 5, 5, 0, 5]]


def measure(evaluate: Evaluate, document: Any, folder: Path) -> Measured:
    """The annotations whose box a result repeats with a match, and those of them whose mask can be evaluated.

    Of several annotations with one id, which are evaluated as the last of them, only that one gets a result.
    """
    annotations = document.get("annotations", [])
    last = {row.get("id", 0): row for row in annotations}
    rows = [row for row in annotations if last[row.get("id", 0)] is row]
    matched = _matched(evaluate, document, folder, rows)
    masked = [row for row in rows if row.get("segmentation")]
    masks = sum(_matched(evaluate, document, folder, masked).values()) if masked and _has_masks(evaluate, folder) else 0
    images = len({image["id"] for image in document.get("images", [])})
    return Measured(images, sum(matched.values()), matched, "id", masks)


def found(evaluate: Evaluate, document: Any, folder: Path, *, row: int) -> int:
    """How many annotations a single result matches that repeats the box of this row."""
    return sum(_matched(evaluate, document, folder, [document["annotations"][row]]).values())


def _matched(evaluate: Evaluate, document: Any, folder: Path, rows: list[Any]) -> dict[Any, int]:
    """How many annotations of each category results match that repeat the boxes of these rows."""
    probed = copy.deepcopy(document)
    probed.setdefault("images", []).append({"id": _PROBE, "file_name": "probe.png", "width": 10, "height": 10})
    added = probed.setdefault("annotations", [])
    known = {image["id"] for image in document.get("images", [])}
    perfect = [
        _result(row) for row in rows if row.get("bbox") and not row.get("iscrowd") and row["image_id"] in known and "category_id" in row
    ]
    probes = []
    for k, category in enumerate(dict.fromkeys(one["id"] for one in document.get("categories", []))):
        row = {"id": _PROBE + k, "image_id": _PROBE, "category_id": category, "bbox": [0, 0, 5, 5], "area": 25, "iscrowd": 0}
        added.append(row | {"segmentation": _CORNERS})
        probes.append(_result(row))
    for name, content in (("truth", probed), ("alone", probes), ("together", [*perfect, *probes])):
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    ids, least = evaluate(folder / "truth.json", folder / "alone.json", "bbox")
    ids, full = evaluate(folder / "truth.json", folder / "together.json", "bbox")
    counts = np.round(1 / np.asarray(least)[0, :, 0, -1]) if len(ids) else []
    return {
        int(one): round(float(recall) * count) - 1 for one, recall, count in zip(ids, np.asarray(full)[0, :, 0, -1], counts, strict=True)
    }


def _has_masks(evaluate: Evaluate, folder: Path) -> bool:
    """Whether masks can be evaluated, with results on the image that was added."""
    try:
        evaluate(folder / "truth.json", folder / "alone.json", "segm")
    except Exception:  # of many kinds
        return False
    return True


def _result(row: Any) -> Any:
    box = row["bbox"]
    return {"image_id": row["image_id"], "category_id": row["category_id"], "bbox": box, "segmentation": _CORNERS, "score": 1.0}
