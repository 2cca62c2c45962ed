# panlabel 0.7.0: scores
# image 0.png, detection 0: score 0.9994213667001635 in, 0.9994213667001636 out
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage

drawn = DrawnDataset(classes=('0',), images=(
    DrawnImage('0.png', 1, 1, boxes=((0.0, 0.0, 1.0, 1.0),), class_id=(0,), confidence=(0.9994213667001635,), tracker_id=(0,), oriented_boxes=(((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)),), data={'note': ('0',), 'weight': (0.0,)}),
))
dataset = drawn.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
mapping = ClassMapping.from_ids({0: 1}, {1: '0'}, source=['0'])
