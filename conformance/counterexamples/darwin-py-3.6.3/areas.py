# darwin-py 3.6.3: areas
# image 0.png, detection 0: area 0.4375 px in, 0.438 px out
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage

drawn = DrawnDataset(classes=('0',), images=(
    DrawnImage('0.png', 2, 1, boxes=((1.5625, 0.0, 2.0, 1.0),), class_id=(0,)),
))
dataset = drawn.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
mapping = ClassMapping.from_ids({0: 1}, {1: '0'}, source=['0'])
