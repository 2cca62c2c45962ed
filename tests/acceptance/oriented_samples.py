"""Check published oriented boxes: DOTA's corners, as hotcoco converts them to COCO, and as the polygons of `segmentation`.

    python tests/acceptance/oriented_samples.py FOLDER

FOLDER holds the files of SAMPLES, from mmrotate's repository (Apache 2.0) at the commit below. hotcoco must be installed.
No finding may be an error, and none of the oriented rules may report a sound box.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import cocoproof

REPOSITORY = "https://github.com/open-mmlab/mmrotate"
COMMIT = "b030f38909fc431be7ecb90772ac30da9da29bcb"
SAMPLES = {"tests/data/labelTxt/P0004__1__0___0.txt": "ded89b20de0a9b83b612b2822c9bc5e36405b2b18ec43adf9915142b5537a3b0"}
SIDE = 1024


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    failed = False
    for name, digest in SAMPLES.items():
        path = folder / Path(name).name
        if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            print(f"{path} is not {REPOSITORY}/blob/{COMMIT}/{name}")
            return 2
        for way, document in (("hotcoco", by_hotcoco(path)), ("segmentation", as_segmentation(path))):
            report = cocoproof.check(document, reload="never").files[0]
            bad = [one for one in report.findings if one.severity is cocoproof.Severity.ERROR or one.code.startswith("COCO95")]
            failed |= bool(bad) or report.kind_name != "instances + oriented boxes"
            print(
                f"{path.name} by {way}: {report.kind_name}, {report.counts['annotations']} annotations, {len(bad)} findings that must not be"
            )
            for one in bad:
                print(f"  {one.code} {one.pointer}: {one.message}")
    return int(failed)


def by_hotcoco(path: Path) -> Any:
    """The COCO document that hotcoco makes of a folder of label files."""
    from hotcoco import COCO

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / path.name).write_bytes(path.read_bytes())
        document = json.loads(json.dumps(dict(COCO.from_dota(folder).dataset)))
    for image in document["images"]:
        image.update(width=SIDE, height=SIDE)
    return document


def as_segmentation(path: Path) -> Any:
    """The corners as polygons, their envelopes as boxes: how DOTA is written in COCO's format."""
    rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    annotations = []
    for number, row in enumerate((row for row in rows if len(row) == 10), 1):
        flat = [float(value) for value in row[:8]]
        xs, ys = flat[::2], flat[1::2]
        area = abs(sum(xs[k] * ys[(k + 1) % 4] - xs[(k + 1) % 4] * ys[k] for k in range(4))) / 2
        box = [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
        annotations.append({"id": number, "image_id": 1, "category_id": 1, "bbox": box, "area": area, "iscrowd": 0, "segmentation": [flat]})
    image = {"id": 1, "file_name": f"{path.stem}.png", "width": SIDE, "height": SIDE}
    return {"info": {}, "licenses": [], "images": [image], "annotations": annotations, "categories": [{"id": 1, "name": "plane"}]}


if __name__ == "__main__":
    sys.exit(main())
