# supervision, by the how-to 0.28.0: deterministic
# two exports differ at byte 474: b' "12/01/2026,03:22:42"\n      }\n   ],\n   ' and b' "12/01/2026,03:22:43"\n      }\n   ],\n   '
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage

drawn = DrawnDataset(classes=('0',), images=(
    DrawnImage('0.png', 3, 3, boxes=((0.0, 0.0, 3.0, 3.0),), class_id=(0,), masks=(('###', '###', '###'),)),
))
dataset = drawn.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
mapping = ClassMapping.from_ids({0: 0}, {0: '0'}, source=['0'])
