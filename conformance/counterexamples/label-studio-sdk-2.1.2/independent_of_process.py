# Label Studio converter 2.1.2: independent_of_process
# the export depends on the clock: at byte 754: b'o": {\n    "year": 2026,\n    "version": "' and b'o": {\n    "year": 2036,\n    "version": "'
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage

drawn = DrawnDataset(classes=('class 0', 'class 1'), images=(
    DrawnImage('0.png', 24, 16, boxes=((1.0, 1.0, 5.0, 4.0), (0.0, 0.0, 1.0, 1.0)), class_id=(1, 0)),
))
dataset = drawn.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
mapping = ClassMapping.from_ids({0: 1, 1: 2}, {1: 'class 0', 2: 'class 1'}, source=['class 0', 'class 1'])
