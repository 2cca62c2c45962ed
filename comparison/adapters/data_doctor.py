"""vision-data-doctor: `data-doctor coco FILE`; where there are image files, with `--images FOLDER`, and `data-doctor scan FOLDER`."""

import json
from pathlib import Path

from common import Aborted, Message, call, last_line, main

INFO = {"images_without_annotations"}
COCO = (
    "duplicate_image_ids",
    "duplicate_file_names",
    "orphan_annotations",
    "bad_category_refs",
    "degenerate_boxes",
    "degenerate_polygons",
    "missing_files",
    "images_without_annotations",
)
SCAN = ("corrupt", "exact_duplicate_groups", "near_duplicate_groups")


def report(job):
    yield from part(job, COCO, "coco", job.path, *(["--images", job.images] if job.images else []))
    if job.images:
        yield from part(job, SCAN, "scan", job.images)


def part(job, keys, *command):
    output = Path(job.path).parent / f"data-doctor-{command[0]}.json"
    ended = call("data-doctor", *command, "--json", str(output))
    if not output.is_file():
        raise Aborted(last_line(ended.stderr) or f"it ended with {ended.returncode}")
    document = json.loads(output.read_text(encoding="utf-8"))
    for key in keys:
        if document.get(key):
            yield Message(key, "info" if key in INFO else "error", json.dumps(document[key]))


main(report)
