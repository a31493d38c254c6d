import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from ui.imaging import to_pixmap, to_qimage


def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)


def pixels(image) -> list[tuple[int, int, int]]:
    return [image.pixelColor(x, y).toTuple()[:3] for y in range(image.height()) for x in range(image.width())]


def test_every_pixel_arrives_where_it_was() -> None:
    """7 px a row is no multiple of four bytes: a wrong stride would shear the picture."""
    rgb = picture()
    assert pixels(to_qimage(rgb)) == [tuple(map(int, p)) for p in rgb.reshape(-1, 3)]


def test_strided_and_read_only_arrays_are_taken() -> None:
    rgb = picture()
    rgb.flags.writeable = False
    view = rgb[::-1, ::2]
    assert pixels(to_qimage(view)) == [tuple(map(int, p)) for p in view.reshape(-1, 3)]


def test_the_picture_owns_its_pixels() -> None:
    rgb = picture()
    image = to_qimage(rgb)
    before = pixels(image)
    rgb[:] = 0
    assert pixels(image) == before


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 4)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected"):
        to_qimage(np.zeros(shape, np.uint8))


def test_floats_are_refused() -> None:
    with pytest.raises(ValueError, match="float32"):
        to_qimage(np.zeros((4, 4, 3), np.float32))


def test_pixmaps_have_the_size_of_the_array(qapp: QApplication) -> None:
    assert to_pixmap(picture()).size().toTuple() == (7, 5)
