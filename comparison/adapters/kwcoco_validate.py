"""kwcoco: `CocoDataset(file).validate`, which is `kwcoco validate`, with every check switched on that the file can pass.

Files are looked for on disk only where the fixture has image files. `annot_attrs` asks for a box in each annotation, so it is for
detection files alone.
"""

import re
import shutil
from pathlib import Path

import kwcoco
from common import Message, main

KINDS = (
    ("schema", r"Failed to validate schema"),
    ("unique", r"Duplicate (\w+) (\w+) ="),
    ("missing-values", r"Table '(\w+)' is missing .* column '(\w+)'"),
    ("missing-images", r"missing images"),
    ("corrupted-images", r"corrupted images"),
    ("require_relative", r"non (relative|internal) fname"),
)


def report(job):
    path, files = Path(job.path), job.images is not None
    if files:  # it looks for them beside the file
        path = Path(shutil.copy(path, job.images))
    dataset = kwcoco.CocoDataset(str(path))
    boxes = "error" if job.kind in ("instances", "keypoints", "lvis") else False
    result = dataset.validate(
        schema=True, unique=True, channels=True, img_attrs="error", annot_attrs=boxes, missing=files, corrupted=files, require_relative=2
    )
    yield from map(message, result["errors"])  # the warnings go through Python's, which `common` keeps


def message(text):
    for kind, pattern in KINDS:
        if found := re.search(pattern, text):
            return Message(":".join([kind, *found.groups()]), "error", text if kind != "schema" else schema(text))
    return Message("other", "error", text)


def schema(text):
    """What failed and where: jsonschema's text without the schema, which is long."""
    first = text.partition("\n")[0]
    place = re.search(r"^On (instance\S*?):$", text, re.MULTILINE)
    return f"{first} ({place[1] if place else 'no place'})"


main(report)
