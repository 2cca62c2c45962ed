"""The tools that are compared: how each is installed, what it reads, and why the rest is not applicable to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["TOOLS", "Tool"]


@dataclass(frozen=True)
class Tool:
    """One tool, in its newest release.

    Attributes:
        name: Its distribution; also of its results and in `comparison/readings.tsv`.
        adapter: Script in `adapters`.
        requires: What is installed, as pip takes it.
        link: Its documentation of what is run.
        how: What is run, as Markdown.
        validates: Whether it validates; otherwise its loader is run.
        not_read: Kind of file -> why it is not applicable.
        not_taken: Need of a fixture -> why the fixture is not applicable.
        needs_png: Whether it reads a panoptic file only beside its PNG files.
    """

    name: str
    adapter: str
    requires: tuple[str, ...]
    link: str
    how: str
    validates: bool = True
    not_read: Mapping[str, str] = field(default_factory=dict)
    not_taken: Mapping[str, str] = field(default_factory=dict)
    needs_png: bool = False


_NO_LIST = {"class list": "takes no class list"}
_NO_SPLIT = {"split": "checks each file by itself"}
_NO_CONSUMER = {"consumer": "takes no name of a reader"}
_NO_FILES = {"images": "opens no image files", "panoptic": "opens no PNG files"}
_NO_RESULTS = {"results": "reads no results files"}
_DETECTION = dict.fromkeys(("captions", "panoptic", "image_info"), "reads detection datasets only")

TOOLS: tuple[Tool, ...] = (
    Tool(
        "cocoproof",
        "ours.py",
        ("-e", "{root}[images,supervision]"),
        "../README.md",
        "`cocoproof check FILE --format json`, with `--images`, `--panoptic`, `--categories`, `--gt`, `--splits` or `--for` where the fixture "
        "is about these. The checkout, not a release.",
    ),
    Tool(
        "hotcoco",
        "hotcoco_healthcheck.py",
        ("hotcoco",),
        "https://derekallman.github.io/hotcoco/guide/datasets/#healthcheck",
        "`coco healthcheck --json FILE`; results as `coco healthcheck --json GROUND_TRUTH --dt FILE`.",
        not_read={"captions": "detection, masks and keypoints only", "panoptic": "has no health check of panoptic files"},
        not_taken={**_NO_LIST, **_NO_SPLIT, **_NO_CONSUMER, **_NO_FILES},
    ),
    Tool(
        "panlabel",
        "panlabel_validate.py",
        ("panlabel",),
        "https://github.com/strickvl/panlabel",
        "`panlabel validate --format coco --strict --output-format json FILE`.",
        not_read={**_DETECTION, **_NO_RESULTS},
        not_taken={**_NO_LIST, **_NO_SPLIT, **_NO_CONSUMER, **_NO_FILES},
    ),
    Tool(
        "kwcoco",
        "kwcoco_validate.py",
        ("kwcoco", "opencv-python-headless"),
        "https://kwcoco.readthedocs.io",
        "`CocoDataset(FILE).validate(...)`, which is `kwcoco validate`, with `schema`, `unique`, `channels`, `img_attrs=error`, `annot_attrs=error` "
        "(detection files), `require_relative=2`, and `missing` and `corrupted` where the fixture has image files.",
        not_read={"panoptic": "its schema has no panoptic files", **_NO_RESULTS},
        not_taken={**_NO_LIST, **_NO_SPLIT, **_NO_CONSUMER},
    ),
    Tool(
        "datumaro",
        "datumaro_validate.py",
        ("datumaro[cli]",),
        "https://openvinotoolkit.github.io/datumaro/latest/docs/level-up/intermediate_skills/08_data_validate.html",
        "`datum validate`, through its Python interface: the file imported as `coco`, then the validators for detection and, where each "
        "annotation has a mask, for segmentation. Its log counts as output.",
        not_read={"lvis": "COCO only", **_NO_RESULTS},
        not_taken={**_NO_LIST, **_NO_CONSUMER},
        needs_png=True,
    ),
    Tool(
        "vision-data-doctor",
        "data_doctor.py",
        ("vision-data-doctor",),
        "https://github.com/shivpratapsinghpanwar/data-doctor",
        "`data-doctor coco FILE`; where the fixture has image files, with `--images FOLDER`, and `data-doctor scan FOLDER`.",
        not_read={"panoptic": "detection and polygons only", **_NO_RESULTS},
        not_taken={**_NO_LIST, "split": "compares the image files of splits, and these fixtures have none", **_NO_CONSUMER},
    ),
    Tool(
        "cvflow",
        "cvflow_inspect.py",
        ("cvflow",),
        "https://github.com/RizwanMunawar/cvflow",
        "`cvflow inspect FOLDER --format coco --strict`, through the functions that the command calls; as with `--no-images` where the fixture has no image files.",
        not_read={**_DETECTION, **_NO_RESULTS},
        not_taken={**_NO_LIST, **_NO_CONSUMER},
    ),
    Tool(
        "labelformat",
        "labelformat_input.py",
        ("labelformat",),
        "https://github.com/lightly-ai/labelformat",
        "The loaders `COCOObjectDetectionInput` and, where each annotation has a segmentation, `COCOInstanceSegmentationInput`. It has no validator.",
        validates=False,
        not_read={**_DETECTION, "lvis": "COCO only", **_NO_RESULTS},
        not_taken={**_NO_LIST, **_NO_SPLIT, **_NO_FILES, "consumer": "the fixture is about another reader"},
    ),
    Tool(
        "supervision",
        "supervision_dataset.py",
        ("supervision",),
        "https://supervision.roboflow.com/latest/datasets/core/#supervision.dataset.core.DetectionDataset.from_coco",
        "The loader `DetectionDataset.from_coco`; where the fixture has image files, each is read. It has no validator.",
        validates=False,
        not_read={**_DETECTION, **_NO_RESULTS},
        not_taken={**_NO_LIST, **_NO_SPLIT},
    ),
    Tool(
        "pycocotools",
        "pycocotools_coco.py",
        ("pycocotools",),
        "https://github.com/ppwwyyxx/cocoapi",
        "The loader `COCO(FILE)`; results as `COCO(GROUND_TRUTH).loadRes(FILE)`. It has no validator.",
        validates=False,
        not_read={"panoptic": "panoptic files are read by panopticapi"},
        not_taken={**_NO_LIST, **_NO_SPLIT, **_NO_CONSUMER, **_NO_FILES},
    ),
)
"""In the order of the page."""
