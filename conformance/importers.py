"""Whose readers are put under the contract of importers: each with its version, its adapter, and what its environment needs."""

from __future__ import annotations

from exporters import Exporter

__all__ = ["IMPORTERS"]

IMPORTERS: tuple[Exporter, ...] = (
    Exporter(
        "reader-cocoproof",
        "",
        "cocoproof, its reader",
        "read_ours:OwnColumns",
        None,
        "roundtrip.md",
        "cocoproof",
    ),
    Exporter(
        "reader-supervision",
        "0.31.2",
        "supervision, `from_coco`",
        "read_supervision:FromCoco",
        "supervision",
        "https://supervision.roboflow.com/latest/datasets/core/#supervision.dataset.core.DetectionDataset.from_coco",
        "supervision",
    ),
    Exporter(
        "reader-torchvision",
        "0.29.1",
        "torchvision, `CocoDetection`",
        "read_torchvision:Coco",
        "torchvision",
        "https://docs.pytorch.org/vision/stable/generated/torchvision.datasets.CocoDetection.html",
        "torchvision",
        ("torch==2.14.1",),
    ),
    Exporter(
        "reader-datumaro",
        "1.13.12",
        "datumaro, `coco_instances`",
        "read_datumaro:CocoInstances",
        "datumaro",
        "https://github.com/open-edge-platform/datumaro",
        "datumaro",
    ),
    Exporter(
        "reader-labelformat-boxes",
        "0.1.17",
        "labelformat, its input of object detection",
        "read_labelformat:ObjectDetection",
        "labelformat",
        "https://github.com/lightly-ai/labelformat",
        "labelformat boxes",
    ),
    Exporter(
        "reader-labelformat-masks",
        "0.1.17",
        "labelformat, its input of instance segmentation",
        "read_labelformat:InstanceSegmentation",
        "labelformat",
        "https://github.com/lightly-ai/labelformat",
        "labelformat masks",
    ),
    Exporter(
        "reader-fiftyone",
        "1.22.1",
        "FiftyOne, its importer",
        "read_fiftyone:DatasetImporter",
        "fiftyone",
        "https://docs.voxel51.com/user_guide/import_datasets.html#cocodetectiondataset",
        "fiftyone",
    ),
)
"""In the order of the page."""
