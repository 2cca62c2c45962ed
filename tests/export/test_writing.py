"""The file is there whole or not at all, and the same for the same input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cocoproof import ClassMapping
from cocoproof.atomic_write import AtomicFile
from cocoproof.export import PlainDetections, export_coco

ONE = ClassMapping.from_names(["thing"])


def source(count, offset=0.0):
    rng = np.random.default_rng(0)
    for number in range(count):
        corner = rng.uniform(0, 20, (10, 2)) + offset
        masks = rng.random((10, 30, 40)) < 0.5
        yield (f"{number}.png", (40, 30)), PlainDetections(np.concatenate([corner, corner + 5], axis=1), np.zeros(10, int), mask=masks)


@pytest.mark.slow
def test_killed_at_any_moment_the_old_file_or_the_new_one_is_there_whole(tmp_path):
    target = tmp_path / "out.json"
    export_coco(source(8, 1.0), target, mapping=ONE)
    new = target.read_bytes()
    export_coco(source(8), target, mapping=ONE)
    old = target.read_bytes()
    assert old != new
    # One process that has everything imported, and forks a child for each export.
    code = f"""
import os, random, signal, sys, time
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
import test_writing as t
folder = Path({str(tmp_path)!r})
target, old, new = folder / "out.json", (folder / "old").read_bytes(), (folder / "new").read_bytes()

def start():
    target.write_bytes(old)
    child = os.fork()
    if not child:
        t.export_coco(t.source(8, 1.0), target, mapping=t.ONE)
        os._exit(0)
    return child

begin = time.perf_counter()
os.waitpid(start(), 0)
takes = time.perf_counter() - begin
chance = random.Random(0)
for turn in range(50):
    child = start()
    if turn % 10 == 9:  # at the very moment when the new file is there
        number = target.stat().st_ino
        while target.stat().st_ino == number:
            pass
    else:
        time.sleep(chance.uniform(0, takes))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    print({{old: "old", new: "new"}}.get(target.read_bytes(), "torn"), len(os.listdir(folder)))
"""
    (tmp_path / "old").write_bytes(old)
    (tmp_path / "new").write_bytes(new)
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    turns = [line.split() for line in done.stdout.splitlines()]
    assert len(turns) == 50
    states = [state for state, _ in turns]
    assert "torn" not in states
    assert states.count("old") > 5, "the kills came too late to show anything"
    assert states.count("new") >= 5, "the kills came too early to show anything"
    if hasattr(os, "O_TMPFILE"):
        assert {count for _, count in turns} == {"3"}, "something was left beside the file"


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, SystemExit])
@pytest.mark.parametrize("named", [False, True])
def test_an_interrupted_export_leaves_the_old_file_and_no_debris(error, named, tmp_path, monkeypatch):
    if named:
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)

    def interrupted():
        yield from source(3)
        raise error

    target = tmp_path / "out.json"
    target.write_text("old")
    with pytest.raises(error):
        export_coco(interrupted(), target, mapping=ONE)
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]
    target.unlink()
    with pytest.raises(error):
        export_coco(interrupted(), target, mapping=ONE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["link", "replace", "fsync"])
def test_a_failure_at_the_end_leaves_the_old_file_and_no_debris(place, tmp_path, monkeypatch):
    def fail(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    target = tmp_path / "out.json"
    target.write_text("old")
    if place == "replace":
        monkeypatch.setattr(Path, "replace", fail)
    else:
        monkeypatch.setattr(os, place, fail)
    if place == "link":
        export_coco(source(3), target, mapping=ONE)  # copied to a name instead
        assert len(json.loads(target.read_text())["images"]) == 3
    else:
        with pytest.raises(OSError, match="No space left"):
            export_coco(source(3), target, mapping=ONE)
        assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]


def test_named_and_unnamed_files_are_the_same(tmp_path, monkeypatch):
    export_coco(source(3), tmp_path / "a.json", mapping=ONE)
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    export_coco(source(3), tmp_path / "b.json", mapping=ONE)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


def test_permissions_and_links_stay(tmp_path):
    target, link = tmp_path / "deep" / "out.json", tmp_path / "link.json"
    target.parent.mkdir()
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    export_coco(source(1), link, mapping=ONE)
    assert link.is_symlink()
    assert target.stat().st_mode & 0o777 == 0o640
    assert json.loads(target.read_text())["images"]
    umask = os.umask(0o027)
    try:
        export_coco(source(1), tmp_path / "fresh.json", mapping=ONE)
    finally:
        os.umask(umask)
    assert (tmp_path / "fresh.json").stat().st_mode & 0o777 == 0o640


def test_what_is_no_file_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path, tmp_path / "fifo"):
        with pytest.raises(OSError, match="not a regular file"):
            export_coco(source(1), path, mapping=ONE)
    with pytest.raises(FileNotFoundError):
        export_coco(source(1), tmp_path / "no" / "out.json", mapping=ONE)


def test_a_failing_write_within_the_head_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(AtomicFile, "write", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        export_coco(source(1), tmp_path / "out.json", mapping=ONE)
    assert list(tmp_path.iterdir()) == []


def test_the_same_input_gives_the_same_bytes_under_another_hash_seed_clock_and_folder(tmp_path):
    code = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import test_writing as t
t.export_coco(t.source(5), "out.json", mapping=t.ClassMapping.from_names(["thing"]), info={{"b": 1, "a": {{"z": 1, "y": 2}}}}, indent=1)
"""
    written = set()
    for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"), ("3", "America/Lima")):
        folder = tmp_path / seed
        folder.mkdir()
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"}
        subprocess.run([sys.executable, "-c", code], check=True, cwd=folder, env=environment)
        written.add((folder / "out.json").read_bytes())
    assert len(written) == 1


