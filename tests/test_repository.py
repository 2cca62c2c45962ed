"""The files for GitHub agree with the rest of the repository, as far as no schema can see it (`.ci/lint` checks the schemas)."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DOCUMENTED = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("CONTRIBUTING.md", "README.md"))


def steps(workflow: Path) -> list[dict[str, Any]]:
    jobs = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"].values()
    return [step for job in jobs for step in job.get("steps", [])]


def commands(workflow: Path) -> list[str]:
    return [line.strip() for step in steps(workflow) for line in step.get("run", "").splitlines()]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_each_command_for_tests_is_the_documented_one(workflow):
    for command in commands(workflow):
        if re.match(r"python -m pytest|pytest|python -m pip install -e|uv pip install|sphinx-build|python -m playwright", command):
            assert re.search(rf"(^|[\s`]){re.escape(command)}($|[\s`])", DOCUMENTED, re.MULTILINE), command


def test_each_tier_of_tests_is_run_by_a_workflow():
    tiers = re.findall(r"^\| \w+ \| `(python -m pytest.*?)` \|", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE)
    run = {command for workflow in WORKFLOWS for command in commands(workflow)}
    assert len(tiers) == 5
    # The tests of consumers need an environment for each, which a script makes.
    assert [tier for tier in tiers if tier not in run] == ["python -m pytest -m consumers"]
    assert any(command.startswith("python .ci/consumers.py") for command in run)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_each_job_that_may_not_fail_is_required(workflow):
    jobs = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]
    required = {name for name, job in jobs.items() if not job.get("continue-on-error")}
    if "passed" in jobs:
        assert sorted(jobs["passed"]["needs"]) == sorted(required - {"passed"})


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_each_script_that_is_run_exists(workflow):
    named = [name for command in commands(workflow) for name in re.findall(r"(?:^|\s)(\.(?:ci|github)/[\w./-]+)", command)]
    for name in named:
        assert (ROOT / name).is_file(), name


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_of_others_are_pinned_to_a_commit_with_its_version(workflow):
    for line in workflow.read_text(encoding="utf-8").splitlines():
        if "uses:" in line and "uses: ./" not in line:
            assert re.search(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_one_commit_and_one_version_of_each_action():
    pins: dict[str, set[str]] = {}
    for workflow in WORKFLOWS:
        for action, pin in re.findall(r"uses: ([\w./-]+)@(.+)$", workflow.read_text(encoding="utf-8"), re.MULTILINE):
            pins.setdefault(action, set()).add(pin)
    assert {action: found for action, found in pins.items() if len(found) > 1} == {}


def test_the_matrix_has_the_versions_of_python_that_the_package_claims():
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))["jobs"]
    tested = set(jobs["tests"]["strategy"]["matrix"]["python"])
    claimed = {line.rpartition(" ")[2] for line in PROJECT["classifiers"] if re.search(r"Python :: 3\.\d+$", line)}
    assert claimed <= tested
    assert min(tested, key=lambda version: int(version.partition(".")[2])) == PROJECT["requires-python"].removeprefix(">=")


def test_citation_names_the_authors_the_licence_and_the_repository_of_the_package():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["title"] == PROJECT["name"]
    assert citation["authors"] == PROJECT["authors"]
    assert citation["license"] == PROJECT["license"]
    assert citation["repository-code"] == PROJECT["urls"]["Source"]
    assert citation["url"] == PROJECT["urls"]["Documentation"]


def test_the_image_copies_what_its_context_has():
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    kept = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(name for line in copied for name in line.split()) == sorted(kept)
    assert all((ROOT / name).exists() for name in kept)


def release_notes(tag: str, root: Path) -> tuple[int, str, str]:
    """What `.github/changelog.py` makes of a tag, in a copy of the repository at `root`."""
    code = "import runpy, sys; from pathlib import Path; sys.exit(runpy.run_path(sys.argv[1])['main'](sys.argv[2], Path(sys.argv[3])))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT / ".github/changelog.py"), tag, str(root)], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def release(tmp_path):
    """A repository of version 1.2.3 with a changelog; call it with the changelog's text."""

    def make(changelog: str) -> Path:
        (tmp_path / "src/cocoproof").mkdir(parents=True)
        (tmp_path / "src/cocoproof/version.py").write_text('__version__ = "1.2.3"\n', encoding="utf-8")
        (tmp_path / "CHANGELOG.md").write_text(changelog, encoding="utf-8")
        return tmp_path

    return make


def test_the_notes_of_a_release_are_its_section_of_the_changelog(release):
    root = release(
        "# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-11-30\n\n### Added\n\n- A.\n\n## [1.2.2] - 2026-11-01\n\n- B.\n\n[1.2.3]: x\n"
    )
    assert release_notes("v1.2.3", root) == (0, "### Added\n\n- A.\n", "")


@pytest.mark.parametrize(
    ("tag", "changelog", "reason"),
    [
        ("v1.2.4", "## [1.2.4] - 2026-11-30\n\n- A.\n", "the version of the package is 1.2.3"),
        ("1.2.3", "## [1.2.3] - 2026-11-30\n\n- A.\n", "the tag is 1.2.3"),
        ("v1.2.3", "## [Unreleased]\n\n- A.\n", "no section"),
        ("v1.2.3", "## [11233] - 2026-11-30\n\n- A.\n", "no section"),
        ("v1.2.3", "## [1.2.3]\n\n- A.\n", "no date"),
        ("v1.2.3", "## [1.2.3] - 2026-11-30\n\n### Added\n\n## [1.2.2] - 2026-11-01\n\n- B.\n", "empty"),
        ("v1.2.3", "## [1.2.3] - 2026-11-30\n\n[1.2.3]: x\n", "empty"),
    ],
)
def test_a_release_without_its_section_of_the_changelog_fails(tag, changelog, reason, release):
    code, notes, error = release_notes(tag, release(changelog))
    assert (code, notes) == (1, "")
    assert reason in error
