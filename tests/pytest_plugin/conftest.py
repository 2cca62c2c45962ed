"""Small projects with COCO files, run by pytest in this process.

What a run imports is forgotten after it; numpy cannot be imported twice. So what the runs need is imported here.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import hypothesis  # noqa: F401
import pytest
import shapely  # noqa: F401

import cocoproof.pytest_plugin.fixtures
import cocoproof.pytest_plugin.session
import cocoproof.pytest_plugin.snapshots  # noqa: F401
from cocoproof.rules.examples import dataset

FIXTURES = Path(__file__).parents[2] / "fixtures"
BROKEN = "COCO501-box-not-positive.json"


class Project:
    """A folder with a configuration, where files are put and pytest is run."""

    def __init__(self, pytester) -> None:
        self.pytester = pytester
        self.path = pytester.path
        # The reload costs a second a run, and what pycocotools says of a file is tested elsewhere.
        self.configure('reload = "never"')

    def configure(self, text: str) -> None:
        (self.path / "cocoproof.toml").write_text(text)

    def write(self, name: str, document) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
        return path

    def take(self, fixture: str, name: str) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(FIXTURES / fixture, path)
        return path

    def run(self, *arguments: str):
        """Without what users may have or not: tests of the plugin's neighbours ask for them."""
        return self.pytester.runpytest_inprocess("-p", "no:xdist", "-p", "no:randomly", "-p", "no:rerunfailures", "--tb=short", *arguments)

    def ids(self, *arguments: str) -> list[str]:
        result = self.run("--collect-only", "-q", *arguments)
        assert result.ret in (0, 5), result.stdout.str()
        return [line for line in result.outlines if "::" in line]


@pytest.fixture
def project(pytester):
    return Project(pytester)


@pytest.fixture
def data(project):
    """A sound file and a broken one, in data/."""
    project.take("accept/instances.json", "data/good.json")
    project.take(f"reject/{BROKEN}", "data/bad.json")
    return project


@pytest.fixture
def example():
    """`dataset([...annotations...])`: a sound document with these annotations."""
    return dataset
