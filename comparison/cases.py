"""The fixtures as cases: what kind of file each is, what else a tool needs to see its defect, and what that is made of."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["FIXTURES", "NEEDS", "Case", "cases"]

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"

NEEDS = {
    "class list": "a class list to compare the categories with",
    "consumer": "the name of the reader that the file is for",
    "images": "the image files",
    "panoptic": "the PNG files of a panoptic dataset",
    "split": "the other split, to compare with",
    "truth": "the ground truth of a results file",
}
"""What a tool may need besides the file, and what that means."""

_TRUTHS = {"results_bbox": "instances", "results_segm": "instances", "results_keypoints": "keypoints"}
"""The ground truth of the results in fixtures/accept. Results in fixtures/reject have `ground_truth`, or `ground_truth_of_many`."""
_OF_MANY = {"COCO916", "COCO917", "COCO918", "COCO919", "COCO920"}
_CONSUMERS = {"COCO110": "supervision", "COCO111": "detectron2", "COCO112": "ultralytics"}
_SPLITS = {f"COCO85{k}" for k in range(1, 9)}


@dataclass(frozen=True)
class Case:
    """One fixture.

    Attributes:
        name: `reject/COCO501-box-not-positive.json`, below fixtures/.
        path: The file.
        code: The code of the rule that it breaks; the empty string for a file that is right.
        kind: instances, keypoints, captions, panoptic, image_info, lvis, video_instances or results.
        masks: Whether every annotation has a segmentation.
        needs: What a tool needs besides the file to see the defect, as keys of `NEEDS`. Results need their ground truth always.
        images: The folder of its image files.
        panoptic: The folder of its PNG files.
        categories: Its class list.
        truth: Its ground truth.
        earlier: Its other split.
        consumer: The reader that it is for.
    """

    name: str
    path: Path
    code: str
    kind: str
    masks: bool
    needs: tuple[str, ...]
    images: Path | None = None
    panoptic: Path | None = None
    categories: Path | None = None
    truth: Path | None = None
    earlier: Path | None = None
    consumer: str | None = None

    @property
    def files(self) -> dict[str, Path]:
        """What belongs to it: files and folders by the name of their attribute."""
        named = {name: getattr(self, name) for name in ("path", "images", "panoptic", "categories", "truth", "earlier")}
        return {name: path for name, path in named.items() if path is not None}

    @functools.cached_property
    def digest(self) -> str:
        """What it is made of, in 12 hexadecimal digits: a change of any byte gives another."""
        found = hashlib.sha256(f"{self.kind} {self.consumer}".encode())
        for name, path in self.files.items():
            for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
                if file.is_file():
                    found.update(f"\0{name} {file.name}\0".encode() + file.read_bytes())
        return found.hexdigest()[:12]


@functools.cache
def cases() -> tuple[Case, ...]:
    """Every fixture, the broken ones first, by name; without those of a dataset contract, a file that no other tool reads."""
    files = (path for folder in ("reject", "accept") for path in sorted((FIXTURES / folder).glob("*.json")))
    return tuple(_case(path) for path in files if not path.with_suffix(".contract.toml").exists())


def _case(path: Path) -> Case:
    broken = path.parent.name == "reject"
    code = path.name[:7] if broken else ""
    kind, masks = _contents(path)
    folder = _there(path.with_suffix(".images") if broken else path.with_suffix(""))
    categories = _there(path.with_suffix(".categories.toml"))
    own_truth = "ground_truth_of_many" if code in _OF_MANY else _TRUTHS.get(path.stem, "ground_truth")
    truth = FIXTURES / "accept" / f"{own_truth}.json" if kind == "results" else None
    earlier = FIXTURES / "accept" / "train_split.json" if code in _SPLITS else None
    consumer = _CONSUMERS.get(code)
    files = "panoptic" if kind == "panoptic" else "images"
    given = {files: folder if broken else None, "class list": categories, "truth": truth, "split": earlier, "consumer": consumer}
    return Case(
        f"{path.parent.name}/{path.name}",
        path,
        code,
        kind,
        masks,
        tuple(need for need in NEEDS if given.get(need)),
        images=folder if files == "images" else None,
        panoptic=folder if files == "panoptic" else None,
        categories=categories,
        truth=truth,
        earlier=earlier,
        consumer=consumer,
    )


def _there(path: Path) -> Path | None:
    return path if path.exists() else None


def _contents(path: Path) -> tuple[str, bool]:
    """The kind of a file, and whether each annotation has a segmentation; of one that is not JSON, as if it were the usual one."""
    try:
        document: Any = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return "instances", True
    if isinstance(document, list):
        return "results", False
    rows = document.get("annotations", [])
    masks = bool(rows) and all("segmentation" in row for row in rows)
    if any({"bboxes", "segmentations"} & row.keys() for row in rows):
        return "video_instances", masks
    if any("segments_info" in row for row in rows):
        return "panoptic", masks
    if any("caption" in row for row in rows):
        return "captions", masks
    if any("keypoints" in row for row in [*rows, *document.get("categories", [])]):
        return "keypoints", masks
    if any("not_exhaustive_category_ids" in row for row in document.get("images", [])):
        return "lvis", masks
    return ("instances" if "annotations" in document or "images" not in document else "image_info"), masks
