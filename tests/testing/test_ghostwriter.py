"""`cocoproof contract new` on exporters of many signatures: how they are called, what is written, and what a run reports."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cocoproof.cli.main import cli, run
from cocoproof.testing.ghostwriter import TargetError, child, find_target, target
from cocoproof.testing.ghostwriter.plan import call_plans
from cocoproof.testing.ghostwriter.running import ContractRun
from cocoproof.testing.ghostwriter.writing import call_code, contract_file
from cocoproof.testing.trial import PropertyBroken

pytest.importorskip("PIL")

HERE = Path(__file__).parent
NO_MAPPING = ["maps_classes = False", "keeps_supercategories = False"]
COLUMNS = [*NO_MAPPING, "keeps_masks = False", "keeps_crowds = False"]
EXTRAS = ["keeps_scores = True", "keeps_track_ids = True", "keeps_oriented_boxes = True", "keeps_data = True"]

SHAPES = {
    "exporter_shapes:save": ("save(dataset, path)\nreturn path", NO_MAPPING),
    "exporter_shapes:save_text_path": ("save_text_path(dataset, str(path))\nreturn path", NO_MAPPING),
    "exporter_shapes:only_text_paths": ("only_text_paths(dataset, str(path))\nreturn path", NO_MAPPING),
    "exporter_shapes:with_mapping": ("with_mapping(dataset, path, mapping=mapping)\nreturn path", ["keeps_scores = True"]),
    "exporter_shapes:parts": (
        "parts(dataset.image_paths, dataset.annotations, dataset.classes, path)\nreturn path",
        NO_MAPPING,
    ),
    "exporter_shapes:list_of_detections": (
        "list_of_detections(\n    list(dataset.annotations.values()),\n    dataset.image_paths,\n    dataset.classes,\n    path,\n)\nreturn path",
        NO_MAPPING,
    ),
    "exporter_shapes:of_columns": (
        "of_columns(\n    [one.xyxy for one in dataset.annotations.values()],\n    [one.class_id for one in dataset.annotations.values()],\n    path,\n)\nreturn path",
        COLUMNS,
    ),
    "exporter_shapes:one_image": (
        "one_image(\n    image,\n    found.xyxy,\n    found.class_id,\n    size_of(image)[0],\n    size_of(image)[1],\n    path,\n)\nreturn path",
        COLUMNS,
    ),
    "exporter_shapes:one_of_columns": ("one_of_columns(corner_and_size(found), found.class_id, path)\nreturn path", COLUMNS),
    "exporter_shapes:columns_with_all": (
        "masks=[one.mask for one in dataset.annotations.values()],",
        ["maps_classes = False", "keeps_folders = False", "keeps_crowds = False"],
    ),
    "exporter_shapes:returns_dict": (
        'document = returns_dict(dataset)\npath = folder / "coco.json"\nreturn write_document(document, path)',
        NO_MAPPING,
    ),
    "exporter_shapes:returns_text": (
        'document = returns_text(dataset)\npath = folder / "coco.json"\nreturn write_document(document, path)',
        NO_MAPPING,
    ),
    "exporter_shapes:into_folder": ('into_folder(dataset, folder)\nreturn folder / "annotations/instances.json"', NO_MAPPING),
    "exporter_shapes:into_stream": (
        'with path.open("w", encoding="utf-8") as stream:\n    into_stream(dataset, stream)\nreturn path',
        NO_MAPPING,
    ),
    "exporter_shapes:elsewhere": ('written = elsewhere(dataset)\nreturn shutil.move(written, folder / "coco.json")', NO_MAPPING),
    "exporter_shapes:required_unknown": ("flavour = None\nrequired_unknown(dataset, flavour, path)\nreturn path", NO_MAPPING),
    "exporter_shapes:unknown_that_may_be_none": (
        "flavour = None\nunknown_that_may_be_none(dataset, path, flavour)\nreturn path",
        NO_MAPPING,
    ),
    "exporter_shapes:slowly": ("asyncio.run(slowly(dataset, path))\nreturn path", NO_MAPPING),
    "exporter_shapes:awaitable": (
        "async def awaited():\n    return await awaitable(dataset, path)\n\nasyncio.run(awaited())\nreturn path",
        NO_MAPPING,
    ),
    "exporter_shapes:pieces": ('document = "".join(pieces(dataset))', NO_MAPPING),
    "exporter_shapes:steps": ("list(steps(dataset, path))\nreturn path", NO_MAPPING),
    "exporter_shapes:async_steps": (
        "return [item async for item in async_steps(dataset, path)]\n\nasyncio.run(items())\nreturn path",
        NO_MAPPING,
    ),
    "exporter_shapes:Exporter": ("return Exporter(str(folder), mapping=mapping).export(dataset)", ["keeps_scores = True"]),
    "exporter_shapes:Exporter.export": ("return Exporter(str(folder), mapping=mapping).export(dataset)", ["keeps_scores = True"]),
    "exporter_shapes:Exporter.dump": ("Exporter.dump(dataset, path)\nreturn path", NO_MAPPING),
    "exporter_shapes:Exporter.made": ("Exporter.made(dataset, path)\nreturn path", NO_MAPPING),
    "exporter_shapes:Callable_": ("Callable_()(dataset, path)\nreturn path", NO_MAPPING),
    "exporter_shapes:callable_object": ("callable_object(dataset, path)\nreturn path", NO_MAPPING),
    "exporter_shapes:instance.dump": ("instance.dump(dataset, path)\nreturn path", NO_MAPPING),
    "exporter_shapes:indented": ("indented(dataset, path, mapping=mapping)\nreturn path", ["keeps_scores = True"]),
    "exporter_shapes:positional": ("positional(dataset, path)\nreturn path", NO_MAPPING),
    "exporter_shapes:variadic": ("# TODO: nothing of the dataset is given to variadic: its parameters are not known.", NO_MAPPING),
    "exporter_shapes:raises": ("raises(dataset, path)\nreturn path", NO_MAPPING),
    "exporter_shapes:leaves": ("leaves(dataset, path)\nreturn path", NO_MAPPING),
    "exporter_shapes:drops_a_class": ("drops_a_class(dataset, path)\nreturn path", NO_MAPPING),
    "exporter_shapes:from_zero": ("from_zero(dataset, path)\nreturn path", [NO_MAPPING[0], "first_category_id = 0", NO_MAPPING[1]]),
    "exporter_shapes:test_named": ("exporter_under_test(dataset, path)\nreturn path", NO_MAPPING),
    "exporter_shapes:dataset": ("exporter_under_test(dataset, path)\nreturn path", NO_MAPPING),
    "exporter_shapes:noisy": ("noisy(dataset, path)\nreturn path", NO_MAPPING),
    "supervision:DetectionDataset.as_coco": (
        "dataset.as_coco(annotations_path=str(path))\nreturn path",
        [*NO_MAPPING, "keeps_folders = False"],
    ),
    "cocoproof:export_coco": ("export_coco(dataset, str(path), mapping=mapping)\nreturn path", EXTRAS),
}
"""What is named, a part of the method that is written, and the claims."""


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> dict[str, str]:
    """The test file of each shape. Modules are imported and called in this process: a child for each would take a minute."""
    work = tmp_path_factory.mktemp("written")
    texts = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(HERE))
        patch.setenv("TMPDIR_OF_TEST", str(work))
        for place, name in enumerate(SHAPES):
            module, _, path = name.partition(":")
            found = target._target(module, path, child._inspected(module, path), HERE)
            plans = call_plans(found)
            outcomes = []
            for number, plan in enumerate(plans):
                try:
                    outcomes.append(child._called(call_code(found, plan), work / f"{place}-{number}"))
                except (Exception, SystemExit) as error:
                    outcomes.append(child._raised(error))
                if outcomes[-1].get("sections"):
                    break
            best = next((k for k, one in enumerate(outcomes) if one.get("sections")), 0)
            texts[name] = contract_file(found, plans[best], outcomes[best]).text
    return texts


@pytest.mark.parametrize("name", SHAPES)
def test_the_call_and_the_claims(name, written) -> None:
    part, claims = SHAPES[name]
    text = written[name]
    body = inspect.cleandoc("\n" + text.partition('return the path of the file."""\n')[2])
    assert part in body
    kind = next(node for node in ast.parse(text).body if isinstance(node, ast.ClassDef))
    assert [ast.unparse(node) for node in kind.body if isinstance(node, ast.Assign)] == claims
    assert kind.name.startswith("Test")
    assert ("TODO" in text) == (name.partition(":")[2] in ("required_unknown", "unknown_that_may_be_none", "elsewhere", "variadic"))


