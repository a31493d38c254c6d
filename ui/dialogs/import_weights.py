"""Asks for weights that a person wants to bring, after saying what is needed and under what terms."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QRegularExpression, Qt, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from core.domain.installation import ImportKind, ImportRequest
from ui.icons import Icon
from ui.theme import ButtonKind
from ui.tokens import SPACE
from ui.widgets.buttons import push_button

_NAME = "([A-Za-z0-9][A-Za-z0-9._-]{0,79})?"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportWords:
    """What is said of a kind of weights: its name, what is needed, its terms, what it changes, and its files."""

    title: str
    needs: str
    terms: str
    effect: str
    files: str


def import_words(kind: ImportKind) -> ImportWords:
    """Return what is said of a kind, in the language of the window."""

    def said(text: str) -> str:
        return QCoreApplication.translate("ImportWeights", text)

    if kind is ImportKind.DFREC:
        return ImportWords(
            title=said("Official DFREC checkpoint"),
            needs=said(
                "The .pth file that the authors of DFREC (Yu et al. 2024) released. It is converted; the file "
                "itself stays as it is."
            ),
            terms=said(
                "Its authors’ terms apply, and those of the data it was trained on: FaceForensics++, "
                "CelebA-MegaFS or FFHQ-E4S, according to the file."
            ),
            effect=said(
                "Choose it as the recovery model in the preferences. No error rates were measured with it here, "
                "so its findings stay inconclusive."
            ),
            files=said("PyTorch checkpoints (*.pth *.pt)"),
        )
    if kind is ImportKind.ARCFACE:
        return ImportWords(
            title=said("insightface pack or ArcFace model"),
            needs=said(
                "An unpacked insightface pack such as buffalo_l, or its recognition model alone, for example "
                "w600k_r50.onnx. It is copied."
            ),
            terms=said(
                "insightface licenses its own packs for non-commercial research only. Other use needs a licence "
                "from insightface."
            ),
            effect=said(
                "Galleries can be made with it. A pack’s face detector can be chosen in the preferences. No "
                "error rates were measured with it here, so its findings stay inconclusive."
            ),
            files=said("ONNX models (*.onnx)"),
        )
    return ImportWords(
        title=said("FaceNet weights"),
        needs=said(
            "The state dict of facenet-pytorch’s InceptionResnetV1, for example 20180402-114759-vggface2.pt. "
            "It is converted."
        ),
        terms=said(
            "Its publisher’s terms apply, and those of the data it was trained on: VGGFace2 or CASIA-WebFace, "
            "according to the file. Read them before use."
        ),
        effect=said(
            "Galleries can be made with it. No error rates were measured with it here, so its findings stay "
            "inconclusive."
        ),
        files=said("PyTorch weights (*.pt *.pth)"),
    )


class ImportWeightsDialog(QDialog):
    """Form of one import; show it with `open()`. It deletes itself when closed.

    Signals:
        import_asked: (ImportRequest) a file is chosen and its terms are confirmed.
    """

    import_asked = Signal(object)

    def __init__(self, kind: ImportKind, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self._kind = kind
        self._words = import_words(kind)
        self.setWindowTitle(self.tr("Import: {what}").format(what=self._words.title))
        self.setMinimumWidth(640)
        self._path = QLineEdit(self)
        self._path.setAccessibleName(self.tr("File"))
        self._path.setToolTip(self.tr("Path of the weights file"))
        self._name = QLineEdit(self)
        self._name.setAccessibleName(self.tr("Name"))
        self._name.setToolTip(self.tr("Letters, digits, dots, hyphens and underscores"))
        self._name.setPlaceholderText(self.tr("made from the file’s name"))
        self._name.setValidator(QRegularExpressionValidator(QRegularExpression(_NAME), self._name))
        self._half = QCheckBox(self.tr("Store in &16 bits: half the size, rounded"), self)
        self._half.setVisible(kind is ImportKind.DFREC)
        self._confirmed = QCheckBox(self.tr("I have read the &terms, and may use these weights for my work"), self)
        self._import = push_button(self.tr("Import"), kind=ButtonKind.PRIMARY, glyph=Icon.IMPORT, parent=self)
        for box in (self._half, self._confirmed):
            box.setAccessibleName(box.text().replace("&", ""))
            box.setToolTip(box.text().replace("&", ""))
        self._arrange()
        self._path.textChanged.connect(self._validate)
        self._confirmed.toggled.connect(self._validate)
        self._import.clicked.connect(self._hand_in)
        self._validate()

    def choose(self, path: Path) -> None:
        """Fill in the file, as the file chooser does."""
        self._path.setText(str(path))

    def confirm_terms(self, is_confirmed: bool) -> None:
        """Tick or clear the confirmation."""
        self._confirmed.setChecked(is_confirmed)

    @property
    def can_import(self) -> bool:
        """Whether nothing is missing."""
        return self._import.isEnabled()

    def _validate(self) -> None:
        path = Path(self._path.text().strip()).expanduser()
        self._import.setEnabled(path.is_absolute() and self._confirmed.isChecked())
        missing = self.tr("Choose a file first") if not path.is_absolute() else self.tr("Confirm the terms first")
        self._import.setToolTip(self.tr("Check the file and bring it in") if self.can_import else missing)

    def _hand_in(self) -> None:
        self.import_asked.emit(
            ImportRequest(
                kind=self._kind,
                path=Path(self._path.text().strip()).expanduser(),
                name=self._name.text().strip(),
                as_half=self._kind is ImportKind.DFREC and self._half.isChecked(),
            )
        )
        self.accept()

    def _choose(self, *, is_folder: bool) -> None:
        dialog = QFileDialog(self, self._words.title, str(Path.home()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if is_folder:
            dialog.setFileMode(QFileDialog.FileMode.Directory)
        else:
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
            dialog.setNameFilters([self._words.files, self.tr("All files (*)")])
        dialog.fileSelected.connect(self._path.setText)
        dialog.open()

    def _arrange(self) -> None:
        where = QHBoxLayout()
        where.setSpacing(SPACE)
        where.addWidget(self._path, 1)
        file_button = push_button(self.tr("Choose file…"), glyph=Icon.OPEN, parent=self)
        file_button.clicked.connect(lambda: self._choose(is_folder=False))
        where.addWidget(file_button)
        if self._kind is ImportKind.ARCFACE:
            folder_button = push_button(self.tr("Choose pack…"), glyph=Icon.FOLDER, parent=self)
            folder_button.clicked.connect(lambda: self._choose(is_folder=True))
            folder_button.setAutoDefault(False)
            where.addWidget(folder_button)
        form = QFormLayout()
        form.setVerticalSpacing(SPACE + 2)
        form.setHorizontalSpacing(2 * SPACE)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        file_label = QLabel(self.tr("&File"), self)
        file_label.setBuddy(self._path)
        form.addRow(file_label, where)
        form.addRow(self.tr("&Name"), self._name)
        if self._kind is ImportKind.DFREC:
            form.addRow("", self._half)
        cancel = push_button(self.tr("Cancel"), keys=self.tr("Esc"), parent=self)
        cancel.clicked.connect(self.reject)
        for button in (file_button, cancel):
            button.setAutoDefault(False)
        foot = QHBoxLayout()
        foot.addStretch()
        foot.addWidget(cancel)
        foot.addWidget(self._import)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE + 4)
        column.addWidget(_label(self._words.title, "strong"))
        for title, text in (
            (self.tr("What is needed"), self._words.needs),
            (self.tr("Terms"), self._words.terms),
            (self.tr("What it changes"), self._words.effect),
            (self.tr("Safety"), self.tr("Nothing in the file is run; a file that holds code is refused.")),
        ):
            part = QVBoxLayout()
            part.setSpacing(2)
            part.addWidget(_label(title, "section"))
            part.addWidget(_label(text, ""))
            column.addLayout(part)
        column.addSpacing(SPACE)
        column.addLayout(form)
        column.addWidget(self._confirmed)
        column.addSpacing(SPACE)
        column.addLayout(foot)


def _label(text: str, rank: str) -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    label.setWordWrap(True)
    if rank:
        label.setProperty("rank", rank)
    return label
