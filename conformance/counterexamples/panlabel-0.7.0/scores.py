# panlabel 0.7.0: scores
# image 02.png, detection 0: score 0.46421568724148077 in, 0.4642156872414808 out
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage

drawn = DrawnDataset(classes=('0',), images=(
    DrawnImage('02.png', 1, 1, boxes=((0.0, 0.0, 0.5, 0.5),), class_id=(0,), confidence=(0.46421568724148077,), tracker_id=(0,), oriented_boxes=(((-0.25, -0.25), (0.25, -0.25), (0.25, 0.25), (-0.25, 0.25)),), data={'note': ('0',), 'weight': (0.0,)}),
))
dataset = drawn.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
mapping = ClassMapping.from_ids({0: 1}, {1: '0'}, source=['0'])
