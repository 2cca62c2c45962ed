"""Compare every file of a folder of real COCO files with copies that mean the same, and with copies that differ in one place.

    python tests/acceptance/diff_corpus.py CORPUS_DIR [--flips N] [--only TEXT]

- A copy with its rows shuffled and its ids dealt out anew (`shuffling.py`): `diff` finds no change in meaning, unless two images or two
  categories have one id, so that the order decides what a reference means.
- N of the small changes of each file (`leaf_flips.py`; default 40, 0 for all): none is unnoticed, and only ids, orders and masks
  of the same pixels are listed without being a change.

The oracle is plain `json`. The exit code is 1 if a file is not as it should be.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

from leaf_flips import Outcome, sample
from shuffling import shuffled

from cocoproof.diff import DiffReport, NotComparable, diff
from cocoproof.reading.source import Source


def shuffled_report(document: object) -> DiffReport:
    """The report on a document and a shuffled, renumbered copy."""
    sources = [Source(name, json.dumps(one).encode()) for name, one in (("a", document), ("b", shuffled(document)))]
    return diff(*sources)


def is_ambiguous(document: object) -> bool:
    """Whether two images or two categories have one id: which of them is meant depends on their order."""
    for section in ("images", "categories") if isinstance(document, dict) else ():
        rows = document.get(section)
        ids = [json.dumps(row.get("id")) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        if len(set(ids)) < len(ids):
            return True
    return False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--flips", type=int, default=40, metavar="N", help="changes of each file; 0 for all")
    parser.add_argument("--only", default="", metavar="TEXT", help="files with this in their name")
    parser.add_argument("--largest", type=int, default=10**9, metavar="BYTES", help="files up to this size")
    options = parser.parse_args()
    folder = options.corpus / "files" if (options.corpus / "files").is_dir() else options.corpus
    total: Counter[str] = Counter()
    bad = 0
    start = time.perf_counter()
    for file in sorted(path for path in folder.glob("*.json") if options.only in path.name and path.stat().st_size <= options.largest):
        try:
            document = json.loads(file.read_bytes().decode("utf-8-sig"))
            report = shuffled_report(document)
        except (ValueError, NotComparable) as error:
            print(f"{file.name}: not compared: {error}"[:200], flush=True)
            total["not compared"] += 1
            continue
        ambiguous = is_ambiguous(document)
        total["shuffled: " + ("no change" if report.same else "duplicate ids, changed" if ambiguous else "CHANGED")] += 1
        outcome = Outcome()
        for flip in sample(document, options.flips or 10**9):
            outcome.take(document, flip)
        total.update(outcome.counts)
        bad += bool(outcome.unnoticed) or not (report.same or ambiguous)
        for difference in report.differences[:5] if not ambiguous else ():
            print(f"{file.name}: shuffled: {difference.kind.value}: {difference.message}"[:300], flush=True)
        for flip, result in outcome.unnoticed[:5]:
            print(f"{file.name}: {flip}: {result}"[:300], flush=True)
    print(
        f"\n{sum(total[key] for key in total if key.startswith('shuffled'))} files, {bad} not as they should be, in {time.perf_counter() - start:.0f} s"
    )
    for key, count in sorted(total.items()):
        print(f"  {key}: {count:,}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
