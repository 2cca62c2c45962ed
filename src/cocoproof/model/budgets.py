"""How much work an input may cause, in operations, so that a verdict never depends on the speed of a machine.

What would exceed a budget is not checked, and the verdict says so; it is not an error of the file. Budgets that grow with the input bound
memory to some 250 MB and ten times its size. `docs/limits.md` describes what a user meets of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = [
    "CONTACTS_PER_EDGE",
    "CROSSINGS",
    "CROSSINGS_OF_FILE",
    "DEEP_VALUES",
    "DETECTIONS_OF_IMAGE",
    "DETECTION_BYTES",
    "EDGE_PAIRS",
    "EVALUATION_STEPS",
    "EXPLAINED_BYTES",
    "EXPLAINED_DEFECTS",
    "EXPLAINED_ENTRIES",
    "EXPLAINED_ROWS",
    "GEOS_CONTACTS",
    "GEOS_COST",
    "GEOS_PAIRS",
    "HASH_PAIRS",
    "IMAGE_SIDE",
    "KEYPOINT_NAMES",
    "MASK_RINGS",
    "MASK_RUNS",
    "MESSAGE_CONTACTS",
    "MESSAGE_PAIRS",
    "MESSAGE_PAIRS_OF_FILE",
    "NAME_CHARACTERS",
    "PAIRS_PER_EDGE",
    "PIXEL_PASSES",
    "RING_VERTICES",
    "SUGGESTIONS",
    "SUPERVISION_PIXELS",
    "SUPERVISION_TEXT",
    "SYNTAX_STEPS",
    "affordable",
    "portions",
]

EDGE_PAIRS = 2**24
"""Pairs of edges that one rule compares in a file to find crossings; some two seconds of numpy. A comb of ten thousand slanted teeth has
fifty million."""

RING_VERTICES = 2**19
"""Vertices of a ring that is checked for crossings. Laying out its edges takes 300 bytes each: 150 MB."""

PAIRS_PER_EDGE = 256
"""Pairs of edges with overlapping bounds that GEOS may compare for each edge of a ring. No ring of up to 512 vertices has more."""

GEOS_PAIRS = 2**27
"""Pairs beyond `PAIRS_PER_EDGE` that it may compare in a file. It takes 24 ns for each: 3 s."""

MESSAGE_PAIRS = 2**20
"""Pairs of edges of a ring that are compared to name a place in a message where it crosses itself."""

MESSAGE_PAIRS_OF_FILE = 2**24
"""The same for all rings of a file; 1,000 messages are shown by default. A message beyond that names no place. It takes 60 ns for each: 1 s."""

MESSAGE_CONTACTS = 2**12
"""Contacts of edges of a ring for which GEOS is asked for the place, where edges cross in end points alone. It takes 0.5 MB for 1,000."""

GEOS_COST = 2**17
"""Edges and contacts of the rings that GEOS is given at a time to work out their area. It takes up to 1 KB for each: 130 MB."""

CONTACTS_PER_EDGE = 8
"""Contacts of edges for each edge of a ring; tracing along pixel edges makes up to four."""

GEOS_CONTACTS = 2**20
"""Contacts beyond `CONTACTS_PER_EDGE` in the rings of a file whose area is worked out. It takes 3 µs for each: 3 s."""

HASH_PAIRS = 2**24
"""Pairs of perceptual hashes that are compared to find images of a split that look alike. It takes 60 ns for each: 1 s."""

MASK_RUNS = 2**20
"""Runs of a mask whose parts and holes are counted. It takes 150 bytes for each; a mask of 4,096 columns has that many with 256 a column."""

MASK_RINGS = 2**16
"""Polygons of one annotation whose mask is read through pycocotools and supervision. Each is an array of its own: 150 bytes and 10 µs."""

CROSSINGS = 256
"""Crossings among the polygons of one annotation beyond which their union is not worked out: it would take over 0.05 s."""

CROSSINGS_OF_FILE = 20_000
"""The same for all annotations of a file together: some seconds."""

PIXEL_PASSES = 2**22
"""Edges times columns of pixels that are visited to count the pixels of a file's polygons: about a second."""

