"""The canvas: what is zoomed stays in place, pixels stay pixels, boxes can be told apart, the frame is named."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from core.domain.evidence import Frame, FrameRecord, ShownFrame
from core.domain.geometry import BBox
from core.domain.time import TimePoint
from ui.widgets.box_drawing import BoxDrawing
from ui.widgets.camera import Camera
from ui.widgets.canvas_faces import face_words
from ui.widgets.video_canvas import CanvasFace, Standing, VideoCanvas

WIDTH, HEIGHT = 40, 20
SHA = "ab" * 32


def shown(index: int = 7, *, is_exact: bool = True, is_corrupt: bool = False) -> ShownFrame:
    checkers = (np.indices((HEIGHT, WIDTH)).sum(axis=0) % 2 * 255).astype(np.uint8)
    frame = Frame(
        index=index,
        time=TimePoint(pts=index * 512, time_base=Fraction(1, 12800)),
        rgb=np.repeat(checkers[..., None], 3, axis=2),
        rotation_deg=0,
        is_corrupt=is_corrupt,
    )
    return ShownFrame(frame=frame, sha256=SHA, is_exact=is_exact)


def record(frame: ShownFrame) -> FrameRecord:
    return FrameRecord(index=frame.frame.index, time=frame.frame.time, sha256=frame.sha256, is_corrupt=False)


def face(track_id: int, box: tuple[float, float, float, float], **details) -> CanvasFace:
    bbox = BBox(x1=box[0], y1=box[1], x2=box[2], y2=box[3])
    known = {"person_label": f"Person {track_id}", "colour_index": track_id}
    return CanvasFace(track_id=track_id, bbox=bbox, **{**known, **details})


@pytest.fixture
def canvas(qtbot: QtBot) -> VideoCanvas:
    made = VideoCanvas()
    qtbot.addWidget(made)
    made.resize(700, 400)
    made.show()
    qtbot.waitExposed(made)
    made.set_frame(shown(), record(shown()))
    return made


def at(canvas: VideoCanvas, x: float, y: float) -> QPoint:
    """Where a point of the frame lies on the screen."""
    return canvas.picture.camera.transform().map(QPointF(x, y)).toPoint()


def colours_of(canvas: VideoCanvas) -> set[tuple[int, int, int]]:
    image: QImage = canvas.picture.grab().toImage()
    places = [(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)]
    return {image.pixelColor(x, y).getRgb()[:3] for x, y in places}


def test_the_line_under_the_picture_names_the_frame_and_says_that_it_was_analysed(canvas):
    text = canvas.facts_text()
    assert canvas.standing is Standing.ANALYSED
    for part in ("frame 7", "pts 3584", "0:00:00.280", SHA, "The frame that was analysed"):
        assert part in text


@pytest.mark.parametrize(
    ("frame", "kept", "has_analysis", "standing"),
    [
        (shown(), None, True, Standing.BETWEEN),
        (shown(), None, False, Standing.NOT_ANALYSED),
        (shown(), replace(record(shown()), sha256="00" * 32), True, Standing.DIFFERENT),
        (shown(), record(shown(8)), True, Standing.DIFFERENT),
        (shown(is_exact=False), record(shown()), True, Standing.NEARBY),
    ],
)
def test_a_frame_that_is_not_the_analysed_one_never_passes_for_it(canvas, frame, kept, has_analysis, standing):
    canvas.set_frame(frame, kept, has_analysis=has_analysis)
    assert canvas.standing is standing
    assert "The frame that was analysed" not in canvas.facts_text()


def test_damage_is_said(canvas):
    canvas.set_frame(shown(is_corrupt=True), None)
    assert "damaged" in canvas.facts_text()


def test_without_a_frame_nothing_is_named(canvas):
    canvas.set_frame(None)
    assert canvas.standing is Standing.NONE
    assert canvas.facts_text() == "No frame"


def test_wheel_zooms_about_the_pointer_and_pixels_are_not_smoothed(canvas, qtbot):
    held = canvas.picture.camera.transform().map(QPointF(10, 5))
    for _ in range(6):
        canvas.picture.zoom(1.25, held)
    assert (held - canvas.picture.camera.transform().map(QPointF(10, 5))).manhattanLength() < 1e-6
    canvas.setFocus()
    canvas.picture.clearFocus()
    assert colours_of(canvas) <= {(0, 0, 0), (255, 255, 255)}


def test_keys_zoom_fit_and_move(canvas, qtbot):
    fitted = canvas.picture.camera.scale
    qtbot.keyClick(canvas.picture, Qt.Key.Key_Plus)
    assert canvas.picture.camera.scale == pytest.approx(1.25 * fitted)
    before = at(canvas, 0, 0)
    qtbot.keyClick(canvas.picture, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert at(canvas, 0, 0).x() < before.x()
    qtbot.keyClick(canvas.picture, Qt.Key.Key_0)
    assert canvas.picture.camera.scale == pytest.approx(1.0)
    qtbot.keyClick(canvas.picture, Qt.Key.Key_F)
    assert canvas.picture.camera.is_fitted


def test_dragging_moves_and_clicking_chooses_the_smallest_box_there(canvas, qtbot):
    canvas.set_faces([face(1, (5, 2, 35, 18)), face(2, (10, 5, 20, 15))])
    with qtbot.waitSignal(canvas.face_chosen) as chosen:
        qtbot.mouseClick(canvas.picture, Qt.MouseButton.LeftButton, pos=at(canvas, 15, 10))
    assert chosen.args == [2]
    canvas.picture.zoom(4)
    before = at(canvas, 20, 10)
    with qtbot.assertNotEmitted(canvas.face_chosen):
        qtbot.mousePress(canvas.picture, Qt.MouseButton.LeftButton, pos=before)
        qtbot.mouseMove(canvas.picture, before + QPoint(40, 10))
        qtbot.mouseRelease(canvas.picture, Qt.MouseButton.LeftButton, pos=before + QPoint(40, 10))
    assert (at(canvas, 20, 10) - before - QPoint(40, 10)).manhattanLength() <= 1


def test_boxes_differ_in_more_than_colour():
    words = [
        face_words(face(3, (0, 0, 5, 5))),
        face_words(face(3, (0, 0, 5, 5), is_ignored=True, person_label="")),
        face_words(face(3, (0, 0, 5, 5), is_added=True)),
    ]
    assert words == ["Track 3 · Person 3", "Track 3 · ignored", "Track 3 · Person 3 · drawn by hand"]


def test_boxes_are_told_to_people_who_hear(canvas):
    canvas.set_faces([face(1, (1, 1, 9, 9)), face(2, (10, 5, 20, 15))])
    assert canvas.picture.accessibleDescription() == "Track 1 · Person 1, Track 2 · Person 2"


def test_a_box_is_drawn_with_the_pointer_in_px_of_the_frame(canvas, qtbot):
    canvas.start_drawing()
    with qtbot.waitSignal(canvas.drawing_ended), qtbot.waitSignal(canvas.box_drawn) as drawn:
        qtbot.mousePress(canvas.picture, Qt.MouseButton.LeftButton, pos=at(canvas, 30, 16))
        qtbot.mouseMove(canvas.picture, at(canvas, 20, 10))
        qtbot.mouseRelease(canvas.picture, Qt.MouseButton.LeftButton, pos=at(canvas, 10, 4))
    (box,) = drawn.args
    assert (box.x1, box.y1, box.x2, box.y2) == pytest.approx((10, 4, 30, 16), abs=0.2)
    assert not canvas.is_drawing


def test_a_box_is_drawn_with_keys_alone(canvas, qtbot):
    canvas.start_drawing()
    with qtbot.waitSignal(canvas.box_drawn) as drawn:
        for key in (Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Return, Qt.Key.Key_Right, Qt.Key.Key_Down):
            qtbot.keyClick(canvas.picture, key)
        qtbot.keyClick(canvas.picture, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
        qtbot.keyClick(canvas.picture, Qt.Key.Key_Return)
    (box,) = drawn.args
    assert (box.x1, box.y1, box.x2, box.y2) == pytest.approx((12, 2, 21, 10))


def test_escape_gives_up_drawing_and_a_slip_draws_nothing(canvas, qtbot):
    canvas.start_drawing()
    with qtbot.assertNotEmitted(canvas.box_drawn):
        qtbot.mouseClick(canvas.picture, Qt.MouseButton.LeftButton, pos=at(canvas, 10, 10))
        assert canvas.is_drawing
        with qtbot.waitSignal(canvas.drawing_ended):
            qtbot.keyClick(canvas.picture, Qt.Key.Key_Escape)


def test_the_identity_map_lies_where_its_crop_was_cut(canvas):
    middle = at(canvas, 20, 10)
    plain = canvas.picture.grab().toImage().pixelColor(middle + QPoint(0, 3))
    outside = canvas.picture.grab().toImage().pixelColor(at(canvas, 35, 10) + QPoint(0, 3))
    frame_to_crop = np.array([[8, 0, -8 * 15], [0, 8, -8 * 5]], np.float32)  # px 15-25 by 5-15 of the frame
    canvas.set_identity_map(np.ones((80, 80), np.float32), frame_to_crop, "of frame 7")
    canvas.set_map_opacity(1.0)
    image = canvas.picture.grab().toImage()
    assert image.pixelColor(middle + QPoint(0, 3)) != plain
    assert image.pixelColor(at(canvas, 35, 10) + QPoint(0, 3)) == outside
    canvas.set_identity_map(None)
    assert canvas.picture.grab().toImage().pixelColor(middle + QPoint(0, 3)) == plain


def test_camera_keeps_its_view_within_limits():
    camera = Camera()
    camera.set_room(QRectF(0, 0, 100, 50))
    camera.set_size(QSizeF(50, 50))
    assert camera.scale == 1.0
    camera.zoom(1e9)
    assert camera.scale == 64.0
    camera.pan(QPointF(1e9, 0))
    assert camera.to_picture(QPointF(50, 25)).x() == 0
    camera.zoom(1e-9)
    assert camera.scale == 0.25
    camera.set_size(QSizeF(10, 10))
    assert camera.is_fitted


def test_corners_of_a_drawn_box_stay_inside_the_picture():
    drawing = BoxDrawing(QSizeF(40, 20), QPointF(20, 10))
    drawing.begin(QPointF(-5, 3))
    drawing.move(QPointF(99, 99))
    box = drawing.finished()
    assert box is not None and (box.x1, box.y1, box.x2, box.y2) == (0, 3, 40, 20)
    assert not drawing.has_begun
