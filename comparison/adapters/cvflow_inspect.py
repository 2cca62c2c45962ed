"""cvflow: what `cvflow inspect FOLDER --format coco --strict` does; without image files as with `--no-images`."""

import shutil
from pathlib import Path

from common import Message, main
from cvflow.analysis import AnalysisEngine, default_checks
from cvflow.analysis.engine import CheckConfig
from cvflow.loaders import load_dataset


def report(job):
    root = Path(job.path).parent / "cvflow"
    (root / "annotations").mkdir(parents=True)
    splits = {"instances_val.json": job.path, **({"instances_train.json": job.earlier} if job.earlier else {})}
    for name, path in splits.items():
        shutil.copy(path, root / "annotations" / name)
    if job.images:
        shutil.copytree(job.images, root / "images")
    dataset = load_dataset(root, fmt="coco")
    for issue in AnalysisEngine(default_checks(CheckConfig(check_images=bool(job.images)))).run(dataset):
        place = issue.location.describe() if issue.location else "<dataset>"
        yield Message(issue.code, issue.severity.name.lower(), f"{issue.message} {issue.why} {place}")


main(report)
