# darwin-py 3.6.3: self_evaluation
# segm: AP 0.000 against itself: annotation 1: its mask has no pixel, and overlaps nothing, not even itself
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage

drawn = DrawnDataset(classes=('0',), images=(
    DrawnImage('0.png', 1, 2, boxes=((0.0, 1.0, 1.0, 1.25),), class_id=(0,)),
))
dataset = drawn.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
mapping = ClassMapping.from_ids({0: 1}, {1: '0'}, source=['0'])
