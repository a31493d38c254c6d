"""The page of the preferences on how videos are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QSpinBox, QVBoxLayout, QWidget

from core.domain.installation import DeviceInfo, WeightsInfo, WeightsPurpose, WeightsState
from core.domain.preferences import (
    DEVICES,
    LONGEST_PERIOD_S,
    MOST_CANDIDATES,
    MOST_FRAMES_PER_PERSON,
    Preferences,
)
from ui.dialogs.preference_parts import PathField, PreferencesPage, add_named, named_form, select_data, words
from ui.theme import scaled
from ui.widgets.installation_words import weights_words

_MTCNN = "mtcnn"
_STEPS_PER_S = 1000
_NUMBER_PX = 150


class AnalysisPage(PreferencesPage):
    """How videos are looked at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._devices: tuple[str, ...] | None = None
        self._models: dict[str, WeightsState] | None = None
        self._period = Fraction(1, 5)
        self._device = QComboBox(self)
        self._period_s = QDoubleSpinBox(self)
        self._period_s.setDecimals(3)
        self._period_s.setRange(1 / _STEPS_PER_S, LONGEST_PERIOD_S)
        self._period_s.setSingleStep(0.05)
        self._period_s.setSuffix(self.tr(" s"))
        self._period_s.setMaximumWidth(scaled(_NUMBER_PX))
        self._rate = words("", "small", self)
        self._frames = self._count(MOST_FRAMES_PER_PERSON)
        self._candidates = self._count(MOST_CANDIDATES)
        self._model = QComboBox(self)
        self._detector = QComboBox(self)
        self._detector.addItem(self.tr("MTCNN, built in"), _MTCNN)
        self._detector.addItem(self.tr("SCRFD or RetinaFace of an insightface pack"), "")
        self._pack = PathField(
            self.tr("Folder of the pack, or its detector"),
            self.tr("Pack or detector"),
            self.tr("ONNX models (*.onnx)"),
            takes_folder=True,
            parent=self,
        )
        self._gallery = PathField(
            self.tr("Gallery that opens with the program"),
            self.tr("Gallery"),
            self.tr("Galleries (*.db)"),
            takes_folder=False,
            parent=self,
        )
        self._gallery.line.setPlaceholderText(self.tr("your own gallery"))
        self._arrange()
        self.show_devices(None)
        self.show_models(None)
        self._device.currentIndexChanged.connect(self.changed)
        self._period_s.valueChanged.connect(self._period_changed)
        self._frames.valueChanged.connect(self.changed)
        self._candidates.valueChanged.connect(self.changed)
        self._model.currentIndexChanged.connect(self.changed)
        self._detector.currentIndexChanged.connect(self._detector_changed)
        self._pack.changed.connect(self.changed)
        self._gallery.changed.connect(self.changed)

    def chosen_model(self) -> str:
        """Return the name of the recovery weights."""
        return str(self._model.currentData() or "")

    def show_devices(self, devices: Sequence[DeviceInfo] | None) -> None:
        """Say which devices there are; None while that is not known."""
        chosen = self._device.currentData()
        there = {device.name: device.description for device in devices or ()}
        self._devices = None if devices is None else tuple(there)
        self._device.blockSignals(True)
        self._device.clear()
        for name in DEVICES:
            text = self.tr("Automatic: CUDA where there is one, else the processor") if name == "auto" else name.upper()
            if name in there:
                text = f"{text}: {there[name]}"
            elif devices is not None and name != "auto":
                text = self.tr("{device}: not on this computer").format(device=text)
            self._device.addItem(text, name)
        self._device.setCurrentIndex(max(0, self._device.findData(chosen)))
        self._device.blockSignals(False)
        self.changed.emit()

    def show_models(self, weights: Sequence[WeightsInfo] | None) -> None:
        """Say which recovery weights there are; None while that is not known."""
        chosen = self.chosen_model()
        recovery = [info for info in weights or () if info.purpose is WeightsPurpose.RECOVERY]
        self._models = None if weights is None else {info.name: info.state for info in recovery}
        self._model.blockSignals(True)
        self._model.clear()
        for info in recovery:
            text = info.name
            if info.state is not WeightsState.INTACT:
                text = f"{info.name} ({weights_words(info.state).lower()})"
            self._model.addItem(text, info.name)
        if chosen:
            select_data(self._model, chosen, self._absent_model(chosen))
        self._model.blockSignals(False)
        self.changed.emit()

    def show_values(self, values: Preferences) -> None:
        """See `PreferencesPage`."""
        self._period = values.sample_period_s
        select_data(self._device, values.device, values.device)
        self._period_s.setValue(float(values.sample_period_s))
        self._frames.setValue(values.frames_per_person)
        self._candidates.setValue(values.candidates)
        select_data(self._model, values.model, self._absent_model(values.model))
        is_built_in = values.detector == _MTCNN
        self._detector.setCurrentIndex(self._detector.findData(_MTCNN if is_built_in else ""))
        self._pack.line.setText("" if is_built_in else values.detector)
        self._gallery.set_path(values.gallery)
        self._detector_changed()
        self._period_changed()

    def edited(self, values: Preferences) -> Preferences:
        """See `PreferencesPage`."""
        return replace(
            values,
            device=self._device.currentData(),
            sample_period_s=self._edited_period(),
            frames_per_person=self._frames.value(),
            candidates=self._candidates.value(),
            model=self.chosen_model(),
            detector=self._detector.currentData() or str(self._pack.path() or ""),
            gallery=self._gallery.path(),
        )

    def problem(self) -> tuple[QWidget, str] | None:
        """See `PreferencesPage`."""
        device, model = self._device.currentData(), self.chosen_model()
        if self._devices is not None and device not in ("auto", *self._devices):
            return self._device, self.tr("This computer has no such device: choose another one, or Automatic.")
        if self._models is not None and self._models.get(model) is not WeightsState.INTACT:
            return self._model, self.tr("These weights are missing or altered: choose others, or import them again.")
        pack = self._pack.path()
        if not self._detector.currentData() and (pack is None or not pack.is_absolute()):
            return self._pack.line, self.tr("Choose the folder of an insightface pack, or its detector.")
        gallery = self._gallery.path()
        if gallery is not None and not gallery.is_absolute():
            return self._gallery.line, self.tr("Give the whole path of the gallery, or choose it.")
        return None

    def _edited_period(self) -> Fraction:
        """What was stored where it was not touched: 1/30 is no number of milliseconds."""
        shown = self._period_s.value()
        if abs(shown - float(self._period)) < 0.5 / _STEPS_PER_S:
            return self._period
        return Fraction(round(shown * _STEPS_PER_S), _STEPS_PER_S)

    def _period_changed(self) -> None:
        rate = 1 / float(self._edited_period())
        self._rate.setText(
            self.tr("{n} frames of each second are looked at; every frame is decoded.").format(n=f"{rate:.3g}")
        )
        self.changed.emit()

    def _detector_changed(self) -> None:
        self._pack.setVisible(not self._detector.currentData())
        self.changed.emit()

    def _absent_model(self, name: str) -> str:
        return name if self._models is None else self.tr("{name} (not installed)").format(name=name)

    def _count(self, most: int) -> QSpinBox:
        box = QSpinBox(self)
        box.setRange(1, most)
        box.setMaximumWidth(scaled(_NUMBER_PX))
        return box

    def _arrange(self) -> None:
        form = named_form()
        add_named(form, self.tr("&Device"), self._device)
        add_named(form, self.tr("&Time between frames"), self._period_s, self._rate)
        frames = self.tr("The best ones are recovered. More take longer and steady the result.")
        add_named(form, self.tr("&Frames a person"), self._frames, words(frames, "small", self))
        add_named(
            form, self.tr("&Candidates"), self._candidates, words(self.tr("Listed for each role."), "small", self)
        )
        add_named(form, self.tr("Recovery &model"), self._model)
        add_named(form, self.tr("Face d&etector"), self._detector)
        form.addRow("", self._pack)
        add_named(form, self.tr("&Gallery"), self._gallery)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(form)
        column.addStretch()
