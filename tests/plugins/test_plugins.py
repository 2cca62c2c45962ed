"""Rules of plug-ins: they are rules like ours, and what is wrong with a plug-in is an error that names it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from tests.plugins.plugin_folder import EXAMPLE, RULE, install, install_example

import cocoproof
from cocoproof import plugin
from cocoproof.cli.main import run
from cocoproof.cli.param_types import complete_code
from cocoproof.model.errors import SettingsError
from cocoproof.model.findings import Verdict
from cocoproof.rules.catalogue import RULES, known_rules, rules_named
from cocoproof.rules.examples import dataset

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
NOTHING = "return Violations.of_document([])"


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for place in install_example(tmp_path / "site"):
        monkeypatch.syspath_prepend(place)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "data.json"
    path.write_text(json.dumps(dataset()))
    return path


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Installs a plug-in of one rule."""

    def put(name: str, code: str, rule: str, body: str = NOTHING) -> None:
        monkeypatch.delitem(sys.modules, name, raising=False)
        install(tmp_path / "site", name, RULE.format(code=code, name=rule, body=body))
        monkeypatch.syspath_prepend(str(tmp_path / "site"))

    return put


def test_it_is_listed_explained_selected_and_ignored(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert [rule.code for rule in known_rules()] == [*(rule.code for rule in RULES), "ACME001"]
    assert known_rules()[-1].plugin == "cocoproof-acme 1.0.0"
    assert run(["rules", "ACME"]) == 0
    assert capsys.readouterr().out.startswith("ACME001  error    image-without-site")
    assert run(["explain", "image-without-site"]) == 0
    page = capsys.readouterr().out
    assert "# ACME001 image-without-site" in page
    assert "From the plug-in cocoproof-acme 1.0.0." in page
    check = ["check", str(example), "--reload", "never", "--no-images"]
    assert run(check) == 1
    assert "ACME001 image-without-site" in capsys.readouterr().out
    assert run([*check, "--ignore", "ACME001"]) == 0
    assert run([*check, "--ignore", "image-without-site"]) == 0
    assert run([*check, "--no-plugins"]) == 0
    assert run(["rules", "ACME", "--no-plugins"]) == 2
    assert run(["explain", "ACME001", "--no-plugins"]) == 2
    assert [one.code for one in cocoproof.check(example, select="ACME").findings] == ["ACME001"]
    assert cocoproof.check(example, plugins=False, select="COCO3", reload="never").files[0].rules[-1].code < "COCO400"


def test_it_is_in_every_report_and_in_a_baseline(example: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check = ["check", str(example), "--reload", "never", "--no-images"]
    for name in ("json", "sarif", "junit", "html", "github", "gitlab", "markdown"):
        out = tmp_path / f"report.{name}"
        assert run([*check, "--format", name, "--output", str(out)]) == 1
        assert "ACME001" in out.read_text(encoding="utf-8"), name
    report = json.loads((tmp_path / "report.json").read_text())
    schema = json.loads((ROOT / "schemas" / "report" / "v1.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(report)
    assert [one["verdict"] for one in report["files"][0]["rules"] if one["code"] == "ACME001"] == ["failed"]
    driver = json.loads((tmp_path / "report.sarif").read_text())["runs"][0]
    result = next(one for one in driver["results"] if one["ruleId"] == "ACME001")
    described = driver["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert (described["id"], described["name"]) == ("ACME001", "image-without-site")
    assert run([*check, "--baseline", "baseline.json", "--update-baseline"]) == 0
    assert run([*check, "--baseline", "baseline.json"]) == 0
    example.write_text(json.dumps(dataset(images=[{"file_name": "other.jpg"}])))
    assert run([*check, "--baseline", "baseline.json"]) == 1


def test_its_code_and_name_are_completed(example: Path, plugged: Callable[..., None]) -> None:
    def completed(start: str) -> list[str]:
        return [one.value for one in complete_code(None, None, start)]  # type: ignore[arg-type]  # neither is used

    assert completed("AC") == ["ACME001"]
    assert completed("image-without-s") == ["image-without-site"]
    plugged("clashing", "COCO997", "some_rule")
    assert completed("AC") == []
    assert "COCO501" in completed("COCO50")


@pytest.mark.parametrize("form", ["option", "configuration"])
def test_it_can_be_switched_off(example: Path, form: str) -> None:
    check = ["check", str(example), "--select", "image-without-site"]
    if form == "option":
        assert run([*check, "--no-plugins"]) == 2, "the rule is not known then"
    else:
        Path("cocoproof.toml").write_text("plugins = false")
        assert run(check) == 2
        assert run([*check, "--plugins", "--no-images"]) == 1


def test_a_crash_is_its_verdict_and_not_the_runs(plugged: Callable[..., None], tmp_path: Path) -> None:
    plugged("broken", "BRK001", "always_raises", "raise ValueError('no such column')")
    path = tmp_path / "data.json"
    path.write_text(json.dumps(dataset()))
    report = cocoproof.check(path, images=False, reload="never")
    assert [one.verdict for one in report.files[0].rules if one.code == "BRK001"] == [Verdict.CRASHED]
    (found,) = (one for one in report.findings if one.severity.value == "error")
    assert found.code == "COCO999"
    assert found.message == "not checked: the rule BRK001 always-raises of plug-in broken 1.0 failed with ValueError: no such column"
    assert (report.exit_code(), report.crashed, report.ok()) == (1, False, False)
    assert len([one for one in report.files[0].rules if one.verdict is Verdict.PASSED]) > 50, "the others ran"


@pytest.mark.parametrize(
    ("code", "name", "message"),
    [
        ("COCO998", "some_rule", "has a code that is not allowed"),
        ("acme001", "some_rule", "has a code that is not allowed"),
        ("A001", "some_rule", "has a code that is not allowed"),
        ("ACME1", "some_rule", "has a code that is not allowed"),
        ("ACME001", "rule", "has a name that is not allowed"),
        ("ACME001", "box_not_positive", "the name box-not-positive of a rule is taken by cocoproof"),
    ],
)
def test_codes_and_names_that_conflict(plugged: Callable[..., None], code: str, name: str, message: str) -> None:
    plugged("clashing", code, name)
    with pytest.raises(SettingsError) as caught:
        known_rules()
    assert str(caught.value).startswith("plug-in clashing 1.0: ")
    assert message in str(caught.value)
    assert known_rules(plugins=False) == RULES


def test_two_plugins_with_one_code(plugged: Callable[..., None]) -> None:
    plugged("first", "ACME001", "some_rule")
    plugged("second", "ACME001", "other_rule")
    with pytest.raises(SettingsError, match=r"plug-in .* 1\.0: the code ACME001 of a rule is taken by plug-in"):
        known_rules()


@pytest.mark.parametrize(
    ("module", "value", "message"),
    [
        ("raise RuntimeError('oh')", "", "cannot be imported: RuntimeError: oh"),
        (None, "", "cannot be imported: ModuleNotFoundError"),
        ("RULES = []", "", "is not a rule, nor a list of rules"),
        ("RULES = [1]", "", "is not a rule, nor a list of rules"),
        ("RULES = 5", "", "is not a rule, nor a list of rules"),
        ("RULES = 5", "faulty:OTHER", "cannot be imported: AttributeError"),
    ],
)
def test_a_plugin_that_is_none(
    module: str | None, value: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(tmp_path / "site", "faulty", module, value=value)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.delitem(sys.modules, "faulty", raising=False)
    monkeypatch.chdir(tmp_path)
    Path("data.json").write_text(json.dumps(dataset()))
    assert run(["check", "data.json", "--no-images", "--reload", "never"]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "plug-in faulty 1.0" in error
    assert "--no-plugins" in error
    assert run(["check", "data.json", "--no-images", "--reload", "never", "--no-plugins"]) == 0
    assert run(["rules"]) == 2
    monkeypatch.delitem(sys.modules, "faulty", raising=False)


FIXED = """
from cocoproof.plugin import OBJECTS, Fix, Replacement, Severity, Violations, dataset, rule
import numpy as np

def write_one(context):
    for row in np.flatnonzero(context.coco.images.license.values != 1).tolist():
        {body}

@rule("LIC001", severity=Severity.ERROR, kinds=OBJECTS, accept=[dataset()], reject=[], fix=Fix(safe="1 is written"), fixer=write_one)
def license_not_one(context):
    '''A rule of a test.'''
    return Violations.of_rows("images", context.coco.images.license.values != 1, lambda row: "is not 1", field="license")

RULES = license_not_one
"""


@pytest.mark.parametrize(
    ("body", "license_id", "code", "said"),
    [
        ('yield Replacement(("images", row, "license"), 1)', 1, 0, "LIC001 license-not-one"),
        ('yield Replacement(("images", row, "license"), 1, safe=False)', 9, 1, "on request"),
        ('yield Replacement(("images", row + 99, "license"), 1)', 9, 1, "names a place that the file does not have"),
        ('yield Replacement(("images", row, "license", 0), 1)', 9, 1, "names a place that the file does not have"),
        ("raise KeyError(row)", 9, 1, "the fix of plug-in licensing 1.0 failed with KeyError: 0"),
    ],
)
def test_it_is_fixed(
    body: str, license_id: int, code: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "licensing", raising=False)
    install(tmp_path / "site", "licensing", FIXED.format(body=body))
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.chdir(tmp_path)
    Path("data.json").write_text(json.dumps(dataset(images=[{"license": 9}])))
    assert run(["fix", "data.json", "--in-place"]) == code
    assert said in capsys.readouterr().out
    assert json.loads(Path("data.json").read_text())["images"][0]["license"] == license_id
    assert run(["fix", "data.json", "--in-place", "--no-plugins"]) == 0


def test_nothing_is_looked_for_where_it_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr("cocoproof.rules.plugins._loaded", refuse)
    assert known_rules(plugins=False) == RULES
    assert rules_named(["COCO501"]).keys() == {rule.code for rule in RULES}
    cocoproof.check(dataset(), plugins=False, select="COCO5")


def test_without_plugins_the_metadata_of_packages_is_not_imported(tmp_path: Path) -> None:
    code = (
        "import sys; from cocoproof.rules.catalogue import RULES, known_rules; before = 'importlib.metadata' in sys.modules;"
        "assert known_rules() == RULES; print(before or 'importlib.metadata' not in sys.modules)"
    )
    place = str(Path(cocoproof.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code, place],
        env={**os.environ, "PYTHONPATH": place},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "True\n"


def test_the_public_names() -> None:
    assert plugin.API_VERSION == 1
    assert set(plugin.__all__) >= {
        *("ALL_KINDS", "DATASETS", "GONE", "OBJECTS", "Kind", "Rule", "RuleContext", "RuleSkipped", "Severity"),
        *("Violation", "ViolationScope", "Violations", "captions", "dataset", "keypoint_dataset", "panoptic", "quote", "results", "rule"),
    }, "a name that is removed or renamed raises API_VERSION"
    assert all(hasattr(plugin, name) for name in plugin.__all__)


@pytest.mark.slow
def test_the_example_and_its_tests_in_a_project(tmp_path: Path) -> None:
    """As after `pip install examples/plugin`: its own tests, and the rule in files that pytest collects."""
    places = [*install_example(tmp_path / "site"), str(Path(cocoproof.__file__).parents[1])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(places), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, str(EXAMPLE / "tests")], env=environment, cwd=EXAMPLE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    (tmp_path / "data.json").write_text(json.dumps(dataset()))
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    arguments = ["--coco", "data.json", "--coco-no-images", "--coco-reload", "never"]
    done = subprocess.run([*command, *arguments], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "ACME001" in done.stdout
