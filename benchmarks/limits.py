"""Time and memory of the files that ask for much work, at three sizes each: `python benchmarks/limits.py [NAME ...] [--reload]`.

The shapes are those of `tests/limits/shapes.py`. Memory is that of the largest process, and must stay within ten times the file over 250 MB.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/limits"))

from shapes import SHAPES
from usage import allowed_bytes, run


def main(arguments: list[str]) -> int:
    """Print the table; 1 where a file takes more memory than it may, or a rule crashes."""
    options = [] if "--reload" in arguments else ["--reload", "never"]
    names = [name for name in arguments if not name.startswith("--")] or list(SHAPES)
    bad = 0
    print("| shape | size | file | processor time | memory | of what is allowed | not checked |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "a.json"
        for name in names:
            make, sizes = SHAPES[name]
            for size in sizes:
                data = make(size)
                file.write_bytes(data)
                used = run(["check", file.name, "--format", "json", "--no-images", *options], file.parent)
                try:
                    rules = json.loads(used.output)["files"][0]["rules"]
                except ValueError:
                    rules = [{"code": "COCO999", "verdict": "crashed", "reason": used.errors.decode()[-80:]}]
                skipped = [one["code"] for one in rules if "not checked" in (one.get("reason") or "")]
                crashed = [one["code"] for one in rules if one["verdict"] == "crashed"]
                share = used.peak_bytes / allowed_bytes(len(data))
                bad += share > 1 or bool(crashed)
                said = ", ".join([*skipped, *(f"{code} crashed" for code in crashed)])
                print(
                    f"| {name} | {size:,} | {len(data) / 1e6:.2f} MB | {used.cpu_seconds:.1f} s | {used.peak_bytes / 1e6:.0f} MB | {share:.0%} | {said} |",
                    flush=True,
                )
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
