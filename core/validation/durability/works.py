"""All work that the campaign kills, by name; imported only when asked for, because each kill starts a process."""

from __future__ import annotations

from core.validation.durability.workload import Workload


def names() -> tuple[str, ...]:
    """All that can be done here."""
    from core.gallery.sqlite_engine import has_sqlcipher

    return ("case", "gallery", *(("encrypted-gallery", "conversion") if has_sqlcipher() else ()))


def work(name: str) -> Workload:
    """The work of that name, one of `names` or of `core.validation.durability.migration_work.migrations`."""
    if name == "case":
        from core.validation.durability.case_work import CaseWork

        return CaseWork()
    if "-of-schema-" in name:
        from core.validation.durability.migration_work import migrations

        return next(each for each in migrations() if each.name == name)
    if name == "conversion":
        from core.validation.durability.conversion_work import ConversionWork

        return ConversionWork()
    from core.gallery.key_file import GalleryKey
    from core.validation.durability.gallery_work import GalleryWork

    if name == "gallery":
        return GalleryWork(name, "work on a gallery")
    assert name == "encrypted-gallery"
    return GalleryWork(name, "work on an encrypted gallery", key=GalleryKey(raw=b"k" * 32))
