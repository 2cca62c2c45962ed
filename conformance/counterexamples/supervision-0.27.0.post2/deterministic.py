# supervision 0.27.0.post2: deterministic
# two exports differ at byte 586: b' "11/25/2026,11:15:14"\n      },\n      {\n' and b' "11/25/2026,11:15:15"\n      },\n      {\n'
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage

drawn = DrawnDataset(classes=('·\x0b', 'g'), images=(
    DrawnImage('02.png', 4, 4, boxes=((0.0, 1.0, 3.0, 4.0),), class_id=(0,), masks=(('....', '###.', '#.#.', '###.'),), crowd=(0,), box_type='int64'),
    DrawnImage('0.png', 3, 3, boxes=((0.0, 0.0, 1.0, 1.0), (1.0, 1.0, 3.0, 3.0)), class_id=(0, 0), crowd=(0, 0), confidence=(0.4053958846635143, 1.0), box_type='int64'),
))
dataset = drawn.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
mapping = ClassMapping.from_ids({0: 0, 1: 1}, {0: '·\x0b', 1: 'g'}, source=['·\x0b', 'g'])
