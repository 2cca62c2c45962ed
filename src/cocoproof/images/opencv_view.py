"""What OpenCV's `imread` makes of an image, beside Pillow's `convert("RGB")`: the two ways in which training code reads images."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import PIL

from cocoproof.images.decode_messages import OpenCvView

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

__all__ = ["LOSSY_MEAN", "ROUNDING", "view_of"]

ROUNDING = 2
"""The largest difference of a channel, of 255, that is not reported in formats without loss.

Measured with OpenCV 4.8, 4.11 and 5.0 beside Pillow 11.3 and 13.0: 0 for grey, RGB and palette images, 1 for 16-bit RGB and for the YCbCr of
TIFF, 2 for the arithmetic of CMYK. The smallest difference that has another cause than rounding was 60.
"""

LOSSY_MEAN = 4.0
"""The mean difference of the channels, of 255, that is not reported in formats with loss.

JPEG decoders may choose a faster inverse transform, and interpolate the chroma more simply. In libjpeg-turbo 3, these choices change the
natural images of scikit-image by up to 2.5 on average, and single pixels by up to 59.
"""

_LOSSY = frozenset({"JPEG", "MPO", "WEBP", "AVIF", "JPEG2000"})
_STRIP = 1 << 20
"""Pixels that are compared at once, so that the comparison needs little memory beside the two images."""

_NO_MEMORY = -4
"""`cv::Error::StsNoMem`."""


def view_of(image: Image.Image, data: bytes, orientation: int) -> OpenCvView:
    """Read the file with OpenCV, and compare its pixels with those of Pillow.

    OpenCV applies the EXIF orientation of some formats, depending on its release. An image that differs only by that is not different here:
    `turned` says whether it was applied.

    Args:
        image: The image, decoded by Pillow. Its pixels are as Pillow returns them: TIFF and AVIF files are already turned.
        data: The bytes of the file.
        orientation: The EXIF orientation that Pillow did not apply, 1 to 8.
    """
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    try:
        import cv2
    except Exception as error:
        return OpenCvView(skipped=f"OpenCV cannot be imported: {type(error).__name__}: {error}"[:300])
    versions = f"OpenCV {cv2.__version__}", f"Pillow {PIL.__version__}"
    cv2.setNumThreads(1)
    try:
        seen = _imread(data)
    except MemoryError:
        return OpenCvView(*versions, skipped="OpenCV needs more memory than the limit")
    except OSError as error:  # no temporary file
        return OpenCvView(*versions, skipped=f"OpenCV could not be given the file: {error}"[:300])
    except cv2.error as error:
        if error.code == _NO_MEMORY:
            return OpenCvView(*versions, skipped="OpenCV needs more memory than the limit")
        return OpenCvView(*versions, difference=f"OpenCV does not read it: imread raises an exception ({_kind(image)})")
    if seen is None:
        return OpenCvView(*versions, difference=f"OpenCV does not read it: imread returns None ({_kind(image)})")
    try:
        return _compared(image, cv2.cvtColor(seen, cv2.COLOR_BGR2RGB), orientation, versions)
    except MemoryError:
        return OpenCvView(*versions, skipped="the comparison needs more memory than the limit")


def _imread(data: bytes) -> NDArray[np.uint8] | None:
    """The pixels as `cv2.imread` returns them by default, in the order BGR; None if it returns None.

    `imdecode` would need no file, but is not the same: with OpenCV 5.0, `imread` does not read TIFF files of orientation 5 to 8.
    """
    import cv2

    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("image")
        try:
            with os.fdopen(os.dup(descriptor), "wb") as file:
                file.write(data)
            return cv2.imread(f"/proc/self/fd/{descriptor}")
        finally:
            os.close(descriptor)
    descriptor, path = tempfile.mkstemp(prefix="cocoproof-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        return cv2.imread(path)
    finally:
        with contextlib.suppress(OSError):
            Path(path).unlink()


def _compared(image: Image.Image, seen: NDArray[np.uint8], orientation: int, versions: tuple[str, str]) -> OpenCvView:
    width, height = image.size
    stored = None if seen.shape[:2] != (height, width) else _differences(image, seen)
    turned = None
    if orientation > 1:
        back = _as_stored(seen, orientation)
        turned = None if back.shape[:2] != (height, width) else _differences(image, back)
    best = min((one for one in (stored, turned) if one is not None), default=None)
    if best is None:
        size = f"{seen.shape[1]} x {seen.shape[0]} px in OpenCV, {width} x {height} px in Pillow"
        return OpenCvView(*versions, difference=f"its size is {size} ({_kind(image)})")
    is_turned = None if orientation == 1 or stored == turned else best == turned
    mean, most = best
    lossy = image.format in _LOSSY or str(image.info.get("compression", "")).endswith("jpeg")
    if mean <= LOSSY_MEAN if lossy else most <= ROUNDING:
        return OpenCvView(*versions, turned=is_turned)
    figures = f"channels differ by {mean:.3g} of 255 on average, by {most} at most"
    return OpenCvView(*versions, turned=is_turned, difference=f"{_reason(image)}: {figures}")


def _differences(image: Image.Image, seen: NDArray[np.uint8]) -> tuple[float, int]:
    """The mean and the largest difference of the channels.

    Args:
        image: The image, as Pillow reads it.
        seen: RGB pixels of the same size, uint8, shape (height, width, 3).
    """
    import numpy as np

    width, height = image.size
    total, most = 0, 0
    rows = max(1, _STRIP // width)
    for top in range(0, height, rows):
        strip = image.crop((0, top, width, min(top + rows, height)))
        ours, theirs = np.asarray(strip if strip.mode == "RGB" else strip.convert("RGB")), np.ascontiguousarray(seen[top : top + rows])
        if ours.tobytes() == theirs.tobytes():  # as in nearly all images
            continue
        difference = np.abs(ours.astype(np.int16) - theirs)
        total += int(difference.sum(dtype=np.int64))
        most = max(most, int(difference.max()))
    return total / (3 * width * height), most


def _as_stored(turned: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Undo an EXIF orientation (Exif 2.32, 4.6.4): a view of pixels of shape (height, width, 3)."""
    back = turned.transpose(1, 0, 2) if orientation >= 5 else turned
    if orientation in {3, 4, 6, 7}:
        back = back[::-1]
    return back[:, ::-1] if orientation in {2, 3, 7, 8} else back


def _kind(image: Image.Image) -> str:
    return f"{image.format} of Pillow's mode {image.mode}"


def _reason(image: Image.Image) -> str:
    """Why the pixels differ, as far as it is known."""
    mode = image.mode
    if mode.startswith("I"):
        return "it has grey values above 8 bits: OpenCV divides them by 256, Pillow's convert clips them at 255"
    if mode == "F":
        return "its grey values are floating-point numbers"
    if mode == "LAB":
        return "its colours are L*a*b*: OpenCV and Pillow convert them in different ways"
    if mode in {"CMYK", "YCbCr"}:
        return f"its colours are {mode}: OpenCV and Pillow convert them in different ways"
    if mode in {"RGBA", "LA", "PA", "La", "RGBa"} and image.format == "TIFF":
        return "it has an alpha channel: OpenCV multiplies the colours of a TIFF with it, Pillow's convert drops it"
    if mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        return "it has transparent pixels, which get other colours in OpenCV than in Pillow"
    return f"the cause is not known ({_kind(image)})"
