"""Check published samples of files with tracks: none may have an error that it does not really have.

    python tests/acceptance/track_samples.py FOLDER

FOLDER is a clone of open-mmlab/mmtracking at the commit below (Apache-2.0). Each file is compared with its checksum, and what is found with what a person found in it.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from cocoproof import check

COMMIT = "e79491ec8f0b8c86fda947fbaaa824c66ab2a991"

SAMPLES: dict[str, tuple[str, str, set[str]]] = {
    "tests/data/demo_cocovid_data/ann.json": (
        "c5c04130eb1f493116f6cdd821d2b567460f3751babbeaab9f22bbdc0e9567dd",
        "instances + tracks (MOTChallenge)",
        set(),
    ),
    # The name of its category is the number 0, and its annotations have no iscrowd.
    "tests/data/demo_sot_data/lasot/lasot_test_dummy.json": (
        "5a3f3e718d2c35679e801b5e1d46cb1b74bad2f93a6b40548b2c08715aadf409",
        "instances + tracks (MOTChallenge)",
        {"COCO103", "COCO106"},
    ),
    # A part of TAO, without the category 95 of two of its annotations.
    "tests/data/demo_tao_data/ann.json": (
        "a2c30f86bb383e9c7388f67f1789558b36e1a1f7862922dcc2bc6200bcfb114c",
        "instances + tracks (TAO)",
        {"COCO302"},
    ),
    "tests/data/demo_vis_data/ann.json": (
        "21b2e1faa761345901fe695a132e3fc52d8b6fcd65016df07b12bd50ec201375",
        "instances + tracks (MOTChallenge)",
        set(),
    ),
}
"""For each file: its SHA-256, what it is recognised as, and the rules with errors that it has."""


def main(folder: Path) -> int:
    """Check all samples, and print what differs."""
    wrong = 0
    for name, (digest, kind, errors) in SAMPLES.items():
        path = folder / name
        if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            print(f"{name}: another file than that of commit {COMMIT}")
            wrong += 1
            continue
        report = check(path, images=False).files[0]
        found = {finding.code for finding in report.findings if finding.severity.value == "error"}
        if (report.kind_name, found) != (kind, errors):
            print(f"{name}: {report.kind_name}, errors {sorted(found)}; expected {kind}, {sorted(errors)}")
            wrong += 1
    print(f"{len(SAMPLES) - wrong} of {len(SAMPLES)} samples as expected")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
