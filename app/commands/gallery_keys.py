"""`gallery encrypt`, `decrypt`, `passphrase`: who can read the gallery's file."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from app.assembly import default_embedder_id
from app.commands.gallery_access import actor, confirmed, gallery_key, gallery_path
from app.gallery_access import open_existing
from app.gallery_unlocking import given_passphrase, new_passphrase
from app.places import is_there
from app.settings import Folders
from app.terminal import Terminal
from core.errors import GalleryError

if TYPE_CHECKING:
    from core.gallery.conversion import Conversion


def encrypt(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`gallery encrypt`: a gallery that is not there yet is made, bound to the default embedder."""
    from core.gallery.conversion import encrypt_gallery
    from core.gallery.store import Gallery

    path = gallery_path(args, folders)
    is_new = not is_there(path)
    if not is_new:
        open_existing(path).close()  # says what is wrong before anybody thinks up a passphrase
    given = given_passphrase(args.gallery_passphrase_file)
    passphrase = given if args.keyring or given is not None else new_passphrase(None, path)
    if is_new:
        Gallery.open(path, create=True, embedder_id=default_embedder_id(folders), actor=actor(args)).close()
        terminal.say_foreign(f"{path} is a new gallery, with nobody in it")
    done = encrypt_gallery(path, passphrase=passphrase, in_keyring=args.keyring, actor=actor(args))
    terminal.say_foreign(f"{path} is encrypted; its key file {path.name}.key belongs beside it")
    if passphrase is None:
        terminal.note("only this account's keyring opens it: set a passphrase too with `gallery passphrase`")
    _tell(done, terminal, "is as readable as before")
    terminal.record({"gallery": str(path), "encrypted": True, **_record(done)})
    return 0


def decrypt(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`gallery decrypt`."""
    from core.gallery.conversion import decrypt_gallery
    from core.gallery.keys import is_encrypted

    path = gallery_path(args, folders)
    open_existing(path, key := gallery_key(args, path)).close()
    if key is None or not is_encrypted(path):
        raise GalleryError("the gallery is not encrypted", next_step="nothing needs to be done", path=path)
    if not args.yes and not confirmed(f"Everybody who can read {path} will be able to read who is enrolled."):
        terminal.note("the gallery stays encrypted")
        return 1
    done = decrypt_gallery(path, key, actor=actor(args))
    terminal.say_foreign(f"{path} is encrypted no longer")
    _tell(done, terminal, "is encrypted with the former key; keep its key file")
    terminal.record({"gallery": str(path), "encrypted": False, **_record(done)})
    return 0


def passphrase(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`gallery passphrase`."""
    from core.gallery.keys import change_passphrase

    path = gallery_path(args, folders)
    key = gallery_key(args, path)
    with open_existing(path, key) as gallery:
        if key is None:
            raise GalleryError(
                "the gallery is not encrypted", next_step="`gallery encrypt` gives it a passphrase", path=path
            )
        new = None
        if args.new_passphrase_file is not None or args.in_keyring is None:
            new = new_passphrase(args.new_passphrase_file, path)
        change_passphrase(path, key, new, in_keyring=args.in_keyring)
        places = {True: "kept in the keyring", False: "taken out of the keyring", None: ""}
        changes = [words for words in ("passphrase changed" if new else "", places[args.in_keyring]) if words]
        gallery.record_key_change(actor=actor(args), detail=", ".join(changes))
    terminal.say_foreign(f"{path}: {', '.join(changes)}")
    if new:
        terminal.note("copies of the former key file still open with the former passphrase; destroy them")
    terminal.record({"gallery": str(path), "changed": list(changes)})
    return 0


def _tell(done: Conversion, terminal: Terminal, state: str) -> None:
    for name in done.removed_backups:
        terminal.say_foreign(f"removed backup {name}")
    for copy in done.copies_left:
        terminal.note(f"{copy}, made of the gallery before, {state}")


def _record(done: Conversion) -> dict[str, list[str]]:
    return {"removed_backups": list(done.removed_backups), "copies_left": [str(path) for path in done.copies_left]}
