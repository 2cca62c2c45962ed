"""Writes a user's test file: the contract of an exporter that exists, with the code that calls it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cocoproof.testing.ghostwriter.plan import CallPlan, call_plans
from cocoproof.testing.ghostwriter.running import ContractRun, run_contract
from cocoproof.testing.ghostwriter.target import Target, TargetError, find_target, in_a_child
from cocoproof.testing.ghostwriter.writing import ContractFile, call_code, contract_file

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ContractRun", "Ghostwritten", "TargetError", "find_target", "ghostwrite", "run_contract"]

_LIMIT = 120
"""Seconds for all calls that are tried."""


@dataclass(frozen=True)
class Ghostwritten:
    """A test file, and what a call of the exporter on a small dataset showed.

    Attributes:
        file: The test file.
        trouble: What the call raised; "" if it returned.
    """

    file: ContractFile
    trouble: str


def ghostwrite(target: Target, folder: Path) -> Ghostwritten:
    """Write a test file for an exporter.

    Where the signature leaves open how the exporter is called, it is called on a small dataset in each way, in a child process, until
    one leads to a COCO file.

    Args:
        target: The exporter.
        folder: The current folder, from which its module is imported.
    """
    plans = call_plans(target)
    outcomes, trouble = _outcomes(target, plans, folder)
    ranks = [(bool(one.get("sections")), "raised" not in one) for one in outcomes]
    best = max(range(len(ranks)), key=lambda place: (ranks[place], -place)) if ranks else 0
    outcome = outcomes[best] if outcomes else None
    if outcome is not None and "raised" in outcome:
        trouble = f"it called sys.exit ({outcome['raised']})" if outcome.get("exit") else f"it raised {outcome['raised']}"
    elif outcome is not None:
        trouble = ""
    return Ghostwritten(contract_file(target, plans[best], outcome), trouble)


def _outcomes(target: Target, plans: list[CallPlan], folder: Path) -> tuple[list[dict[str, Any]], str]:
    try:
        result = in_a_child({"codes": [call_code(target, plan) for plan in plans]}, folder, f"calling {target.function}", _LIMIT)
    except TargetError as error:
        return [], str(error)
    outcomes: list[dict[str, Any]] = result.get("outcomes") or []
    return outcomes, "" if outcomes else f"it raised {result.get('raised', 'an error')}"
