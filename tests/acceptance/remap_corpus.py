"""Every dataset of a corpus through `cocoproof export coco` and back, judged by plain Python.

    python tests/acceptance/remap_corpus.py CORPUS_DIR [--markdown]

CORPUS_DIR holds `files/`, COCO files, and perhaps `index.tsv` with their kinds. Each file with categories is written with its
category list reversed and rotated, and ids from 1000 with gaps; then that file is written back onto the first list. Nothing of
cocoproof is imported here. Numbers are compared as the text that they are, so that 1.50 is not 1.5:

- there: the categories are those of the new list in its order, each with all else that its row had; every category id is
  the new one; all else, keys in their order, is what it was.
- back: the document is the first one, every key, every number's text, every row's place.

A file counts as one that loads if pycocotools can index it (as plain Python does it here). Exits with 1 where a file that loads is
neither equal nor refused for a reason that plain Python sees, too.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

FIRST_ID = 1000


class Text(str):
    """A number as the text that it is."""

    __slots__ = ()


def load(path: Path) -> Any:
    data = path.read_bytes()
    data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    return json.loads(data.decode("utf-8-sig"), parse_float=Text, parse_int=Text, parse_constant=Text)


def same(one: Any, other: Any) -> bool:
    """Equal in type, in value and in the order of keys; a number is not the string of its digits."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def sections(document: Any, name: str) -> list[Any]:
    found = document if isinstance(document, list) and name == "annotations" else document.get(name) if isinstance(document, dict) else None
    return found if isinstance(found, list) else []


def why_not(document: Any) -> str | None:
    """Why a file cannot be remapped, as plain Python sees it; None where it can."""
    if isinstance(document, list):
        return "results list: it has no categories of its own"
    categories = document.get("categories") if isinstance(document, dict) else None
    if categories is None or categories == []:
        return "no categories"
    if not isinstance(categories, list) or not all(isinstance(row, dict) for row in categories):
        return "categories is no list of objects"
    ids, names = [row.get("id") for row in categories], [row.get("name") for row in categories]
    if not all(isinstance(one, Text) and one.isdigit() for one in ids):
        return "category ids are no whole numbers"
    if not all(type(name) is str and name.strip() for name in names):
        return "a category without a name"
    if len(set(ids)) < len(ids) or len(set(names)) < len(names):
        return "category ids or names stand twice"
    known = set(ids)
    if not isinstance(document.get("annotations", []), list):
        return "annotations is no list"
    for row in sections(document, "annotations"):
        if isinstance(row, dict) and "category_id" in row and not (type(row["category_id"]) is Text and row["category_id"] in known):
            return "annotations of a category that is not listed"
    return None


def loads(document: Any) -> bool:
    """What `pycocotools.coco.COCO` does when it indexes a file."""
    if not isinstance(document, dict):
        return False
    try:
        for row in document.get("annotations", []):
            row["image_id"], row["id"]
        for section in ("images", "categories"):
            for row in document.get(section, []):
                row["id"]
        if "annotations" in document and "categories" in document:
            for row in document["annotations"]:
                row["category_id"], row["image_id"]
    except (KeyError, TypeError):
        return False
    return True


