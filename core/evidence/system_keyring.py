"""The operating system's keyring, where it keeps the secret of a key under a name of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from core.errors import CaseError


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemKeyring:
    """One service's entries.

    Attributes:
        service: what the keyring's own window shows.
        refused: kind of error raised where there is no keyring, or it refuses.
    """

    service: str
    refused: type[CaseError]

    def keep(self, entry: str, secret: str) -> None:
        """Keep a secret, and see that it was kept: a keyring that is switched off takes all in silence.

        Raises:
            CaseError: of kind `refused`.
        """
        import keyring

        with self._errors():
            keyring.set_password(self.service, entry, secret)
        if self.secret(entry) != secret:
            raise self.refused(
                "the system's keyring keeps nothing", next_step="use a passphrase, or switch the keyring on"
            )

    def secret(self, entry: str) -> str | None:
        """What is kept; None where the entry is not there.

        Raises:
            CaseError: of kind `refused`.
        """
        import keyring

        with self._errors():
            kept: str | None = keyring.get_password(self.service, entry)
        return kept

    def forget(self, entry: str) -> None:
        """Remove an entry, or leave all as it is where there is none.

        Raises:
            CaseError: of kind `refused`.
        """
        import keyring
        import keyring.errors

        try:
            keyring.delete_password(self.service, entry)
        except keyring.errors.PasswordDeleteError:
            return
        except keyring.errors.KeyringError as error:
            raise self.refused(
                f"the system's keyring does not give the key up ({error})",
                next_step=f"remove the entry {entry} of “{self.service}” by hand",
            ) from error

    @contextmanager
    def _errors(self) -> Iterator[None]:
        import keyring.errors

        try:
            yield
        except keyring.errors.NoKeyringError as error:
            raise self.refused(
                "this system has no keyring to keep a secret in", next_step="protect it with a passphrase"
            ) from error
        except keyring.errors.KeyringError as error:
            raise self.refused(
                f"the system's keyring refuses ({error})", next_step="unlock the keyring, or use a passphrase"
            ) from error
