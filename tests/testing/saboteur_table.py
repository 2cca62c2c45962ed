"""Write the table of docs/contract.md anew: each saboteur, the property that catches it, and how many data sets that took.

python -m tests.testing.saboteur_table        from the root of the repository
"""

from __future__ import annotations

import re
from pathlib import Path

from cocoproof.testing.trial import PropertyBroken

from .saboteurs import SABOTEURS
from .test_saboteurs import SEEDS

PAGE = Path(__file__).parents[2] / "docs" / "contract.md"


def needed(saboteur, seed: int | None) -> str:
    contract = saboteur.make()
    contract.seed = seed
    try:
        contract.prove(saboteur.breaks, shrink=False)
    except PropertyBroken as error:
        return str(error.examples)
    return "not caught"


def table() -> str:
    lines = [f"| what is broken | caught by | CI | {' | '.join(f'seed {seed}' for seed in SEEDS)} |", "|---|---|---|" + "---|" * len(SEEDS)]
    for saboteur in SABOTEURS:
        counts = [needed(saboteur, seed) for seed in (None, *SEEDS)]
        lines.append(f"| {saboteur.name} | `{saboteur.breaks}` | {' | '.join(counts)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    marked = re.sub(r"(<!-- saboteurs -->\n).*(\n<!-- end -->)", lambda match: match[1] + table() + match[2], text, flags=re.DOTALL)
    PAGE.write_text(marked, encoding="utf-8", newline="\n")
