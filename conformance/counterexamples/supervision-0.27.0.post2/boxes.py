# supervision 0.27.0.post2: boxes
# image 0.png, detection 0: box [0, 1.2113353014, 1, 4] in, [0, 1.2113353014, 1, 4.00000011921] out (x1, y1, x2, y2), 1.19209e-07 px off
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage

drawn = DrawnDataset(classes=('0',), images=(
    DrawnImage('0.png', 1, 4, boxes=((0.0, 1.211335301399231, 1.0, 4.0),), class_id=(0,), box_type='float32'),
))
dataset = drawn.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
mapping = ClassMapping.from_ids({0: 0}, {0: '0'}, source=['0'])
