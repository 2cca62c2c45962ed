from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from cocoproof.model.findings import Kind
from cocoproof.readers import Ending, Limits, Loader, ReloadOutcome, ReloadProcess, ReloadRequest, Stage

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits are POSIX")
HELD = b'{"type":"held","losses":[],"loss_count":0,"counts":{"images":7}}\n'


def run(code: str, wall_seconds: float = 10) -> ReloadOutcome:
    """What becomes of a child that runs this."""
    with ReloadProcess([sys.executable, "-c", code], Limits(wall_seconds=wall_seconds)) as process:
        process.submit(ReloadRequest("any.json", Kind.INSTANCES))
        return process.result()


def saying(*lines: bytes, then: str = "") -> str:
    """The code of a child that says this once it was asked."""
    return f"import os, sys, time; sys.stdin.readline(); os.write(1, {b''.join(lines)!r}); {then}"


def entered(stage: Stage) -> bytes:
    return json.dumps({"type": "entered", "stage": stage.value}).encode() + b"\n"


@posix
@pytest.mark.parametrize(
    ("stage", "ending", "loaded", "failure"),
    [
        (Stage.LOAD, Ending.DIED, False, "died of SIGSEGV"),
        (Stage.MASKS, Ending.DIED, True, "died of SIGSEGV while reading the masks"),
        (Stage.START, Ending.BROKEN, False, "died of SIGSEGV"),
        # The kernel sends SIGKILL where memory runs out, which is not the file's fault.
        (Stage.LOAD, Ending.LIMIT, False, "died of SIGKILL"),
        (Stage.EVALUATE, Ending.LIMIT, True, "died of SIGKILL while evaluating the file against itself"),
        (Stage.LOAD, Ending.LIMIT, False, "needed more than 120 s of processor time"),
    ],
)
def test_death(stage: Stage, ending: Ending, loaded: bool, failure: str) -> None:
    number = 11 if "SIGSEGV" in failure else 9 if "SIGKILL" in failure else signal.SIGXCPU
    outcome = run(saying(entered(stage), then=f"os.kill(os.getpid(), {int(number)})"))
    assert (outcome.ending, outcome.loaded, outcome.stage, outcome.failure) == (ending, loaded, stage, failure)


@posix
def test_what_was_known_before_a_death_stays_known() -> None:
    outcome = run(saying(entered(Stage.COMPARE), HELD, b'{"type":"hel', then="os.kill(os.getpid(), 11)"))
    assert (outcome.counts.images, outcome.ending) == (7, Ending.DIED)
    assert outcome.failure == "died of SIGSEGV while comparing what was loaded"


def test_time_out() -> None:
    begin = time.monotonic()
    outcome = run(saying(entered(Stage.LOAD), then="time.sleep(60)"), wall_seconds=0.4)
    assert (outcome.ending, outcome.failure) == (Ending.LIMIT, "took more than 0.4 s")
    assert time.monotonic() - begin < 5


def test_child_that_reads_nothing_and_is_sent_much() -> None:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    with ReloadProcess(command, Limits(wall_seconds=1.5)) as process:  # enough to tell, where other tests have the processors
        begin = time.monotonic()
        process.submit(ReloadRequest("any.json", Kind.INSTANCES, tuple(range(200_000))))
        assert time.monotonic() - begin < 1.25
        assert process.result().failure == "took more than 1.5 s"


