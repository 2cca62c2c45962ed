# supervision, by the how-to 0.31.2: areas
# image 0.png, detection 0: area 113246272.125 px in, 113246272 px out
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage

drawn = DrawnDataset(classes=('0',), images=(
    DrawnImage('0.png', 8, 8, boxes=((0.5, 0.25, 16777225.5, 7.0),), class_id=(0,), box_type='float32'),
))
dataset = drawn.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
mapping = ClassMapping.from_ids({0: 1}, {1: '0'}, source=['0'])