def new_list(categories: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The categories reversed and rotated by one, with ids from FIRST_ID and a gap after each."""
    turned = categories[::-1]
    turned = turned[1:] + turned[:1]
    return [{"id": FIRST_ID + 2 * place, "name": row["name"]} for place, row in enumerate(turned)]


def expected(document: dict[str, Any], wanted: list[dict[str, Any]]) -> dict[str, Any]:
    """What the file is when its categories are those of the new list."""
    rows = {row["name"]: row for row in document["categories"]}
    becomes = {rows[row["name"]]["id"]: Text(row["id"]) for row in wanted}
    out = dict(document)
    out["categories"] = [{**rows[row["name"]], "id": Text(row["id"])} for row in wanted]
    for section in ("annotations", "images"):
        if isinstance(document.get(section), list):
            out[section] = [renamed(row, becomes) for row in document[section]]
    return out


def renamed(row: Any, becomes: dict[str, Text]) -> Any:
    if not isinstance(row, dict):
        return row
    out = dict(row)
    if "category_id" in row:
        out["category_id"] = becomes[row["category_id"]]
    for key in ("neg_category_ids", "not_exhaustive_category_ids"):
        if isinstance(row.get(key), list):
            out[key] = [becomes[number] for number in row[key]]
    if isinstance(row.get("segments_info"), list):
        out["segments_info"] = [renamed(segment, becomes) for segment in row["segments_info"]]
    return out


def export(source: Path, target: Path, categories: list[dict[str, Any]], scratch: Path) -> str | None:
    """Run the command; its error where it fails."""
    names = scratch / "categories.json"
    names.write_text(json.dumps({"categories": categories}), encoding="utf-8")
    command = [sys.executable, "-m", "cocoproof", "export", "coco", str(source), str(target), "--categories", str(names), "--no-verify"]
    done = subprocess.run(command, capture_output=True, check=False)
    errors = done.stderr.decode()
    if done.returncode == 0:
        return None
    if done.returncode not in {1, 2} or "Traceback" in errors:
        sys.exit(f"{source}: cocoproof ended with {done.returncode}:\n{errors}")
    return next(line for line in errors.splitlines() if line.startswith("Error"))


def judge(file: Path, document: Any, scratch: Path) -> tuple[str, str]:
    """A word for what came of a file, and the reason."""
    reason = why_not(document)
    there, back = scratch / "there.json", scratch / "back.json"
    if isinstance(document, list):
        return "no categories", reason or ""
    categories = document.get("categories") if isinstance(document, dict) else None
    usable = (
        isinstance(categories, list)
        and categories
        and all(isinstance(row, dict) and isinstance(row.get("name"), str) for row in categories)
    )
    if not usable:
        return ("no categories" if reason == "no categories" else "refused"), reason or "?"
    wanted = new_list(categories)
    error = export(file, there, wanted, scratch)
    if error is not None:
        return ("refused" if reason else "REFUSED WITHOUT A REASON"), f"{reason}: {error}"
    if reason:
        return "WRITTEN IN SPITE OF", reason
    if not same(load(there), expected(document, wanted)):
        return "NOT EQUAL", "there"
    first = [{"id": int(row["id"]), "name": row["name"]} for row in categories]
    error = export(there, back, first, scratch)
    if error is not None:
        return "REFUSED WITHOUT A REASON", f"on the way back: {error}"
    if not same(load(back), document):
        return "NOT EQUAL", "back"
    original = file.read_bytes()
    return "equal", "byte for byte" if back.read_bytes() == original else "in value"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpus", type=Path, metavar="CORPUS_DIR")
    parser.add_argument("--markdown", action="store_true", help="write the table in Markdown")
    options = parser.parse_args()
    folder = options.corpus / "files" if (options.corpus / "files").is_dir() else options.corpus
    kinds: dict[str, str] = {}
    if (options.corpus / "index.tsv").is_file():
        with (options.corpus / "index.tsv").open(encoding="utf-8", newline="") as text:
            kinds = {row["file"]: row["kind"] for row in csv.DictReader(text, delimiter="\t")}

    start = time.perf_counter()
    table: dict[str, Counter[str]] = {}
    notes: list[str] = []
    bad = total = loading = 0
    with tempfile.TemporaryDirectory() as name:
        for file in sorted(folder.iterdir()):
            total += 1
            kind = kinds.get(file.name, "file").partition("-")[0].partition("(")[0]
            try:
                document = load(file)
            except ValueError as error:
                verdict, why, loaded = "no JSON", str(error), False
            else:
                loaded = loads(document)
                verdict, why = judge(file, document, Path(name))
            loading += loaded
            row = table.setdefault(kind, Counter())
            row["files"] += 1
            row["load"] += loaded
            row[verdict] += 1
            row["byte for byte"] += why == "byte for byte"
            bad += verdict.isupper()
            if verdict not in {"equal", "no categories"}:
                notes.append(f"{file.name} ({'loads' if loaded else 'does not load'}): {verdict.lower()}: {why}")
    columns = ["files", "load", "equal", "byte for byte", "no categories", "refused", "no JSON"]
    columns += sorted({word for row in table.values() for word in row} - set(columns))
    table["all"] = sum(table.values(), Counter())
    fence = "| " if options.markdown else ""
    print(fence + fence.join(f"{word:{14}}" for word in ["kind", *columns]) + fence.strip())
    if options.markdown:
        print("|---" * (len(columns) + 1) + "|")
    for kind, row in table.items():
        print(fence + fence.join(f"{cell!s:{14}}" for cell in [kind, *(row[column] for column in columns)]) + fence.strip())
    print()
    for note in notes:
        print(f"- {note}" if options.markdown else note)
    equal = table["all"]["equal"]
    print(
        f"\n{total} files, {loading} load; {equal} there and back and equal, {bad} not as they should be; {time.perf_counter() - start:.0f} s"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