def test_compact_is_one_row_a_line_and_indent_is_json_s_own(tmp_path):
    compact, wide = tmp_path / "a.json", tmp_path / "b.json"
    options = {"mapping": ONE, "info": {"year": 2020, "empty": {}, "text": "a\nbé"}, "licenses": [{"id": 1}]}
    export_coco(source(3), compact, **options)
    export_coco(source(3), wide, indent=2, **options)
    document = json.loads(compact.read_text())
    assert list(document) == ["info", "licenses", "categories", "annotations", "images"]
    assert document["info"] == options["info"]
    assert wide.read_text() == json.dumps(document, indent=2) + "\n"
    lines = compact.read_text().splitlines()
    rows = [json.loads(line.rstrip(",")) for line in lines if line.startswith('{"id"')]
    assert len(rows) == 1 + 1 + 30 + 3
    assert compact.read_bytes().isascii()


def test_empty_sources_are_files_too(tmp_path):
    for indent in (None, 2):
        export_coco([], tmp_path / "out.json", mapping=ONE, indent=indent)
        document = json.loads((tmp_path / "out.json").read_text())
        assert document == {"info": {}, "licenses": [], "categories": [{"id": 1, "name": "thing"}], "annotations": [], "images": []}


def test_ids_go_on_from_one_file_to_the_next(tmp_path, load):
    first = export_coco(source(3), tmp_path / "a.json", mapping=ONE)
    export_coco(
        source(2), tmp_path / "b.json", mapping=ONE, first_image_id=first.next_image_id, first_annotation_id=first.next_annotation_id
    )
    coco = load(tmp_path / "b.json")
    assert list(coco.imgs) == [4, 5]
    assert list(coco.anns) == list(range(31, 51))


@pytest.mark.parametrize("bad", [{"info": {"x": object()}}, {"licenses": [{"id": {1, 2}}, {1: 2, "a": object()}]}])
def test_info_that_json_cannot_hold_is_refused_at_once(bad, tmp_path):
    with pytest.raises(TypeError, match="cannot be written as JSON"):
        export_coco(source(1), tmp_path / "out.json", mapping=ONE, **bad)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads peak memory from /proc")
def test_memory_does_not_grow_with_the_images(tmp_path):
    code = f"""
import sys, numpy as np
sys.path.insert(0, {str(Path(__file__).parent)!r})
import test_writing as t
def boxes(count):
    xyxy = np.tile([1.5, 2.5, 30.25, 40.5], (10, 1)); ids = np.zeros(10, int)
    for number in range(count):
        yield (f"{{number:08}}.png", (640, 640)), t.PlainDetections(xyxy, ids)
def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1024
t.export_coco(boxes(100), "out.json", mapping=t.ONE)
before = peak()
t.export_coco(boxes(100_000), "out.json", mapping=t.ONE)
print(before, peak())
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, capture_output=True, text=True)
    before, after = map(float, done.stdout.split())
    assert after < 300
    assert after - before < 100
