"""The documents say what is true: examples run and print what they say, commands and links are there, numbers agree.

A fenced `python` block is run; the `text` block that follows one directly is what it must print. In `bash` blocks each `cocoproof`
line is run where the README says that it can be, and must end with the code of its comment (`# exit code 1`), or with 0.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
import shutil
import textwrap
import warnings
from importlib import metadata
from pathlib import Path
from xml.etree import ElementTree as ET

import click
import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO

import cocoproof
from cocoproof.cli.main import cli, run
from cocoproof.rules.catalogue import RULES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
HAND_WRITTEN = [
    ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "RELEASING.md", "SECURITY.md")
] + sorted((ROOT / "docs").glob("*.md"))
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def blocks(text: str, language: str) -> list[str]:
    return [body for _, name, body in FENCE.findall(text) if name == language]


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A place like a clone, where examples may leave files."""
    shutil.copytree(ROOT / "fixtures", tmp_path / "fixtures")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "path",
    # The how-tos of CONTRIBUTING.md are run by the tests that they name.
    [path for path in HAND_WRITTEN if "```python" in path.read_text(encoding="utf-8") and path.stem != "CONTRIBUTING"],
    ids=lambda path: path.stem,
)
def test_python_examples_run_one_after_the_other_and_print_what_they_say(path, clone):
    pytest.importorskip("supervision")
    parts = [(language, body) for _, language, body in FENCE.findall(path.read_text(encoding="utf-8"))]
    names: dict[str, object] = {}
    for (language, code), (after, shown) in zip(parts, [*parts[1:], ("", "")], strict=True):
        if language != "python":
            continue
        out = io.StringIO()
        with contextlib.redirect_stdout(out), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of OpenCV, which supervision can do without
            exec(compile(textwrap.dedent(code), str(path), "exec"), names)  # noqa: S102 # our own document
        printed = [line.rstrip() for line in out.getvalue().splitlines()]
        if printed or after == "text":
            assert printed == shown.splitlines()


def test_the_exported_file_is_what_the_guide_says(clone):
    pytest.importorskip("supervision")
    names: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for code in blocks(GUIDE, "python"):
            exec(code, names)  # noqa: S102 # our own document
    document = json.loads((clone / "out.json").read_text())
    assert [(row["id"], row["name"]) for row in document["categories"]] == [(1, "person"), (2, "car"), (3, "dog")]
    assert [row["category_id"] for row in document["annotations"]] == [3, 2, 2]
    assert [row["category_id"] for row in json.loads((clone / "results.json").read_text())] == [3, 2, 2]


def commands(text: str) -> list[str]:
    lines = [line.strip() for body in blocks(text, "bash") for line in body.splitlines()]
    return [part.strip() for line in lines for part in line.split("&&")]


