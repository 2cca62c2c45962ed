"""Image files: opened below a root and never outside it, their headers read, their content compared.

with open_root("val2017") as root:
    images = scan(root, names, wanted)  # columns, one row per image
    same = digest(root, names[0]) == digest(root, names[1])
"""

from __future__ import annotations

from cocoproof.images.file_formats import Format
from cocoproof.images.open_file import FileState, ImageFile, OpenError
from cocoproof.images.root import Root, open_root
from cocoproof.images.scan import ImageScan, digest, scan

__all__ = ["FileState", "Format", "ImageFile", "ImageScan", "OpenError", "Root", "digest", "open_root", "scan"]
