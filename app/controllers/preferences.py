"""The preferences: opened, shown what this installation has, applied and kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from app.installation import Installation
from app.model_facts import for_gallery
from app.session import Session
from core.domain.preferences import Preferences
from ui.dialogs.preferences import PreferencesDialog
from ui.theme import ThemeMode, apply_theme


class PreferencesController(QObject):
    """Opens the dialog and carries out what it says.

    Args:
        session: keeps the preferences.
        installation: knows devices, weights and error rates.
        app: wears the theme.
        make_dialog: makes the dialog that shows some preferences, usually with the window as its parent.
    """

    def __init__(
        self,
        session: Session,
        installation: Installation,
        app: QApplication,
        make_dialog: Callable[[Preferences], PreferencesDialog],
    ) -> None:
        super().__init__(session)
        self._session = session
        self._installation = installation
        self._app = app
        self._make_dialog = make_dialog
        self._dialog: PreferencesDialog | None = None
        self._counted: tuple[int | None, int | None] = (None, None)
        installation.check_ended.connect(self._show_installation)

    def open(self) -> None:
        """Show the dialog."""
        if self._dialog is not None:
            self._dialog.raise_()
            return
        self._dialog = dialog = self._make_dialog(self._session.preferences)
        dialog.preferences_changed.connect(self._keep)
        dialog.theme_tried.connect(self._try_theme)
        dialog.finished.connect(self._forget)
        self._counted = (None, None)
        if self._session.gallery.is_open:
            # Only those with a photo can be found, by mistake or not.
            self._session.gallery.ask(
                lambda gallery: [person.n_templates for person in gallery.people()], self._gallery_counted
            )
        if self._installation.is_known:
            self._show_installation()
        elif not self._installation.is_checking:
            self._installation.check()
        dialog.open()

    def _gallery_counted(self, photos: list[int]) -> None:
        self._counted = sum(n > 0 for n in photos), sum(photos)
        self._show_installation()

    def _show_installation(self) -> None:
        if self._dialog is None or not self._installation.is_known:
            return
        self._dialog.show_devices(self._installation.devices)
        self._dialog.show_weights(self._installation.weights)
        self._dialog.show_thresholds(for_gallery(self._installation.thresholds, *self._counted))

    def _try_theme(self, theme: str) -> None:
        apply_theme(self._app, ThemeMode(theme))

    def _keep(self, values: Preferences) -> None:
        now = self._session.preferences  # what the program itself keeps may have changed meanwhile
        values = replace(values, recent_cases=now.recent_cases, checked_version=now.checked_version)
        apply_theme(self._app, ThemeMode(values.theme))
        is_other_gallery = values.gallery != now.gallery
        self._session.set_preferences(values)
        if is_other_gallery:
            self._session.open_gallery(values.gallery or self._session.folders.gallery, create=values.gallery is None)

    def _forget(self) -> None:
        self._dialog = None
