"""What the oracle of round trips shares with the exporter: the imports, read from the sources."""

from __future__ import annotations

import ast
from pathlib import Path

import cocoproof

ROOT = Path(cocoproof.__file__).parent
SHARED = {
    "cocoproof.geometry.ragged.Ragged",
    "cocoproof.geometry.rasteriser.RingFault",
    "cocoproof.geometry.rasteriser.drop_zero_edges",
    "cocoproof.geometry.rasteriser.polygon_faults",
    "cocoproof.geometry.rle.MAX_PIXELS",
    "cocoproof.geometry.rle.RleFault",
    "cocoproof.geometry.rle.check_runs",
    "cocoproof.geometry.rle.decode_counts",
    "cocoproof.geometry.rle.decode_runs",
}
"""Containers, limits, checks, and the parsing of run lengths. `decode_runs` is used by the reload rules alone."""


def geometry_of(*packages: str) -> dict[str, set[str]]:
    """What modules of these packages import from `geometry`: name -> modules."""
    found: dict[str, set[str]] = {}
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cocoproof.geometry"):
                    for name in node.names:
                        found.setdefault(f"{node.module}.{name.name}", set()).add(path.name)
    return found


def test_the_oracle_and_the_exporter_share_no_more_than_is_said() -> None:
    oracle, exporter = geometry_of("readers", "roundtrip", "diff"), geometry_of("export", "sources")
    assert oracle.keys() & exporter.keys() <= SHARED
    assert oracle["cocoproof.geometry.rle.decode_runs"] == {"supervision_reload.py"}
    # No module of the oracle writes masks or polygons.
    assert not any("encode" in name or "tracing" in name or "simplification" in name for name in oracle)