@posix
def test_what_the_child_started_dies_with_it(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    code = f"import os, time\nif not (pid := os.fork()):\n    time.sleep(60)\nopen({str(pid)!r}, 'w').write(str(pid))\ntime.sleep(60)"
    assert run(code, wall_seconds=2).ending is Ending.LIMIT
    deadline = time.monotonic() + 5
    while _runs(int(pid.read_text())) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _runs(int(pid.read_text()))


def _runs(pid: int) -> bool:
    """Whether a process runs; one that is dead and not collected by its parent does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize(
    "garbage",
    [
        b"loading annotations into memory...\n",
        b"\xff\xfe\n",
        b'{"type":"finished","more":1}\n',
        b'{"type":"held","losses":[{"message":1,"pointer":""}],"loss_count":1,"counts":{}}\n',
        b'{"type":"entered","stage":"evaluating the weather"}\n',
        b"[" * 100_000 + b"\n",
    ],
)
def test_garbage_is_not_believed(garbage: bytes) -> None:
    outcome = run(saying(entered(Stage.LOAD), garbage, b'{"type":"finished"}\n'))
    assert (outcome.ending, outcome.failure) == (Ending.BROKEN, "the child process gave an invalid answer")


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        ("pass", "the child process gave an incomplete answer"),
        ("raise SystemExit(3)", "ended with exit code 3"),
        ("syntax error", "ended with exit code 1"),
        (saying(b'{"type":"finished"}'), "the child process gave an incomplete answer"),
    ],
)
def test_child_without_an_answer(code: str, failure: str, capfd: pytest.CaptureFixture[str]) -> None:
    outcome = run(code)
    assert (outcome.ending, outcome.loaded, outcome.failure) == (Ending.BROKEN, False, failure)
    assert capfd.readouterr() == ("", "")


def test_child_that_cannot_be_started(tmp_path: Path) -> None:
    with ReloadProcess([str(tmp_path / "nothing")], Limits()) as process:
        assert not process.alive
        process.submit(ReloadRequest("any.json", Kind.INSTANCES))
        outcome = process.result()
    assert outcome.ending is Ending.BROKEN
    assert str(outcome.failure).startswith("the child process could not be started")


def test_one_process_takes_many_files(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text('{"images": [{"id": 1}]}')
    bad.write_text("{")
    with ReloadProcess.start(Loader.PYCOCOTOOLS, Limits(wall_seconds=20)) as process:
        folder = Path(process._folder.name)  # type: ignore[union-attr]
        with pytest.raises(RuntimeError):
            process.result()
        endings = []
        for path in (good, bad, good):
            process.submit(ReloadRequest(str(path), Kind.IMAGE_INFO))
            assert not process.alive
            with pytest.raises(RuntimeError):
                process.submit(ReloadRequest(str(path), Kind.IMAGE_INFO))
            endings.append(process.result().ending)
            assert process.alive
        assert endings == [Ending.COMPLETE, Ending.RAISED, Ending.COMPLETE]
        assert folder.is_dir()
    assert not process.alive
    assert not folder.exists()


def test_a_process_that_died_takes_no_more() -> None:
    with ReloadProcess([sys.executable, "-c", "pass"], Limits(wall_seconds=10)) as process:
        for _ in range(2):
            process.submit(ReloadRequest("any.json", Kind.INSTANCES))
            assert process.result().ending is Ending.BROKEN
            assert not process.alive


@pytest.mark.slow
@posix
def test_ids_that_collide_meet_the_processor_limit(tmp_path: Path) -> None:
    path = tmp_path / "ids.json"
    rows = ",".join(f'{{"id":{n * (2**61 - 1)}}}' for n in range(40_000))
    path.write_text(f'{{"images":[{rows}]}}')
    with ReloadProcess.start(Loader.PYCOCOTOOLS, Limits(wall_seconds=30, cpu_seconds=1)) as process:
        process.submit(ReloadRequest(str(path), Kind.IMAGE_INFO))
        outcome = process.result()
    assert (outcome.ending, outcome.failure) == (Ending.LIMIT, "needed more than 1 s of processor time")


@pytest.mark.skipif(sys.platform != "linux", reason="the memory limit holds on Linux alone")
def test_document_that_meets_the_memory_limit(tmp_path: Path) -> None:
    path = tmp_path / "lists.json"
    path.write_text('{"images":[' + "[]," * 3_000_000 + "[]]}")
    with ReloadProcess.start(Loader.PYCOCOTOOLS, Limits(wall_seconds=30, memory_bytes=300_000_000)) as process:
        process.submit(ReloadRequest(str(path), Kind.IMAGE_INFO))
        outcome = process.result()
    assert (outcome.ending, outcome.failure) == (Ending.LIMIT, "needed more than 300 MB")


def test_the_child_finds_what_the_parent_finds_and_not_what_lies_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.joinpath("json.py").write_text("raise SystemExit(7)")
    tmp_path.joinpath("document.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    with ReloadProcess.start(Loader.PYCOCOTOOLS, Limits(wall_seconds=20)) as process:
        process.submit(ReloadRequest("document.json", Kind.IMAGE_INFO))
        assert process.result().ending is Ending.COMPLETE


def test_a_results_file_needs_its_ground_truth() -> None:
    with pytest.raises(ValueError, match="ground truth"):
        ReloadRequest("results.json", Kind.RESULTS)
