#!/usr/bin/env python3
"""Run the claims of `--for` on the real loaders: install each consumer that can be installed, test it, and say which could not.

A consumer that is installed must pass its tests. pycocotools and supervision must install; any other may be missing, for a reason that the
table at the end gives. Environments are made in a temporary folder and removed. torch is large where the index has a build for GPUs alone
(Linux on x86_64: gigabytes): it is installed if pip would take it from this machine's disk or has a CPU build, or with --download-torch.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NEEDED = 12 * 10**9
"""Bytes of disk for an environment with torch for GPUs."""


@dataclass(frozen=True)
class Consumer:
    """A consumer that claims are made about.

    Attributes:
        name: As `--for` takes it.
        package: As the package index has it.
        module: As it is imported; the tests name it.
        tests: The test file in `tests/consumers`.
        required: Whether a run fails if it cannot be installed.
        requirements: What pip is given; empty for the package alone.
        bare: What is installed then, without dependencies: some of those in its metadata do not install, and are not needed to load a file.
        needs_torch: Whether torch is among them.
    """

    name: str
    package: str
    module: str
    tests: str
    required: bool = False
    requirements: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    needs_torch: bool = False


GROUPS: tuple[tuple[Consumer, ...], ...] = (
    (
        Consumer("pycocotools", "pycocotools", "pycocotools", "test_pycocotools.py", required=True),
        Consumer("supervision", "supervision", "supervision", "test_supervision.py", required=True),
    ),
    (Consumer("cvat", "datumaro", "datumaro", "test_cvat.py"), Consumer("datumaro", "datumaro", "datumaro", "test_datumaro.py")),
    (
        Consumer("hotcoco", "hotcoco", "hotcoco", "test_hotcoco.py"),
        Consumer("faster-coco-eval", "faster-coco-eval", "faster_coco_eval", "test_faster_coco_eval.py"),
        Consumer("label-studio", "label-studio-sdk", "label_studio_sdk", "test_label_studio.py"),
    ),
    (Consumer("fiftyone", "fiftyone", "fiftyone", "test_fiftyone.py"),),
    (
        Consumer("torchvision", "torchvision", "torchvision", "test_torchvision.py", needs_torch=True),
        Consumer("ultralytics", "ultralytics", "ultralytics", "test_ultralytics.py", needs_torch=True),
        Consumer("rf-detr", "rfdetr", "rfdetr", "test_rf_detr.py", needs_torch=True),
        Consumer(
            "transformers", "transformers", "transformers", "test_transformers.py", requirements=("transformers", "scipy"), needs_torch=True
        ),
    ),
    (Consumer("sahi", "sahi", "sahi", "test_sahi.py"),),
    (
        Consumer(
            "mmdetection",
            "mmdet",
            "mmdet",
            "test_mmdetection.py",
            requirements=("torch", "mmdet", "mmengine", "mmcv-lite<2.2", "setuptools<81"),
            needs_torch=True,
        ),
    ),
    (
        Consumer(
            "mmpose",
            "mmpose",
            "mmpose",
            "test_mmpose.py",
            requirements=(
                # The wheels of xtcocotools are built for numpy 1.
                *("torch", "mmengine", "mmcv-lite<2.2", "setuptools<81", "numpy<2", "xtcocotools", "json-tricks", "munkres", "scipy"),
                *("matplotlib", "opencv-python", "pillow"),
            ),
            bare=("mmpose",),
            needs_torch=True,
        ),
    ),
    (
        Consumer(
            "mmrotate",
            "mmrotate",
            "mmrotate",
            "test_mmrotate.py",
            requirements=("torch", "mmdet==3.1.0", "mmengine", "mmcv-lite==2.0.1", "setuptools<81"),
            bare=("mmrotate==1.0.0rc1",),
            needs_torch=True,
        ),
    ),
    (
        Consumer(
            "paddledetection",
            "paddledet",
            "ppdet",
            "test_paddledetection.py",
            requirements=(
                *(
                    "paddlepaddle",
                    "pycocotools",
                    "pyyaml",
                    "shapely",
                    "scipy",
                    "opencv-python-headless",
                    "scikit-learn",
                    "pandas",
                    "setuptools<81",
                ),
                *("typeguard", "terminaltables", "tqdm", "motmetrics", "pyclipper", "lap", "visualdl", "imgaug"),
            ),
            bare=("paddledet",),
        ),
    ),
)
"""Consumers that share an environment."""

ABSENT = {"detectron2": "it is on no package index: its tests run where it was built from source"}


class CannotInstallError(Exception):
    """Why a group of consumers is not installed."""


class Run:
    """The environments and results of one run."""

    def __init__(self, folder: Path, budget: float, *, download_torch: bool) -> None:
        self._folder = folder
        self._end = time.monotonic() + budget
        self._download_torch = download_torch
        self.rows: list[tuple[str, str, str]] = []
        self.failed = False

    def group(self, consumers: tuple[Consumer, ...]) -> None:
        """Install the consumers of one environment, and test each."""
        print(f"\n-- {', '.join(one.name for one in consumers)}", flush=True)
        folder = self._folder / consumers[0].name
        try:
            python = self._installed(consumers, folder)
        except CannotInstallError as error:
            for one in consumers:
                self._note(one, "", f"not installed: {error}", failed=one.required)
        else:
            for one in consumers:
                self._test(one, python)
        shutil.rmtree(folder, ignore_errors=True)

    def _installed(self, consumers: tuple[Consumer, ...], folder: Path) -> Path:
        venv.create(folder, with_pip=True)
        python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        self._pip(python, "install", "--quiet", "--upgrade", "pip")
        if any(one.needs_torch for one in consumers):
            self._require_small_torch(python)
        wanted = [requirement for one in consumers for requirement in one.requirements or (one.package,)]
        self._pip(python, "install", "--quiet", "--no-compile", "-e", ".[test]", *wanted)
        if bare := [requirement for one in consumers for requirement in one.bare]:
            self._pip(python, "install", "--quiet", "--no-compile", "--no-deps", *bare)
        return python

    def _require_small_torch(self, python: Path) -> None:
        if shutil.disk_usage(self._folder).free < NEEDED:
            msg = f"less than {NEEDED // 10**9} GB of disk are free"
            raise CannotInstallError(msg)
        if self._download_torch or (platform.system(), platform.machine()) != ("Linux", "x86_64"):
            return
        text = self._pip(python, "install", "--quiet", "--dry-run", "--no-deps", "--report", "-", "torch", "torchvision")
        (torch,) = (one for one in json.loads(text)["install"] if one["metadata"]["name"] == "torch")
        if not torch["download_info"]["url"].startswith("file:") and "+cpu" not in torch["metadata"]["version"]:
            msg = f"torch {torch['metadata']['version']} would be downloaded with its GPU libraries (--download-torch allows it)"
            raise CannotInstallError(msg)

    def _pip(self, python: Path, *arguments: str) -> str:
        left = self._end - time.monotonic()
        command = [str(python), "-m", "pip", "--disable-pip-version-check", *arguments]
        try:
            ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=max(left, 1), check=False)
        except subprocess.TimeoutExpired:
            msg = "the time for this step is used up"
            raise CannotInstallError(msg) from None
        if ran.returncode:
            errors = [line for line in ran.stderr.splitlines() if line.startswith("ERROR")] or ran.stderr.splitlines() or ["pip failed"]
            raise CannotInstallError(errors[-1][:200])
        return ran.stdout

    def _test(self, one: Consumer, python: Path) -> None:
        code = f"import importlib.metadata as m; print(m.version({one.package!r}))"
        version = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
        command = [
            str(python),
            "-m",
            "pytest",
            "-q",
            "-n",
            "0",
            "-p",
            "no:cacheprovider",
            "-m",
            "consumers",
            f"tests/consumers/{one.tests}",
        ]
        # What is named there must be importable: its tests fail then, and are not skipped.
        ran = subprocess.run(
            command, cwd=ROOT, env={**os.environ, "COCOPROOF_CONSUMERS": one.module}, stdout=subprocess.PIPE, text=True, check=False
        )
        print(ran.stdout, flush=True)
        last = ran.stdout.strip().splitlines()[-1].strip("= ") if ran.stdout.strip() else f"exit code {ran.returncode}"
        self._note(one, version, last, failed=ran.returncode != 0)

    def _note(self, one: Consumer, version: str, result: str, *, failed: bool) -> None:
        self.rows.append((one.name, f"{one.package} {version}".strip(), ("FAILED: " if failed else "") + result))
        self.failed |= failed


def main() -> int:
    """Run all groups; print a line a consumer."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = [one.name for consumers in GROUPS for one in consumers]
    parser.add_argument("consumers", nargs="*", metavar="CONSUMER", help=f"of {', '.join(names)}; default: all")
    parser.add_argument("--budget", type=float, default=480, metavar="SECONDS", help="after which nothing more is installed; default: 480")
    parser.add_argument("--download-torch", action="store_true", help="also if that is a download of gigabytes")
    arguments = parser.parse_args()
    if unknown := set(arguments.consumers).difference(names):
        parser.error(f"unknown consumers: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory(prefix="cocoproof-consumers-") as folder:
        run = Run(Path(folder), arguments.budget, download_torch=arguments.download_torch)
        for consumers in GROUPS:
            wanted = tuple(one for one in consumers if one.name in (arguments.consumers or names))
            if wanted:
                run.group(wanted)
    rows = [*run.rows, *((name, name, f"not installed: {why}") for name, why in ABSENT.items())]
    print("\nconsumer          package                  tests on the real loader")
    for name, package, result in rows:
        print(f"{name:<17} {package:<24} {result}")
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
