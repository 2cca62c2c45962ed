# panlabel 0.7.0: scores
# image 0.png, detection 0: score 1.32401341279222e-55 in, 1.3240134127922198e-55 out
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage

drawn = DrawnDataset(classes=('0',), images=(
    DrawnImage('0.png', 1, 1, boxes=((0.0, 0.0, 1.0, 1.0),), class_id=(0,), confidence=(1.32401341279222e-55,)),
))
dataset = drawn.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
mapping = ClassMapping.from_ids({0: 1}, {1: '0'}, source=['0'])
