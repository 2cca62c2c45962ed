# supervision, by the how-to 0.28.0: boxes
# image 02.png, detection 0: box [0.301384985447, 0, 2, 1] in, [0.301384985447, 0, 2.0000000596, 1] out (x1, y1, x2, y2), 5.96046e-08 px off
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage

drawn = DrawnDataset(classes=('0',), images=(
    DrawnImage('02.png', 2, 1, boxes=((0.30138498544692993, 0.0, 2.0, 1.0),), class_id=(0,), box_type='float32'),
))
dataset = drawn.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
mapping = ClassMapping.from_ids({0: 0}, {0: '0'}, source=['0'])
