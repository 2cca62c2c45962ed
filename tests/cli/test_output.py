"""Where reports go: files are replaced in one step; standard output, pipes and devices are written to as they are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cocoproof.cli.main import run
from cocoproof.mapping import ClassMapping
from cocoproof.rules.examples import dataset

posix = pytest.mark.skipif(os.name == "nt", reason="devices and FIFOs of POSIX")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.json").write_text(json.dumps(dataset([{"id": 0}])))
    return tmp_path


CHECK = ("check", "a.json", "--reload", "never", "--no-images", "--format", "json")


@pytest.mark.parametrize("option", ["-o", "--output"])
def test_o_is_short_for_output(here: Path, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*CHECK, option, "report.json"]) == 1
    assert json.loads((here / "report.json").read_text())["summary"]["errors"] == 1
    assert capsys.readouterr().out == ""
    for command in (("diff", "a.json", "a.json"), ("roundtrip", "a.json", "--via", "own")):
        assert run([*command, "--format", "json", option, "other.json"]) == 0
        assert json.loads((here / "other.json").read_text())["format_version"] == 1


def test_a_dash_is_standard_output(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*CHECK, "-o", "-"]) == 1
    assert json.loads(capsys.readouterr().out)["summary"]["errors"] == 1
    assert run([*CHECK, "-o", "report.json", "--output-format", "sarif", "-"]) == 1
    assert json.loads(capsys.readouterr().out)["version"] == "2.1.0"
    assert run([*CHECK, "--output-format", "sarif", "-"]) == 2
    assert "two reports cannot be written to standard output" in capsys.readouterr().err
    assert not (here / "-").exists()


def process(*arguments: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "cocoproof", *arguments], check=False, **options)


@posix
def test_dev_stdout_is_standard_output_whatever_it_is(here: Path) -> None:
    piped = process(*CHECK, "-o", "/dev/stdout", stdout=subprocess.PIPE)
    assert piped.returncode == 1
    assert json.loads(piped.stdout)["summary"]["errors"] == 1
    # A redirection keeps what was written before, and its file.
    log = here / "log.txt"
    with log.open("w") as stream:
        stream.write("before\n")
        stream.flush()
        inode = log.stat().st_ino
        assert process(*CHECK, "-o", "/dev/stdout", stdout=stream).returncode == 1
    assert log.read_text().startswith("before\n{")
    assert log.stat().st_ino == inode


@posix
def test_dev_null_stays_a_device(here: Path) -> None:
    assert run([*CHECK, "-o", os.devnull, "--output-format", "sarif", os.devnull]) == 1
    assert Path(os.devnull).is_char_device()


@posix
def test_a_fifo_is_written_to(here: Path) -> None:
    os.mkfifo(here / "fifo")
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append((here / "fifo").read_text()))
    reader.start()
    assert run([*CHECK, "-o", "fifo"]) == 1
    reader.join()
    assert json.loads(read[0])["summary"]["errors"] == 1
    assert (here / "fifo").is_fifo()


@posix
def test_fix_writes_to_a_fifo(here: Path) -> None:
    os.mkfifo(here / "fifo")
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append((here / "fifo").read_text()))
    reader.start()
    assert run(["fix", "a.json", "--unsafe-fixes", "-o", "fifo"]) == 0
    reader.join()
    assert json.loads(read[0])["annotations"][0]["id"] != 0


def test_a_folder_is_refused_before_anything_is_read(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "folder").mkdir()
    assert run([*CHECK, "-o", "folder"]) == 2
    assert "is a directory" in capsys.readouterr().err


def test_the_source_without_images_is_wrong_usage(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "empty").mkdir()
    for arguments in ((), ("--on-error", "skip")):
        assert run(["export", "voc", "empty", "out.json", *arguments]) == 2
        told = capsys.readouterr().err
        assert "no XML file" in told
        assert "--on-error" not in told


SHORT_COMMANDS = [("lock", "a.json", "--force", "-o", "a.toml"), ("completion", "bash"), ("mapping", "show", "m.toml")]


def _write_mapping(here: Path) -> None:
    ClassMapping.from_names(source={0: "cat"}, target=["cat"]).write(here / "m.toml")


@pytest.mark.parametrize("command", SHORT_COMMANDS)
def test_a_reader_that_closed_the_pipe_does_not_change_the_exit_code(here: Path, command: tuple[str, ...]) -> None:
    _write_mapping(here)
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as pipe:
        done = subprocess.run([sys.executable, "-m", "cocoproof", *command], stdout=pipe, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@posix
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("command", SHORT_COMMANDS)
def test_a_full_disk_behind_standard_output_is_an_error_of_the_output(here: Path, command: tuple[str, ...]) -> None:
    _write_mapping(here)
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([sys.executable, "-m", "cocoproof", *command], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: cannot write to standard output")