EVALUATION_STEPS = 2**25
"""Steps in which pycocotools evaluates a file against itself, for boxes, masks and poses together: ten for each pair of annotations of an image
and category, a hundred for poses, one for 25 runs of their masks that it goes through, and 64 for each category of the file on each image, of
which it keeps an entry. About 7 s of its Python. Each of the three may take an equal part of what is left; the most crowded images are left out."""

SUPERVISION_PIXELS = 2**25
"""Pixels of masks that supervision loads of a file. It keeps every mask at a byte a pixel, three times over while it loads: 100 MB."""

NAME_CHARACTERS = 4096
"""Characters of a name that every reader takes: no path of Linux is longer."""

SUPERVISION_TEXT = 2**24
"""Characters of names that supervision may hold: the longest category name once for each annotation, four bytes each; and of a file
name some sixteen copies."""

KEYPOINT_NAMES = 1_000_000
"""Names of keypoints that an export writes into its categories, all together: COCO repeats them in each. 10 MB of text."""

DETECTIONS_OF_IMAGE = 100_000
"""Detections of one image in a source. Each takes up to 2 KB until the image is written: 200 MB."""

DETECTION_BYTES = 2**23
"""Bytes of text of one detection in a source: a row of a label file, or an entry of a JSON line. As numbers of Python it takes thirty times
that while it is read: 250 MB."""

SUGGESTIONS = 100
"""Names for which the nearest known one is looked for, of one mapping or source; the same name again counts once. Each may be compared
with 5,000 others, which takes 10 ms."""

EXPLAINED_ROWS = 2**16
"""Rows of a section that do not fit the format, and of which the JSON Schema says what is wrong. It takes 40 µs for each: 3 s."""

EXPLAINED_DEFECTS = 2**20
"""Defects of a section beyond which no further row is explained. Each takes some 300 bytes."""

EXPLAINED_BYTES = 2**16
"""Bytes of a row that is explained as it is; of the lists of a longer one only the first entries are."""

EXPLAINED_ENTRIES = 1_000
"""Entries of a list in such a row. A schema's error takes 2 KB for each."""

SYNTAX_STEPS = 2**22
"""Tokens and escapes that are looked at one by one to find where a text that was rejected is not JSON: 5 s. Lists of rows are not, nor runs of brackets."""

DEEP_VALUES = 2**16
"""Values nested too deep for readers that are located, each of which is replaced so that the rest of the document is checked."""

IMAGE_SIDE = 2**31 - 1
"""Width and height of an image in pixels that is written: what a 32-bit reader can hold."""


def affordable(costs: NDArray[np.int64], budget: int) -> NDArray[np.bool_]:
    """Which items a budget pays for, in order; one that would exceed what is left is passed over, and the next ones are tried.

    Args:
        costs: int64, shape (n,); what is not above 0 costs nothing.
        budget: What all of them may cost.

    Returns:
        bool, shape (n,).
    """
    out = np.ones(len(costs), bool)
    if int(costs.clip(min=0).sum()) <= budget:
        return out
    for place in np.flatnonzero(costs > 0).tolist():
        cost = int(costs[place])
        out[place] = cost <= budget
        budget -= cost if cost <= budget else 0
    return out


def portions(costs: NDArray[np.int64], size: int) -> Iterator[slice]:
    """Consecutive items in portions that cost no more than so much, unless one item alone does."""
    total = np.cumsum(costs)
    begin = 0
    while begin < len(costs):
        done = int(total[begin - 1]) if begin else 0
        end = max(int(np.searchsorted(total, done + size, side="right")), begin + 1)
        yield slice(begin, end)
        begin = end
