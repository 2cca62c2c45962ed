"""The options of a check, held to each other in the four places where they appear, and to what they stand for."""

from __future__ import annotations

import inspect
import subprocess
import sys

import click
import pytest

import cocoproof
from cocoproof.cli.check import check as check_command
from cocoproof.model.findings import Kind, Severity
from cocoproof.pytest_plugin.fixtures import AssertCocoValid, CocoCheck
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.settings.configuration_file import KEYS
from cocoproof.settings.options import FLAG, OPTIONS, option_named

ONLY_COMMAND_LINE = {"--update-baseline", "--format", "--output", "--output-format", "--examples", "--fold-notes", "--color", "--config"}
"""Options of the command that say how it reports and what it writes, not what files are checked by."""


def keywords(function) -> dict[str, inspect.Parameter]:
    return {name: one for name, one in inspect.signature(function).parameters.items() if one.kind is one.KEYWORD_ONLY}


def flags() -> set[str]:
    """The options of the command line as the table declares them."""
    return {option.long_flag for option in OPTIONS} | {f"--{option.off_key}" for option in OPTIONS if option.off}


def test_the_command_line_has_every_option_and_no_other() -> None:
    declared = {option.opts[0] for option in check_command.params if isinstance(option, click.Option)}
    assert declared - ONLY_COMMAND_LINE == flags()
    switches = {option.secondary_opts[0] for option in check_command.params if isinstance(option, click.Option) and option.secondary_opts}
    assert switches - {"--no-color", "--no-fold-notes"} == {f"--{option.off_key}" for option in OPTIONS if option.type is FLAG}


def test_the_configuration_has_every_option_and_no_other() -> None:
    assert set(KEYS) == {flag.removeprefix("--") for flag in flags()} - {"threshold"} | {"thresholds"}


def test_the_function_has_every_option_and_no_other() -> None:
    assert list(keywords(cocoproof.check)) == [option.name for option in OPTIONS if option.in_check]
    for name, parameter in keywords(cocoproof.check).items():
        assert repr(parameter.default).replace("'", '"') == option_named(name).default
        assert f"\n        {name}: " in cocoproof.check.__doc__


@pytest.mark.parametrize(("fixture", "further"), [(CocoCheck.__call__, set()), (AssertCocoValid.__call__, {"fail_on"})])
def test_the_fixtures_have_every_option_for_one_file(fixture, further: set[str]) -> None:
    assert set(keywords(fixture)) == {option.name for option in OPTIONS if option.in_check and not option.several_files} | further
    for name, parameter in keywords(fixture).items():
        assert parameter.default in (None, ()), f"{name} is that of the run where it is not given"
        assert f"\n            {name}: " in fixture.__doc__


def test_pytest_has_every_option_and_no_other(pytestconfig: pytest.Config) -> None:
    for option in OPTIONS:
        key = option.toml_key.replace("-", "_")
        assert hasattr(pytestconfig.option, f"coco_{option.name}")
        assert pytestconfig.getini(f"coco_{key}") in ("", [], None, False)
    of_the_plugin = {"coco_by", "coco_snapshot_update", "coco_snapshot"}
    assert {name for name in vars(pytestconfig.option) if name.startswith("coco_")} - of_the_plugin == {
        f"coco_{option.name}" for option in OPTIONS
    }


def test_choices_are_those_of_the_code() -> None:
    assert set(option_named("kind").choices) == {kind.value for kind in Kind} - {Kind.UNKNOWN.value}
    assert option_named("reload").choices == tuple(mode.value for mode in ReloadMode)
    assert option_named("fail_on").choices == tuple(severity.value for severity in Severity)


def test_the_declarations_import_only_the_standard_library() -> None:
    code = "import sys, cocoproof.settings.options; print([n for n in ('click', 'numpy', 'msgspec', 'tomllib') if n in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert told == "[]\n"
