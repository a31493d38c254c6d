"""Which kinds of video the decoding library at hand can read."""

from __future__ import annotations

import av

# What people hand in -> the decoders of FFmpeg that read it without special hardware.
DECODERS: dict[str, tuple[str, ...]] = {
    "h264": ("h264",),
    "hevc": ("hevc",),
    "vp8": ("vp8", "libvpx"),
    "vp9": ("vp9", "libvpx-vp9"),
    "av1": ("libdav1d", "libaom-av1"),
    "mpeg4": ("mpeg4",),
    "mjpeg": ("mjpeg",),
}


def decodable_codecs() -> dict[str, bool]:
    """For each codec that evidence commonly uses, whether this PyAV decodes it."""
    return {codec: not av.codecs_available.isdisjoint(names) for codec, names in DECODERS.items()}


def ffmpeg_version() -> str:
    """Version of the library that decodes, for example ``"libavcodec 62.28.102"``."""
    return "libavcodec " + ".".join(map(str, av.library_versions["libavcodec"]))
