"""Seed one defect a rule into real files: `python tests/acceptance/seed_defects.py CORPUS_DIR [--markdown] [CODE...]`.

For each rule of the catalogue a copy of a real file gets one defect (`seeds.py`). The rule must find it at the seeded place, and no
other error may appear that the file did not have before, but for those that are listed as true consequences. Exits with 1 if not.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seeds import BASES, SEEDS, TRUTH, Seed

from cocoproof.checking.check_file import check_source, start_readers
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.checking.ground_truth import read_truth
from cocoproof.mapping import CategoryList, read_category_list
from cocoproof.model.findings import FileReport, Severity, Verdict
from cocoproof.rules.catalogue import RULES

if TYPE_CHECKING:
    from cocoproof.readers.reload_run import Readers
    from cocoproof.reading.document import Document
    from cocoproof.rules.rule import RuleContext, Violations


def errors(report: FileReport) -> Counter[str]:
    """How many errors each rule found."""
    return Counter(finding.code for finding in report.findings if finding.severity is Severity.ERROR)


def judge(seed: Seed, before: FileReport, after: FileReport, place: str) -> str | None:
    """What is wrong with the verdict on a seeded file; None if nothing is."""
    old = Counter((finding.code, finding.pointer, finding.message) for finding in before.findings)
    new = Counter((finding.code, finding.pointer, finding.message) for finding in after.findings) - old
    if not any(code == seed.code and pointer == place for code, pointer, _ in new):
        elsewhere = sorted({pointer for code, pointer, _ in new if code == seed.code})
        return f"not found at {place or 'the document'}" + (f", but at {', '.join(elsewhere[:3])}" if elsewhere else "")
    risen = {code for code, count in errors(after).items() if count > errors(before)[code]} - {seed.code} - seed.follows
    if risen:
        told = [finding for finding in after.findings if finding.code in risen and finding.severity is Severity.ERROR]
        return "; ".join(f"{finding.code} {finding.pointer}: {finding.message}" for finding in told[:3])
    crashed = [rule.code for rule in after.rules if rule.verdict is Verdict.CRASHED]
    return f"crashed: {', '.join(crashed)}" if crashed else None


def verdict_of_crash(files: Path) -> str | None:
    """What is wrong when a rule fails inside."""

    def failing(context: RuleContext) -> Violations:
        raise ZeroDivisionError(context.coco.kind.value)

    path = files / BASES[0]
    options = CheckSettings(rules=[replace(rule, check=failing) if rule.code == "COCO501" else rule for rule in RULES])
    after, before = check_source(path, options), check_source(path, CheckSettings())
    if [finding.pointer for finding in after.findings if finding.code == "COCO999"] != [""]:
        return "not found"
    others = [{rule.code: rule.verdict for rule in report.rules if rule.code not in {"COCO501", "COCO999"}} for report in (before, after)]
    return None if others[0] == others[1] else "other verdicts changed"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpus", type=Path, metavar="CORPUS_DIR")
    parser.add_argument("codes", nargs="*", metavar="CODE")
    parser.add_argument("--markdown", action="store_true", help="write the table in Markdown")
    options = parser.parse_args()
    files = options.corpus / "files"
    fence = "|" if options.markdown else ""
    print(f"{fence} rule {fence} file {fence} place {fence} errors besides {fence} verdict {fence}")
    if options.markdown:
        print("|---|---|---|---|---|")

    start = time.perf_counter()
    bad = 0
    truths = {name: read_truth(files / truth) for name, truth in TRUTH.items()}
    names = {rule.code: rule.name for rule in RULES}
    with tempfile.TemporaryDirectory() as folder, start_readers(CheckSettings()) as readers:
        seen: dict[tuple[str, bool, bool], FileReport] = {}
        for seed in SEEDS:
            if options.codes and seed.code not in options.codes:
                continue
            place, besides, trouble = try_seed(seed, files, Path(folder), truths.get(seed.base), readers, seen)
            bad += trouble is not None
            place = place if len(place) < 60 else f"{place[:57]}..."
            print(
                f"{fence} {seed.code} {names[seed.code]} {fence} {seed.base} {fence} {place or 'the document'} {fence} {besides} {fence} {trouble or 'found'} {fence}"
            )
    if not options.codes:
        trouble = verdict_of_crash(files)
        bad += trouble is not None
        print(f"{fence} COCO999 {names['COCO999']} {fence} {BASES[0]} {fence} the document {fence} {fence} {trouble or 'found'} {fence}")
        # What is judged against pictures, other splits or a consumer is no matter of one file: tests/pictures, tests/verify, tests/consumers.
        alone = {rule.code for rule in RULES if not {"images", "panoptic", "splits", "consumers"} & set(rule.requires)}
        unseeded = alone - {seed.code for seed in SEEDS} - {"COCO999"}
        bad += len(unseeded)
        print(f"\nrules without a seed: {', '.join(sorted(unseeded)) or 'none'}")
    print(f"{bad} wrong, {time.perf_counter() - start:.1f} s")
    return 1 if bad else 0


def try_seed(
    seed: Seed, files: Path, folder: Path, truth: Document | None, readers: Readers, seen: dict[tuple[str, bool, bool], FileReport]
) -> tuple[str, str, str | None]:
    """Seed one defect and judge the file: the place, the consequences that were seen, what is wrong."""
    base = files / seed.base
    lock: CategoryList | None = read_category_list(base) if seed.lock else None
    options = CheckSettings(truth=truth, expected=lock, contiguous=seed.contiguous, max_findings=None)
    key = (seed.base, seed.lock, seed.contiguous)
    if key not in seen:
        seen[key] = check_source(base, options, readers)
    before = seen[key]
    document: Any = json.loads(base.read_text(encoding="utf-8"))
    place = seed.plant(document)
    text = json.dumps(document).encode()
    path = folder / "seeded.json"
    path.write_bytes(seed.text(text) if seed.text else text)
    after = check_source(path, options, readers)
    besides = {code for code, count in errors(after).items() if count > errors(before)[code]} & seed.follows
    return place, f"{', '.join(sorted(besides))}: {seed.why}" if besides else "", judge(seed, before, after, place)


if __name__ == "__main__":
    sys.exit(main())
