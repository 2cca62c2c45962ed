# supervision 0.29.1: boxes
# image 1.png, detection 0: box [0.244820445776, 0, 2, 1] in, [0.244820445776, 0, 1.9999999702, 1] out (x1, y1, x2, y2), 2.98023e-08 px off
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage

drawn = DrawnDataset(classes=('0',), images=(
    DrawnImage('1.png', 2, 1, boxes=((0.24482044577598572, 0.0, 2.0, 1.0),), class_id=(0,), box_type='float32'),
))
dataset = drawn.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
mapping = ClassMapping.from_ids({0: 1}, {1: '0'}, source=['0'])
