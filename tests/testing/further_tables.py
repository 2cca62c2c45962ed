"""The generated tables of docs/contract-results.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .honest_keypoints import KEYPOINT_STYLES
from .honest_results_styles import RESULT_STYLES
from .sabotage_of_keypoints import OF_KEYPOINTS
from .sabotage_of_results import OF_RESULTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cocoproof.testing.directed.dimensions import Dimension
    from cocoproof.testing.subject import Subject

__all__ = ["dimension_table", "property_table", "saboteur_counts"]


def property_table(subject: Subject) -> str:
    """Every property with its meaning."""
    rows = [f"| `{name}` | {(entry.check.__doc__ or '').splitlines()[0]} |" for name, entry in subject.properties.items()]
    return "\n".join(["| property | meaning |", "|---|---|", *rows])


def dimension_table(dimensions: Iterable[Dimension]) -> str:
    """Every dimension with its number of levels."""
    rows = [f"| {one.name} | {one.meaning} | {one.breaks} | {len(list(one.levels()))} |" for one in dimensions]
    return "\n".join(["| dimension | what varies | where code breaks | levels |", "|---|---|---|---|", *rows])


def saboteur_counts() -> str:
    """How many saboteurs there are, by contract and group, and how many right exporters."""
    rows = []
    for contract, table, styles in (("ResultsContract", OF_RESULTS, RESULT_STYLES), ("KeypointContract", OF_KEYPOINTS, KEYPOINT_STYLES)):
        groups = [one.group for one in table]
        rows += [f"| `{contract}` | {group} | {groups.count(group)} |" for group in dict.fromkeys(groups)]
        rows += [f"| `{contract}` | all | **{len(groups)}** |", f"| `{contract}` | right exporters | {len(styles)} |"]
    return "\n".join(["| contract | group | exporters |", "|---|---|---|", *rows])
