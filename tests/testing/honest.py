"""A right exporter in plain Python, with nothing of ours in it: what the saboteurs spoil."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
from pycocotools import mask as coco_mask

from cocoproof.testing import ExporterContract

__all__ = ["Honest", "rle"]


class Honest(ExporterContract):
    """Builds the whole document in memory, and writes it beside the target before it takes the target's place."""

    keeps_scores = keeps_track_ids = keeps_oriented_boxes = keeps_data = True

    def export(self, dataset, mapping, folder) -> Path:
        document = self.document(dataset, mapping)
        path = folder / "coco.json"
        self.save(document, path)
        return path

    def document(self, dataset, mapping) -> dict:
        becomes = {row.id: row.category_id for row in mapping.classes}
        dropped = {row.id for row in mapping.classes if row.dropped}
        root = Path(os.path.commonpath([Path(path).parent for path in dataset.image_paths])) if dataset.image_paths else Path()
        images, annotations = [], []
        for number, path in enumerate(dataset.image_paths, 1):
            width, height = image_size(path)
            images.append({"id": number, "file_name": Path(path).relative_to(root).as_posix(), "width": width, "height": height})
            found = dataset.annotations[path]
            for place in range(len(found)):
                class_id = int(found.class_id[place])
                if class_id in dropped:
                    continue
                if becomes[class_id] is None:
                    raise ValueError(f"class {class_id} has no category")
                row = {"id": len(annotations) + 1, "image_id": number, "category_id": becomes[class_id]}
                annotations.append(row | shape(found, place) | extras(found, place))
        return {"images": images, "annotations": annotations, "categories": category_rows(mapping)}

    def save(self, document, path) -> None:
        beside = path.with_suffix(".part")
        try:
            beside.write_text(json.dumps(document), encoding="ascii")
            beside.replace(path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise


def image_size(path) -> tuple[int, int]:
    """Width and height from the header of a PNG or BMP file."""
    with Path(path).open("rb") as file:
        head = file.read(26)
    places, order = ((16, 20), "big") if head.startswith(b"\x89PNG") else ((18, 22), "little")
    width, height = (int.from_bytes(head[place : place + 4], order) for place in places)
    if not head.startswith((b"\x89PNG", b"BM")) or len(head) < 24:
        raise ValueError(f"{path} is neither a PNG nor a BMP file")
    return width, height


def category_rows(mapping) -> list[dict]:
    rows = [{"id": one.id, "name": one.name, "supercategory": one.supercategory} for one in mapping.categories]
    return [{key: value for key, value in row.items() if value is not None} for row in rows]


def shape(found, place) -> dict:
    x1, y1, x2, y2 = np.asarray(found.xyxy[place], np.float64).tolist()
    row = {"bbox": [x1, y1, x2 - x1, y2 - y1], "area": (x2 - x1) * (y2 - y1), "iscrowd": 0}
    if found.mask is not None:
        row |= {"segmentation": rle(found.mask[place]), "area": int(found.mask[place].sum())}
    if "iscrowd" in found.data:
        row["iscrowd"] = int(found.data["iscrowd"][place])
    return row


def extras(found, place) -> dict:
    row: dict = {}
    if found.confidence is not None:
        row["score"] = float(found.confidence[place])
    if found.tracker_id is not None:
        row["track_id"] = int(found.tracker_id[place])
    if "xyxyxyxy" in found.data:
        row["obb"] = found.data["xyxyxyxy"][place].ravel().tolist()
    known = {"iscrowd", "xyxyxyxy", "class_name"}
    columns = {name: np.asarray(column).tolist()[place] for name, column in found.data.items() if name not in known}
    return row | ({"attributes": columns} if columns else {})


def rle(mask) -> dict:
    encoded = coco_mask.encode(np.asfortranarray(np.asarray(mask, np.uint8)))
    return {"size": [int(side) for side in encoded["size"]], "counts": encoded["counts"].decode("ascii")}
