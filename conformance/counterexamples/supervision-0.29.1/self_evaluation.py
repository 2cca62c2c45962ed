# supervision 0.29.1: self_evaluation
# segm: 1 detections are to be found, but there is nothing to find: all of it is ignored, as crowds are; 1 annotation without a mask that can be read left out
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage

drawn = DrawnDataset(classes=('0',), images=(
    DrawnImage('0.png', 1, 1, boxes=((0.0, 0.0, 1.0, 1.0), (0.0, 0.0, 1.0, 1.0)), class_id=(0, 0), masks=(('#',), ('#',)), crowd=(1, 0)),
))
dataset = drawn.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
mapping = ClassMapping.from_ids({0: 1}, {1: '0'}, source=['0'])
