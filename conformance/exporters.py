"""Who is put under the contract: each with its version, its adapter, and what its environment needs."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["COMMON", "EXPORTERS", "Exporter"]

COMMON = ("hypothesis==6.170.17", "numpy==2.4.6", "pycocotools==2.0.11", "pytest==9.2.0", "supervision==0.31.2")
"""In every environment, unless an exporter needs another release of one of them: the data sets that are drawn hang on Hypothesis."""


@dataclass(frozen=True)
class Exporter:
    """One exporter in one version.

    Attributes:
        name: Of its files, and on the command line; without the version.
        version: The version, as the package index has it.
        title: Its name on the page.
        adapter: Module in `adapters` and class.
        package: Its distribution; None for this repository.
        link: Where it says how COCO is exported.
        requires: Further requirements; they go before those of `COMMON` for the same package.
        short: Head of its column, without the version.
    """

    name: str
    version: str
    title: str
    adapter: str
    package: str | None
    link: str
    short: str
    requires: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Name and version: of its folder, and on the command line."""
        return f"{self.name}-{self.version}" if self.version else self.name

    @property
    def requirements(self) -> tuple[str, ...]:
        """What its environment gets beside this repository."""
        own = (*((f"{self.package}=={self.version}",) if self.package else ()), *self.requires)
        named = {requirement.partition("==")[0] for requirement in own}
        return (*own, *(requirement for requirement in COMMON if requirement.partition("==")[0] not in named))


def _supervision(version: str) -> Exporter:
    return Exporter(
        "supervision",
        version,
        "supervision",
        "supervision_own:AsCoco",
        "supervision",
        "https://supervision.roboflow.com/latest/datasets/core/#supervision.dataset.core.DetectionDataset.as_coco",
        "supervision",
    )


def _how_to(version: str) -> Exporter:
    return Exporter(
        "how-to",
        version,
        "supervision, by the how-to",
        "supervision_own:MappedDataset",
        "supervision",
        "https://supervision.roboflow.com/latest/datasets/utils/",
        "how-to",
    )


EXPORTERS: tuple[Exporter, ...] = (
    Exporter("cocoproof", "", "cocoproof", "ours:ExportCoco", None, "guide.md#export-detections-with-a-class-mapping", "cocoproof"),
    Exporter(
        "cocoproof-polygons",
        "",
        'cocoproof, `masks="polygon"`',
        "ours:ExportPolygons",
        None,
        "guide.md#export-detections-with-a-class-mapping",
        "cocoproof polygons",
    ),
    *(_supervision(version) for version in ("0.26.1", "0.27.0.post2", "0.28.0", "0.29.1", "0.30.9", "0.31.2")),
    *(_how_to(version) for version in ("0.28.0", "0.31.2")),
    Exporter("darwin-py", "3.6.3", "darwin-py", "peer_darwin:ExportCoco", "darwin-py", "https://github.com/v7labs/darwin-py", "darwin-py"),
    Exporter(
        "dataflow-cv",
        "3.0.0",
        "DataFlow-CV",
        "peer_dataflow:LabelMeToCoco",
        "dataflow-cv",
        "https://github.com/zjykzj/DataFlow-CV",
        "dataflow-cv",
    ),
    Exporter(
        "datumaro",
        "1.13.12",
        "datumaro",
        "peer_datumaro:CocoInstances",
        "datumaro",
        "https://github.com/open-edge-platform/datumaro",
        "datumaro",
    ),
    Exporter(
        "fiftyone",
        "1.22.1",
        "FiftyOne",
        "peer_fiftyone:DatasetExporter",
        "fiftyone",
        "https://docs.voxel51.com/user_guide/export_datasets.html",
        "fiftyone",
    ),
    Exporter("globox", "2.9.0", "globox", "peer_globox:SaveCoco", "globox", "https://github.com/laclouis5/globox", "globox"),
    Exporter("hotcoco", "1.3.0", "hotcoco", "peer_hotcoco:SaveDict", "hotcoco", "https://github.com/derekallman/hotcoco", "hotcoco"),
    Exporter(
        "kwcoco",
        "0.9.1",
        "kwcoco",
        "peer_kwcoco:Dump",
        "kwcoco",
        "https://kwcoco.readthedocs.io",
        "kwcoco",
        ("opencv-python-headless==4.14.0.94",),
    ),
    Exporter(
        "label-studio-sdk",
        "2.1.2",
        "Label Studio converter",
        "peer_label_studio:ConvertToCoco",
        "label-studio-sdk",
        "https://labelstud.io/guide/export.html#COCO",
        "label-studio",
        ("numpy==2.2.6",),
    ),
    Exporter(
        "labelformat-boxes",
        "0.1.17",
        "labelformat, object detection",
        "peer_labelformat:ObjectDetection",
        "labelformat",
        "https://github.com/lightly-ai/labelformat",
        "labelformat boxes",
    ),
    Exporter(
        "labelformat-masks",
        "0.1.17",
        "labelformat, instance segmentation",
        "peer_labelformat:InstanceSegmentation",
        "labelformat",
        "https://github.com/lightly-ai/labelformat",
        "labelformat masks",
    ),
    Exporter("panlabel", "0.7.0", "panlabel", "peer_panlabel:Convert", "panlabel", "https://github.com/strickvl/panlabel", "panlabel"),
    Exporter(
        "pycocowriter",
        "0.5.6",
        "pycocowriter",
        "peer_pycocowriter:Constructors",
        "pycocowriter",
        "https://nodd-tools.github.io/pycocowriter/",
        "pycocowriter",
    ),
    Exporter(
        "pylabel", "0.1.55", "pylabel", "peer_pylabel:ImportAndExport", "pylabel", "https://github.com/pylabel-project/pylabel", "pylabel"
    ),
    Exporter("sahi", "0.12.8", "sahi", "peer_sahi:CocoUtilities", "sahi", "https://github.com/obss/sahi/blob/main/docs/coco.md", "sahi"),
)
"""In the order of the page."""
