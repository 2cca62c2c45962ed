"""What the tests of mmdetection and mmrotate share: the import of both without the operators that mmcv compiles, and the loader's counts.

`mmcv-lite` has no compiled operators. Their wrappers are imported by mmdetection's transforms and boxes; data sets do not call them.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import types
from collections import Counter
from typing import TYPE_CHECKING, Any

from .comparison import Measured

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["coco_dataset", "counted", "own_classes", "written"]


class _Operators(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def operator(*_: object) -> None:
            msg = f"{name} is compiled, and not in mmcv-lite"
            raise NotImplementedError(msg)

        return operator


def coco_dataset(path: Path, classes: Sequence[str] | None, **filters: Any) -> Any:
    """mmdetection's `CocoDataset` with these settings of `filter_cfg`."""
    if "mmcv._ext" not in sys.modules and importlib.util.find_spec("mmcv._ext") is None:
        sys.modules["mmcv._ext"] = _Operators("mmcv._ext")
    from mmdet.datasets import CocoDataset

    settings = {} if classes is None else {"metainfo": {"classes": tuple(classes)}}
    return CocoDataset(ann_file=str(path), data_prefix={"img": ""}, filter_cfg={"filter_empty_gt": True, **filters}, **settings)


def counted(held: Any, trained: Sequence[Any], masks: int | None) -> Measured:
    """The counts of what the pipeline packed, image by image, by number of the class."""
    labels = Counter(label for one in trained for label in one["data_samples"].gt_instances.labels.tolist())
    return Measured(len(held), sum(labels.values()), labels, "label", masks)


def written(document: Any, folder: Path) -> Path:
    """The document as a file."""
    path = folder / "annotations.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def own_classes(document: Any) -> tuple[str, ...]:
    """The names of the file's categories, as a configuration lists them."""
    return tuple(dict.fromkeys(row["name"] for row in document.get("categories", []) if "name" in row)) or ("none",)
