"""Time and memory of hostile files: `python benchmarks/hostile.py [PART_OF_A_NAME ...] [--all]`.

The files are those of `tests/limits/attack_commands.py`. Each must take under 10 s of processor time on an idle machine, and at most 250 MB or ten times its files in
memory, whichever is more, in the largest process. Printed are what exceeds that, the slowest ten, and the ten that take the largest part of the memory they
may; `--all` prints all.
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.limits.attack_commands import Attack, attacks
from tests.limits.usage import Usage, run

SECONDS = 10
MOST_SECONDS = 120


@dataclass(frozen=True)
class Outcome:
    """What an attack took."""

    name: str
    size: int
    usage: Usage
    trouble: str

    @property
    def allowed(self) -> int:
        """The memory that its files may take."""
        return max(250_000_000, 10 * self.size)

    @property
    def share(self) -> float:
        """The part of that memory which it took."""
        return self.usage.peak_bytes / self.allowed

    @property
    def bad(self) -> bool:
        """Whether it is over a limit, or ended as nothing may."""
        return self.usage.cpu_seconds > SECONDS or self.share > 1 or bool(self.trouble)

    def line(self) -> str:
        """A row of the table."""
        used = f"{self.usage.cpu_seconds:.1f} s | {self.usage.peak_bytes / 1e6:.0f} MB | {self.share:.0%}"
        return f"| {self.name} | {self.size / 1e6:.2f} MB | {used} | {self.trouble} |"


def outcome_of(attack: Attack) -> Outcome:
    """Run one attack in a folder of its own."""
    with tempfile.TemporaryDirectory() as place:
        size = 0
        for name, data in attack.files().items():
            file = Path(place) / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
            size += len(data) if name.endswith((".json", ".gz")) else 0
        usage = run(attack.command, Path(place), MOST_SECONDS)
    return Outcome(attack.name, size, usage, _trouble(attack, usage))


def _trouble(attack: Attack, usage: Usage) -> str:
    if usage.exit_code not in (0, 1, 2):
        return f"exit code {usage.exit_code}: {usage.errors.decode(errors='replace')[-200:].strip()!r}"
    if b"Traceback" in usage.errors:
        return f"traceback: {usage.errors.decode(errors='replace')[-200:].strip()!r}"
    if not attack.reports:
        return ""
    try:
        report = json.loads(usage.output)
    except ValueError:
        return f"no report, exit code {usage.exit_code}: {usage.errors.decode(errors='replace')[-200:].strip()!r}"
    crashed = [
        f"{rule['code']}: {rule['reason'][:200]}" for file in report["files"] for rule in file["rules"] if rule["verdict"] == "crashed"
    ]
    return "; ".join(crashed)


def main(arguments: list[str]) -> int:
    """Print the tables; 1 where an attack is over a limit."""
    parts = [one for one in arguments if not one.startswith("--")]
    chosen = [one for one in attacks() if not parts or any(part in one.name for part in parts)]
    head = "| files | size | processor time | memory | of what is allowed | trouble |\n|---|---|---|---|---|---|"
    outcomes = []
    for attack in chosen:
        outcomes.append(outcome_of(attack))
        if "--all" in arguments or outcomes[-1].bad:
            print(outcomes[-1].line(), flush=True)
    bad = [one for one in outcomes if one.bad]
    print(f"\n{len(outcomes)} attacks, {len(bad)} over a limit\n\nThe slowest ten:\n\n{head}")
    for one in sorted(outcomes, key=lambda one: -one.usage.cpu_seconds)[:10]:
        print(one.line())
    print(f"\nThe largest in memory:\n\n{head}")
    for one in sorted(outcomes, key=lambda one: -one.share)[:10]:
        print(one.line())
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