def options_of(command: click.Command) -> set[str]:
    """The options of a command, and of all below it."""
    own = {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
    below: list[click.Command | None] = []
    if isinstance(command, click.Group):
        context = click.Context(command)  # groups import their commands when they are asked for them
        below = [command.get_command(context, name) for name in command.list_commands(context)]
    return own.union(*(options_of(one) for one in below if one is not None))


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 150


def test_the_two_commands_are_where_the_ci_script_looks():
    for name in ("demo", "test"):
        (block,) = re.findall(rf"^<!-- command: {name} -->\n```bash\n(.*)\n```$", README, re.MULTILINE)
        assert block.startswith("python -m pip install ")
        assert "&&" in block


@pytest.mark.parametrize("text", [README, GUIDE], ids=["README", "guide"])
def test_the_commands_of_readme_and_guide_run(text, clone, capsys):
    lines = [line for line in commands(text) if line.startswith("cocoproof ")]
    assert len(lines) >= 6
    for line in lines:
        command, _, remark = line.partition("#")
        expected = int(remark.rpartition("exit code ")[2]) if remark else 0
        assert run(shlex.split(command)[1:]) == expected, f"{line}\n{capsys.readouterr()}"


@pytest.mark.parametrize("path", HAND_WRITTEN, ids=lambda path: path.stem)
def test_every_command_option_and_script_that_is_named_exists(path):
    text = path.read_text(encoding="utf-8")
    known = {"--help", "--version"} | options_of(cli)
    named = re.findall(r"`cocoproof ([a-z][\w-]*)[^`]*`", text) + [
        line.split()[1] for line in commands(text) if line.startswith("cocoproof ")
    ]
    not_there_yet = set(re.findall(r"There is no `cocoproof (\w+)` command yet", text))
    assert set(named) - not_there_yet <= cli.modules.keys()
    assert not not_there_yet & cli.modules.keys(), "it is there by now"
    for line in [*re.findall(r"`(cocoproof [^`]*)`", text), *(line for line in commands(text) if line.startswith("cocoproof "))]:
        assert set(re.findall(r"--[\w-]+", line)) <= known, line
    for line in commands(text):
        for script in re.findall(r"^python (\S+\.py)", line):
            assert (ROOT / script).is_file(), script


@pytest.mark.parametrize("path", [*HAND_WRITTEN, ROOT / "docs" / "rules" / "index.md"], ids=lambda path: path.stem)
def test_links_lead_to_files_and_headings(path):
    for target in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", path.read_text(encoding="utf-8"))):
        if target.startswith("https://"):
            continue
        place, _, heading = target.partition("#")
        file = (path.parent / place).resolve() if place else path
        assert file.exists(), target
        if heading:
            headings = [
                line.lstrip("# ").lower().replace(" ", "-")
                for line in file.read_text(encoding="utf-8").splitlines()
                if line.startswith("#")
            ]
            assert heading in headings, target


def test_the_number_of_rules_is_the_catalogues():
    assert re.findall(r"^(\d+) rules today", README, re.MULTILINE) == [str(len(RULES))]
    assert f"| | **{len(RULES)}** | |" in GUIDE
    assert {path.stem for path in (ROOT / "docs" / "rules").glob("COCO*.md")} == {rule.code for rule in RULES}


def test_the_picture_shows_what_the_demo_prints(monkeypatch, capsys):
    """Rule by rule and message by message; what depends on supervision is left out, as in the picture."""
    picture = ET.parse(ROOT / "docs" / "demo.svg").getroot()  # noqa: S314 # our own file
    shown = "".join("".join(line.itertext()) for line in picture.iter("{http://www.w3.org/2000/svg}text"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    assert run(["demo"]) == 0
    printed = capsys.readouterr().out.splitlines()
    headings = [line.strip() for line in printed if re.search(r"COCO\d{3} [a-z-]+ ", line)]
    messages = [line.split(None, 1)[1] for line in printed if re.match(r" +\d+:\d+  ", line) and "supervision" not in line]
    assert len(headings) > 5
    assert len(messages) > 5
    plain = re.sub(r"\W", "", shown)  # lines are broken, and signs differ where the terminal has no Unicode
    for text in [*(heading for heading in headings if "COCO90" not in heading), *messages]:
        assert re.sub(r"\W", "", text) in plain, text
    assert (ROOT / "docs" / "demo.svg").stat().st_size < 40_000


def test_the_silent_defects_are_what_the_readme_says(clone):
    """The numbers of "What breaks in silence", from pycocotools and supervision themselves."""
    table = README.partition("## What breaks in silence")[2].partition("![")[0]
    report = cocoproof.check("fixtures/reject/COCO207-annotation-id-zero.json", select="COCO903")
    (precision,) = {match[1] for finding in report.findings for match in re.finditer(r"bbox AP is (0\.\d\d)", finding.message)}
    assert f"an AP of {precision} instead of 1" in table

    sv = pytest.importorskip("supervision")
    if f"supervision {metadata.version('supervision')} writes" not in table:
        pytest.skip("the numbers are those of another release of supervision")
    masks = np.zeros((3, 100, 100), bool)
    masks[0, 20:50, 20:40] = masks[1, 60:70, 60:70] = masks[2, 60:90, 10:40] = True
    masks[2, 70:80, 20:30] = False
    found = sv.Detections(sv.mask_to_xyxy(masks).astype(float), mask=masks, class_id=np.zeros(3, int))
    Image.new("RGB", (100, 100)).save(clone / "1.png")
    path = str(clone / "1.png")
    sv.DetectionDataset(["cell"], [path], {path: found}).as_coco(annotations_path=str(clone / "theirs.json"))
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(clone / "theirs.json"))
    written = [(row["area"], int(coco.annToMask(row).sum()), row["iscrowd"]) for row in coco.dataset["annotations"]]
    assert written == [(600, 551, 0), (100, 81, 0), (800, 800, 1)]
    assert re.search(r"20 x 30 px with the area 600; pycocotools reads 551 px, and 81 instead of 100 for 10 x 10 px", table)
    codes = {finding.code for finding in cocoproof.check(clone / "theirs.json").findings}
    assert {"COCO506", "COCO612"} <= codes
