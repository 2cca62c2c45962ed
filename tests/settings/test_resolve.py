"""What layers of options resolve to."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.plugins.plugin_folder import install_example

import cocoproof
from cocoproof.checking.baseline import FORMAT_VERSION
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.cli.main import run
from cocoproof.mapping import CategoryList
from cocoproof.model.errors import CocoproofError, SettingsError
from cocoproof.model.findings import Kind, Severity
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.rules.examples import dataset
from cocoproof.rules.thresholds import Thresholds
from cocoproof.settings.configuration_file import read_configuration
from cocoproof.settings.keywords import read_keywords
from cocoproof.settings.layer import Origin, SettingsLayer
from cocoproof.settings.options import OPTIONS
from cocoproof.settings.resolve import resolve_settings

FIXTURES = Path(__file__).parents[2] / "fixtures"


def layer(origin: Origin = Origin.COMMAND_LINE, **values: object) -> SettingsLayer:
    return SettingsLayer(origin=origin, values=values)


def test_without_options_the_defaults_of_the_settings_apply() -> None:
    resolved, default = resolve_settings([]), CheckSettings()
    assert [rule.code for rule in resolved.rules] == [rule.code for rule in default.rules]
    for name in (
        "ignored",
        "kind",
        "expected",
        "contiguous",
        "truth",
        "thresholds",
        "max_findings",
        "reload",
        "splits",
        "baseline",
        "fail_on",
    ):
        assert getattr(resolved, name) == getattr(default, name), name


FILES = ("a.json", "b.json")
CHANGES = {
    "select": ("COCO5",),
    "ignore": ("COCO501",),
    "plugins": False,
    "profile": "release",
    "consumers": ("pycocotools",),
    "categories": CategoryList.from_names(["dog"]),
    "contract": {"licenses": ["CC0"]},
    "contiguous": True,
    "gt": str(FIXTURES / "accept" / "ground_truth.json"),
    "splits": True,
    "group_by": "folder",
    "train": "a.json",
    "similar": True,
    "kind": "instances",
    "images": False,
    "panoptic": str(FIXTURES),
    "decode": True,
    "reload": "never",
    "thresholds": {"box-tolerance": 7},
    "fail_on": "note",
    "baseline": "made",
    "max_findings": 3,
}


def test_every_option_has_a_change_to_try() -> None:
    assert set(CHANGES) == {option.name for option in OPTIONS}


@pytest.mark.parametrize("name", CHANGES)
def test_no_option_is_accepted_and_ignored(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    value = CHANGES[name]
    if name == "plugins":
        for place in install_example(tmp_path / "site"):
            monkeypatch.syspath_prepend(place)
    if value == "made":
        value = str(tmp_path / "baseline.json")
        Path(value).write_text(json.dumps({"format_version": FORMAT_VERSION, "files": {}}))
    others = {"splits": True} if name in {"similar", "group_by", "train"} else {}
    plain = resolve_settings([layer(**others)], files=FILES)
    changed = resolve_settings([layer(**others), layer(**{name: value})], files=FILES)
    assert changed != plain


def test_a_later_layer_replaces_and_ignored_rules_and_thresholds_add_up() -> None:
    configuration = layer(
        Origin.CONFIGURATION, ignore=("COCO501",), select=("COCO5",), reload="always", thresholds={"box-tolerance": 7, "tiny-box": 2}
    )
    resolved = resolve_settings([configuration, layer(ignore=("COCO502",), select=("COCO50",), reload="never", thresholds={"tiny-box": 3})])
    assert {rule.code for rule in resolved.rules} == {f"COCO50{n}" for n in range(3, 10)}
    assert resolved.ignored == {"COCO501", "COCO502"}
    assert resolved.reload is ReloadMode.NEVER
    assert resolved.thresholds == Thresholds(box_tolerance=7, tiny_box=3)
    given = resolve_settings([configuration, layer(Origin.CALL, thresholds=Thresholds(aspect_ratio=3))])
    assert given.thresholds == Thresholds(aspect_ratio=3), "thresholds of a call are all of them"


def test_paths_are_relative_to_the_place_that_sets_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "classes.txt").write_text("dog\n")
    (tmp_path / "other.txt").write_text("cat\n")
    (tmp_path / "project" / "cocoproof.toml").write_text('categories = "classes.txt"\nfail-on = "warning"\nmax-findings = 0\nkind = "lvis"')
    monkeypatch.chdir(tmp_path)
    configuration = read_configuration(None, tmp_path / "project")
    resolved = resolve_settings([configuration])
    assert [one.name for one in resolved.expected.categories] == ["dog"]
    assert (resolved.fail_on, resolved.max_findings, resolved.kind) == (Severity.WARNING, None, Kind.LVIS)
    assert dict(resolved.inputs) == {
        str(tmp_path / "project" / "cocoproof.toml"): "it is the configuration",
        str(tmp_path / "project" / "classes.txt"): "it is the category list",
    }
    resolved = resolve_settings([configuration, layer(categories="other.txt")])
    assert [one.name for one in resolved.expected.categories] == ["cat"]


def test_what_was_read_for_earlier_layers_is_not_read_again(tmp_path: Path) -> None:
    classes = tmp_path / "classes.txt"
    classes.write_text("dog\n")
    configuration = layer(Origin.CONFIGURATION, categories=str(classes))
    before = resolve_settings([configuration])
    classes.unlink()
    assert resolve_settings([configuration, read_keywords({"select": "COCO5"})], before=before).expected is before.expected
    with pytest.raises(CocoproofError, match="classes"):
        resolve_settings([configuration, read_keywords({"categories": classes})], before=before)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"kind": "pictures"},
            "must be one of instances, keypoints, captions, panoptic, image_info, lvis, results, video_instances, video_results, not 'pictures'",
        ),
        ({"kind": "unknown"}, "must be one of"),
        ({"reload": "sometimes"}, "must be one of auto, always, never, not 'sometimes'"),
        ({"fail_on": "fatal"}, "must be one of error, warning, note, not 'fatal'"),
        ({"thresholds": {"box-tolerence": 1}}, "unknown threshold 'box-tolerence'; did you mean 'box-tolerance'?"),
        ({"thresholds": {"category-start": 1.5}}, "threshold category-start must be an integer, not 1.5"),
        ({"thresholds": {"tiny-box": -1}}, "must be a finite number of at least 0"),
        ({"select": ("COCO501",), "ignore": ("COCO5",)}, "all selected rules are ignored"),
        ({"images": ""}, "is empty"),
        ({"categories": ""}, "is empty"),
        ({"images": False, "decode": True}, "reads image files, and"),
        ({"splits": True}, "needs at least two"),
        ({"similar": True}, "compares the images of splits"),
        ({"group_by": "folder"}, "is about splits: it needs"),
        ({"group_by": "(a"}, "is not a regular expression"),
        ({"group_by": "a.b"}, "has no group"),
        ({"group_by": " "}, "is empty"),
        ({"train": "a.json"}, "is about splits: it needs"),
        ({"train": ""}, "is empty"),
    ],
)
@pytest.mark.parametrize("origin", [Origin.COMMAND_LINE, Origin.CALL, Origin.PYTEST_COMMAND_LINE])
def test_every_place_has_the_same_messages(values: dict[str, object], message: str, origin: Origin) -> None:
    with pytest.raises(SettingsError) as error:
        resolve_settings([layer(origin, **values)], files=FILES[:1])
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("origin", "message"),
    [
        (Origin.COMMAND_LINE, "--decode reads image files, and --no-images opens none"),
        (Origin.CALL, "decode=True reads image files, and images=False opens none"),
        (Origin.PYTEST_COMMAND_LINE, "--coco-decode reads image files, and --coco-no-images opens none"),
        (Origin.PYTEST_CONFIGURATION, "coco_decode reads image files, and coco_no_images opens none"),
    ],
)
def test_a_message_writes_an_option_as_the_user_did(origin: Origin, message: str) -> None:
    with pytest.raises(SettingsError) as error:
        resolve_settings([layer(origin, images=False, decode=True)])
    assert str(error.value) == message


def test_no_images_on_the_command_line_switches_off_what_the_configuration_decodes() -> None:
    images = resolve_settings([layer(Origin.CONFIGURATION, decode=True, panoptic=str(FIXTURES)), layer(images=False)]).images
    assert (images.decode, images.guess, images.root, images.panoptic) == (False, False, None, None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("selct = []", "unknown option 'selct'; did you mean 'select'?"),
        ("select = 'COCO5'", "select is 'COCO5', expected a list of strings"),
        ("max-findings = -1", "max-findings is -1, expected an integer of at least 0"),
        ("max-findings = true", "max-findings is True, expected an integer of at least 0"),
        ("no-images = 1", "no-images is 1, expected true or false"),
        ("thresholds = 1", "thresholds is 1, expected a table"),
    ],
)
def test_a_configuration_that_cannot_be_used(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "cocoproof.toml").write_text(text)
    with pytest.raises(SettingsError) as error:
        read_configuration(None, tmp_path)
    assert str(error.value) == f"configuration {tmp_path / 'cocoproof.toml'}: {message}"


def test_one_run_in_all_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The same option on the command line, in a configuration and in a call gives the same findings."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.json").write_text(json.dumps(dataset([{"bbox": [4, 5, 100, 16]}])))

    def codes(*arguments: str) -> set[str]:
        assert run(["check", "a.json", "--reload", "never", "--format", "json", *arguments]) in (0, 1)
        return {finding["code"] for finding in json.loads(capsys.readouterr().out)["files"][0]["findings"]}

    def called(**keywords: object) -> set[str]:
        return {finding.code for finding in cocoproof.check("a.json", reload="never", **keywords).findings}

    assert codes() == called()
    assert "COCO502" in codes()
    for arguments, keywords, configuration in (
        (("--threshold", "box-tolerance=99"), {"thresholds": Thresholds(box_tolerance=99)}, "[thresholds]\nbox-tolerance = 99"),
        (("--ignore", "COCO502"), {"ignore": "COCO502"}, 'ignore = ["COCO502"]'),
        (("--select", "COCO3,COCO501"), {"select": ["COCO3", "COCO501"]}, 'select = ["COCO3", "COCO501"]'),
    ):
        expected = codes(*arguments)
        assert "COCO502" not in expected
        assert called(**keywords) == expected
        (tmp_path / "cocoproof.toml").write_text(configuration)
        assert codes() == expected
        (tmp_path / "cocoproof.toml").unlink()


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"categories": ["a", "b"]}, "categories must be CategoryList | str | os.PathLike"),
        ({"categories": 5}, "categories must be"),
        ({"gt": 5}, "gt must be str | os.PathLike"),
        ({"gt": b"gt.json"}, "gt must be"),
        ({"gt": False}, "gt must be"),
        ({"images": 5}, "images must be str | os.PathLike"),
        ({"panoptic": True}, "panoptic must be"),
        ({"baseline": 5}, "baseline must be"),
        ({"thresholds": 5}, "thresholds must be Thresholds, not int"),
        ({"decode": "no"}, "decode must be bool, not str"),
        ({"contiguous": "yes"}, "contiguous must be bool"),
        ({"select": [5]}, "select must be a str or a sequence of str, and has 5"),
        ({"ignore": 5}, "ignore must be a str or a sequence of str, and has 5"),
        ({"max_findings": "3"}, "integer"),
    ],
)
def test_a_keyword_of_another_type_is_a_type_error(keywords: dict[str, object], message: str) -> None:
    with pytest.raises(TypeError, match=re.escape(message)):
        cocoproof.check(FIXTURES / "accept" / "instances.json", **keywords)  # type: ignore[arg-type]
