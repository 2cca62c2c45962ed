"""Hold the profiles to a corpus of real files and to the real loaders: `python tests/acceptance/profiles.py CORPUS_DIR`.

Every file is judged once, with the reload; each profile's verdict follows from that. No rule may crash. A file that passes `--for pycocotools` must
load there and score AP 1 against itself; one that passes `--for supervision` must load there with every annotation. Both loaders run in processes
of their own, apart from cocoproof's. The script prints how many files pass each profile, and exits with 1 where a file that passes does not load.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import io
import json
import multiprocessing
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cocoproof
from cocoproof.profiles import CONSUMERS, PROFILES

if TYPE_CHECKING:
    from collections.abc import Callable

TIME_LIMIT = 900
"""Seconds for one file in one loader."""


def through_pycocotools(path: str) -> str | None:
    """What is wrong with a file that is loaded and evaluated against itself, or None."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(path)
        rows = coco.dataset.get("annotations", [])
        if len(coco.anns) != len(rows):
            return f"{len(rows) - len(coco.anns)} annotations lost"
        boxed = [row for row in rows if "bbox" in row and "category_id" in row]
        if not boxed:
            return None
        found = [{key: copy.deepcopy(row[key]) for key in ("image_id", "category_id", "bbox")} | {"score": 1.0} for row in boxed]
        evaluation = COCOeval(coco, coco.loadRes(found), "bbox")
        most = max(Counter((row["image_id"], row["category_id"]) for row in rows).values())
        evaluation.params.maxDets = [1, 10, max(100, most)]
        evaluation.evaluate()
        evaluation.accumulate()
    precision = evaluation.eval["precision"][:, :, :, 0, 2]
    score = precision[precision > -1].mean() if (precision > -1).any() else 1
    return None if score > 1 - 1e-9 else f"AP {score:.3f} against itself"


def through_supervision(path: str) -> str | None:
    """What is wrong with a file that supervision loads, or None."""
    import supervision as sv

    held = sv.DetectionDataset.from_coco(images_directory_path=str(Path(path).parent), annotations_path=path)
    said = len(json.loads(Path(path).read_bytes())["annotations"])
    arrived = sum(map(len, held.annotations.values()))
    return None if arrived == said else f"{arrived} of {said} annotations arrive"


def _answer(load: Callable[[str], str | None], path: str, answers: Any) -> None:
    warnings.simplefilter("ignore")
    try:
        answers.put(load(path))
    except BaseException as error:  # whatever the loader raises is the answer
        answers.put(f"{type(error).__name__}: {error}"[:200])


def ask(load: Callable[[str], str | None], path: Path) -> str | None:
    """What a loader makes of a file, in a process of its own."""
    context = multiprocessing.get_context("spawn")
    answers = context.SimpleQueue()
    process = context.Process(target=_answer, args=(load, str(path), answers))
    process.start()
    process.join(TIME_LIMIT)
    if process.is_alive():
        process.kill()
        return "no answer in time"
    return "the process died" if answers.empty() else answers.get()


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    arguments = parser.parse_args()
    files = sorted((arguments.corpus / "files").iterdir())
    wrong = []
    for profile in (*PROFILES, *CONSUMERS):
        options: dict[str, Any] = {"profile": profile.name, "splits": False} if profile in PROFILES else {"consumers": profile.name}
        report = cocoproof.check([str(path) for path in files], max_findings=1, **options)
        codes = [cocoproof.Report(files=(file,)).exit_code() for file in report.files]
        print(f"{profile.name}: " + ", ".join(f"{count} files exit with {code}" for code, count in sorted(Counter(codes).items())))
        wrong += [f"{profile.name}: {file.path}: a rule crashed" for file, code in zip(report.files, codes, strict=True) if code == 3]
        load = {"pycocotools": through_pycocotools, "supervision": through_supervision}.get(profile.name)
        for path, code in zip(files, codes, strict=True):
            # A list of results is nothing that COCO(file) loads; it goes with its ground truth.
            if load is None or code != 0 or path.read_bytes().lstrip()[:1] == b"[":
                continue
            found = ask(load, path)
            if found is not None:
                wrong.append(f"{profile.name}: {path.name} passes, but: {found}")
    print("\n".join(wrong) or "every file that passes loads")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