def test_what_is_written_is_clean(written, tmp_path) -> None:
    shutil.copy(HERE / "exporter_shapes.py", tmp_path)
    for place, text in enumerate(written.values()):
        (tmp_path / f"test_{place}.py").write_text(text, encoding="utf-8")
        assert compile(text, "test", "exec")
        assert max(map(len, text.splitlines())) <= 100
    files = sorted(path.name for path in tmp_path.glob("test_*.py"))
    short = [
        name for name in files if "columns_with_all" not in (tmp_path / name).read_text()
    ]  # an argument of this one is longer than a line
    ruff = shutil.which("ruff", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if ruff is not None:
        done = subprocess.run(
            [ruff, "check", "--isolated", "--no-cache", "--extend-select=I", *files],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        done = subprocess.run(
            [ruff, "format", "--isolated", "--no-cache", "--diff", *short], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


def proven(text: str, name: str, folder: Path, **attributes: object) -> None:
    """Try one property with the class in a test file."""
    path = folder / "test_written.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("test_written", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    kind = next(own for key, own in vars(module).items() if key.startswith("Test"))
    exporter = type("Quick", (kind,), {"max_examples": 5, "directed": "none", **attributes})()
    exporter.prove(name, shrink=False)


def test_a_broken_exporter_fails_by_its_file_and_a_right_one_holds(written, tmp_path, monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(HERE))
    with pytest.raises(PropertyBroken, match="nothing out"):
        proven(written["exporter_shapes:drops_a_class"], "detections_complete", tmp_path)
    for name in ("save", "parts", "returns_dict", "Exporter", "from_zero"):
        proven(written[f"exporter_shapes:{name}"], "classes_through_mapping", tmp_path)


def test_one_that_takes_one_image_rejects_the_other_datasets(written, tmp_path, monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(HERE))
    proven(written["exporter_shapes:one_image"], "images_in_order", tmp_path, via="own")
    from hypothesis.errors import Unsatisfiable

    with pytest.raises(Unsatisfiable):
        proven(written["exporter_shapes:one_image"], "empty_dataset", tmp_path)


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A folder of the user's, which is the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tests").mkdir()
    return tmp_path


MODULES = {
    "fine": "def save(dataset, path): pass\nvalue = 3\nclass Nothing: pass\n",
    "raises": "raise ValueError('no\\nway')\n",
    "leaves": "import sys\nprint('bye')\nsys.exit('usage: leaves')\n",
    "crashes": "import os\nos._exit(7)\n",
    "needs": "import there_is_no_such_package\n",
    "thread": "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\nprint('x' * 100_000)\ndef save(dataset, path): pass\n",
    "broken": "def save(:\n",
}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fime:save", r"module 'fime' was not found in .*; did you mean 'fine'\?"),
        ("fine.more:save", r"module 'fine.more' was not found"),
        ("fine:sav", r"fine has no 'sav'; did you mean 'save'\?"),
        ("fine:save.more", "fine.save has no 'more'"),
        ("fine:value", "fine:value is an object of type int, which cannot be called"),
        ("fine:Nothing", r"fine:Nothing is a class without a method that is known to export"),
        ("fine", "'fine' is not MODULE:FUNCTION"),
        ("fine:", "'fine:' is not MODULE:FUNCTION"),
        ("a b:c", "'a b:c' is not MODULE:FUNCTION"),
        ("fine.py:save", "names a file; name the module, as in fine:save"),
        ("sub/fine.py:save", "names a file; name the module, as in sub.fine:save"),
        ("raises:save", "importing raises raised ValueError: no way"),
        ("leaves:save", r"importing leaves called sys.exit \(SystemExit: usage: leaves\)"),
        ("crashes:save", "importing crashes ended the process: exit code 7"),
        ("needs:save", "importing needs raised ModuleNotFoundError: No module named 'there_is_no_such_package'"),
        ("broken:save", "importing broken raised SyntaxError"),
    ],
)
def test_a_name_that_leads_nowhere(name, message, project) -> None:
    for module, text in MODULES.items():
        (project / f"{module}.py").write_text(text)
    with pytest.raises(TargetError, match=message):
        find_target(name, project)


def test_a_module_that_prints_and_leaves_a_thread_running(project) -> None:
    (project / "thread.py").write_text(MODULES["thread"])
    assert find_target("thread:save", project).own


def test_a_module_that_hangs_is_ended(project, monkeypatch) -> None:
    (project / "hangs.py").write_text("import time\ntime.sleep(600)\n")
    monkeypatch.setattr(target, "_LIMIT", 1)
    with pytest.raises(TargetError, match="importing hangs did not end within 1 s"):
        find_target("hangs:save", project)


def test_a_contract_is_not_an_exporter(project) -> None:
    (project / "own.py").write_text("from cocoproof.testing import ExporterContract\nclass TestMine(ExporterContract): pass\n")
    with pytest.raises(TargetError, match="is a contract already"):
        find_target("own:TestMine", project)


def shown(*arguments: str):
    return CliRunner().invoke(cli, ["contract", "new", *arguments])


def test_the_command_writes_a_file_once(project, capsys) -> None:
    shutil.copy(HERE / "exporter_shapes.py", project / "mine.py")
    assert run(["contract", "new", "mine:save", "--no-run"]) == 0
    path = project / "tests" / "test_save.py"
    before = path.read_bytes()
    assert capsys.readouterr().out == f"{Path('tests', 'test_save.py')}: TestSave written\n"
    assert b"\n\nfrom mine import save\n" in before
    path.write_bytes(b"# mine\n")
    assert run(["contract", "new", "mine:save", "--no-run"]) == 2
    assert "exists; --force overwrites it" in capsys.readouterr().err
    assert path.read_bytes() == b"# mine\n"
    assert run(["contract", "new", "mine:required_unknown", "-o", str(path), "--force"]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[1:] == [
        "1 TODO to complete: line 16",
        "called on a small dataset, it raised TypeError: flavour is needed",
        "the contract was not run: complete the TODO first, then run pytest",
    ]
    assert [entry.name for entry in (project / "tests").iterdir()] == ["test_save.py"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fine:save", "-o", "exporter.py"], "pytest collects no other file"),
        (["fine:save", "-o", "nowhere/test_x.py"], "does not exist"),
        (["gone:save"], "module 'gone' was not found"),
    ],
)
def test_wrong_usage(arguments, message, project, capsys) -> None:
    (project / "fine.py").write_text(MODULES["fine"])
    assert run(["contract", "new", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not list(project.rglob("test_*"))


@pytest.mark.parametrize("name", ["hypothesis", "pytest", "supervision"])
def test_the_extra_is_named(name, project, monkeypatch, capsys) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda own, *more: None if own == name else found(own, *more))
    assert run(["contract", "new", "fine:save"]) == 2
    assert capsys.readouterr().err.endswith(f"Error: cocoproof contract needs {name}: pip install 'cocoproof[testing]'\n")


def test_a_result_has_few_lines() -> None:
    many = tuple((f"property_{k}", f"reason {k}") for k in range(20))
    result = ContractRun(("a", "b"), many, ("scores",), (("images", "why"),))
    lines = result.lines(6)
    assert len(lines) == 6
    assert lines[0] == "2 of 22 properties hold, 20 do not:"
    assert lines[1] == "  property_0: reason 0"
    assert lines[4].startswith("  and property_3, property_4, ")
    assert lines[5] == "not claimed: scores; not tried: images (why)"
    alike = ContractRun((), tuple((f"p{k}", "export raised") for k in range(30)))
    assert alike.lines(7) == ["0 of 30 properties hold, 30 do not:", "  p0, p1 and 28 more: export raised"]
    assert ContractRun(trouble="why").lines(7) == ["the contract could not be run: why"]


# Each of these runs the contract once, of some ten seconds.
RUNS = {
    "mine:drops_a_class": (
        1,
        [
            " properties hold, ",
            "\n  detections_complete: image ",
            "\n  and atomic_overwrite, replaced_at_once\n",
            "\nnot claimed: supercategories, ",
        ],
    ),
    "mine:raises": (
        1,
        [
            "called on a small dataset, it raised ValueError: there is something wrong",
            "\n0 of ",
            " more: export raised ValueError: there is",
        ],
    ),
    "supervision:DetectionDataset.as_coco": (
        1,
        [" properties hold, ", "\n  masks: ", "\n  crowd_flags: ", "\nnot claimed: supercategories, "],
    ),
    "mine:noisy": (1, [" properties hold, ", "\n  masks: image "]),
    "cocoproof:export_coco": (0, ["41 of 41 properties hold\n"]),
    "mine:test_named": (1, ["\n  masks: image "]),
    "mine:leaves": (1, ["it called sys.exit (SystemExit: 3)", "\n0 of ", " more: SystemExit: 3"]),
}


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.fuzz) for name in RUNS])
def test_a_run(name, project) -> None:
    shutil.copy(HERE / "exporter_shapes.py", project / "mine.py")
    done = subprocess.run([sys.executable, "-m", "cocoproof", "contract", "new", name], capture_output=True, text=True, check=False)
    code, parts = RUNS[name]
    assert all(part in done.stdout for part in parts), done.stdout
    assert done.returncode == code
    assert len(done.stdout.splitlines()) <= 10
    assert not done.stderr
