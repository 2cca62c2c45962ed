# supervision 0.26.1: deterministic
# two exports differ at byte 476: b': "11/25/2026,11:13:39"\n      }\n   ],\n  ' and b': "11/25/2026,11:13:40"\n      }\n   ],\n  '
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage

drawn = DrawnDataset(classes=('0',), images=(
    DrawnImage('im 3.png', 1, 1),
))
dataset = drawn.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
mapping = ClassMapping.from_ids({0: 0}, {0: '0'}, source=['0'])
