"""Check published samples of members of the COCO family, and copies of them with one seeded defect for each rule of the member.

    python tests/acceptance/member_samples.py FOLDER

FOLDER has a clone of each repository of fixtures/samples.tsv at its commit, as owner+name. Each file is compared with its checksum, and what is found with what a
person found in it. The files are not part of this repository.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cocoproof import check

if TYPE_CHECKING:
    from collections.abc import Callable

TABLE = Path(__file__).parents[2] / "fixtures" / "samples.tsv"


def _shorter(field: str) -> Callable[[Any], None]:
    def seed(document: Any) -> None:
        document["annotations"][0][field] = document["annotations"][0][field][:-3]

    return seed


def _set(section: str, field: str, value: object) -> Callable[[Any], None]:
    def seed(document: Any) -> None:
        document[section][0][field] = value

    return seed


def _invalid_face(document: Any) -> None:
    row = next(row for row in document["annotations"] if any(row["face_kpts"][2::3]))
    row["face_valid"] = False


SEEDS: dict[str, dict[str, Callable[[Any], None]]] = {
    "test_coco_wholebody.json": {
        "COCO711": _shorter("face_kpts"),
        "COCO712": _invalid_face,
        "COCO301": _set("annotations", "image_id", -5),
    },
    "test_crowdpose.json": {"COCO713": _set("images", "crowdIndex", 33), "COCO302": _set("annotations", "category_id", 77)},
    "test_halpe.json": {"COCO707": _shorter("keypoints")},
    "stuff_examples.json": {"COCO302": _set("annotations", "category_id", 5)},
}
"""For each sample: a defect for each rule that must be found in a copy."""


def _errors(document: object) -> tuple[str, set[str]]:
    report = check(document, images=False, reload="never").files[0]
    return report.kind_name, {finding.code for finding in report.findings if finding.severity.value != "note"}


def main(folder: Path) -> int:
    """Check all samples, and print what differs."""
    wrong = seeds = 0
    with TABLE.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    for row in rows:
        path = folder / row["repository"].replace("/", "+") / row["path"]
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != row["sha256"]:
            print(f"{path}: another file than that of commit {row['commit']}")
            wrong += 1
            continue
        report = check(path, images=False, reload="never").files[0]
        errors = {finding.code for finding in report.findings if finding.severity.value == "error"}
        expected = set(row["errors"].split()) - {"-"}
        if (report.kind_name, errors) != (row["kind"], expected):
            print(f"{path}: {report.kind_name}, errors {sorted(errors)}; expected {row['kind']}, {sorted(expected)}")
            wrong += 1
        for code, seed in SEEDS.get(path.name, {}).items():
            document = json.loads(data)
            before = _errors(document)[1]
            seed(document)
            seeds += 1
            if code in before or code not in _errors(document)[1]:
                print(f"{path}: the seeded {code} was not found, or it was there before")
                wrong += 1
    print(f"{len(rows)} samples and {seeds} seeded defects, {wrong} not as expected")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
