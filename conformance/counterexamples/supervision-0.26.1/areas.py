# supervision 0.26.1: areas
# image 0.png, detection 0: area 1.50000017881 px in, 1.50000023842 px out
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage

drawn = DrawnDataset(classes=('0',), images=(
    DrawnImage('0.png', 2, 2, boxes=((0.0, 0.0, 1.0000001192092896, 1.5),), class_id=(0,), box_type='float32'),
))
dataset = drawn.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
mapping = ClassMapping.from_ids({0: 0}, {0: '0'}, source=['0'])
