"""An encrypted gallery's pages in the clear, free ones and the WAL's included, to look for what should be gone.

SQLCipher 4: pages of 4096 bytes end with 16 bytes of initialisation vector and 64 of HMAC-SHA-512; the rest is
AES-256-CBC, but for the 16 bytes of salt that begin the file (https://www.zetetic.net/sqlcipher/design/). A page of the
WAL follows a frame header of 24 bytes, after a file header of 32 (https://sqlite.org/fileformat2.html#walformat).
"""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from core.gallery.key_file import GalleryKey

_PAGE, _RESERVED, _SALT, _IV = 4096, 80, 16, 16
_WAL_HEADER, _FRAME_HEADER = 32, 24


def decrypted_database(data: bytes, key: GalleryKey) -> bytes:
    """Content of a database file, page after page; nothing of it is checked."""
    whole = len(data) // _PAGE * _PAGE
    pages = (data[start : start + _PAGE] for start in range(0, whole, _PAGE))
    return b"".join(_page(page, key, skip=_SALT if number == 0 else 0) for number, page in enumerate(pages))


def decrypted_wal(data: bytes, key: GalleryKey) -> bytes:
    """Content of a ``-wal`` file, frame after frame, those of earlier rounds included."""
    step = _FRAME_HEADER + _PAGE
    clear = []
    for start in range(_WAL_HEADER, len(data) - step + 1, step):
        is_first = data[start : start + 4] == b"\0\0\0\1"
        page = data[start + _FRAME_HEADER : start + step]
        clear.append(_page(page, key, skip=_SALT if is_first else 0))
    return b"".join(clear)


def _page(page: bytes, key: GalleryKey, *, skip: int) -> bytes:
    end = _PAGE - _RESERVED
    decryptor = Cipher(algorithms.AES(key.raw), modes.CBC(page[end : end + _IV])).decryptor()
    return decryptor.update(page[skip:end]) + decryptor.finalize()
