"""First contact with a file: open it, choose the stream, decode the first picture.

Runs in a process of its own (see `core.video.sandbox`): damaged files have crashed decoders.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path

from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from core.domain.evidence import EvidenceKind
from core.errors import NoFramesError, NotMediaError, TruncatedMediaError
from core.video import preload  # noqa: F401  (for what it loads)
from core.video.container import choose_stream, nominal_rate, open_container
from core.video.decoding import DecoderErrors, decode_from_start
from core.video.demuxing import packets, shows_picture
from core.video.facts import MediaFacts
from core.video.limits import MAX_SIDE_PX, too_large
from core.video.orientation import Orientation
from core.video.picture import orientation_of
from core.video.stills import STILL_TIME_BASE, read_still

_MICROSECOND = Fraction(1, 1_000_000)
_VFR_SAMPLE = 3000
_REORDER = 16
_ROUNDING_TICKS = 2
_RATE_TOLERANCE = Fraction(1, 100)  # average rates are counted, and a picture more or less changes them
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1")


def inspect(path: Path) -> MediaFacts:
    """Everything a decoder can tell of a file before analysis.

    Raises:
        NotMediaError, NoVideoStreamError, TruncatedMediaError, NoFramesError, FrameTooLargeError,
        EvidenceNotFoundError, EvidencePermissionError: see there.
    """
    with open_container(path) as container:
        if container.format.name.endswith("_pipe"):
            return _inspect_still(path)
        _refuse_heif(path)
        stream = choose_stream(container, path)
        first = _first_picture(container, stream, path)
        rate = nominal_rate(stream)
        stamps = _first_stamps(container, stream)
        time_base = Fraction(stream.time_base or first.time_base or Fraction(1, 1000))
        turn = orientation_of(first)
        size = (first.width, first.height)
        width, height = size[::-1] if turn.swaps_sides else size
        return MediaFacts(
            kind=EvidenceKind.VIDEO,
            container=container.format.name,
            codec=stream.codec_context.codec.canonical_name,
            pixel_format=first.format.name,
            stream_index=stream.index,
            n_video_streams=len(container.streams.video),
            has_audio=bool(container.streams.audio),
            width_px=width,
            height_px=height,
            rotation_deg=turn.rotation_deg,
            mirrored=turn.mirrored,
            pixel_aspect=_pixel_aspect(stream, turn),
            nominal_fps=rate,
            is_vfr=_is_uneven(stamps, rate, stream.base_rate),
            time_base=time_base,
            duration_s=_duration(container, stream),
            first_s=stamps[0] * time_base if stamps else None,
            encoder=_encoder(container, stream),
        )


def inspect_to_json(path: Path, argument: str, data: bytes) -> bytes:
    """`inspect` for `core.isolation.call.isolated_call`: `MediaFacts` as JSON."""
    return inspect(path).to_json().encode()


def _inspect_still(path: Path) -> MediaFacts:
    picture = read_still(path)
    return MediaFacts(
        kind=EvidenceKind.IMAGE,
        container=picture.format.lower(),
        codec=picture.format.lower(),
        pixel_format=picture.mode,
        stream_index=0,
        n_video_streams=1,
        has_audio=False,
        width_px=picture.rgb.shape[1],
        height_px=picture.rgb.shape[0],
        rotation_deg=picture.orientation.rotation_deg,
        mirrored=picture.orientation.mirrored,
        pixel_aspect=Fraction(1),
        nominal_fps=None,
        is_vfr=None,
        time_base=STILL_TIME_BASE,
        duration_s=None,
        first_s=Fraction(0),
        encoder=picture.software,
    )


def _refuse_heif(path: Path) -> None:
    with path.open("rb") as stream:
        head = stream.read(12)
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        raise NotMediaError(
            "HEIF photographs are stored in tiles that are not put together here",
            next_step="convert a copy to PNG",
            path=path,
        )


def _first_picture(container: InputContainer, stream: VideoStream, path: Path) -> VideoFrame:
    errors = DecoderErrors()
    first = next(decode_from_start(path, errors), None)
    if first is not None:
        if max(first.width, first.height) > MAX_SIDE_PX:
            raise too_large(first.width, first.height, path)
        return first
    if errors.no_memory:
        raise MemoryError
    if stream.frames or _duration(container, stream) or errors.count:
        raise TruncatedMediaError(
            "the file ends, or is damaged, before its first picture",
            next_step="obtain a complete copy from the source",
            path=path,
        )
    raise NoFramesError("the video stream holds no picture", next_step="check the source", path=path)


def _pixel_aspect(stream: VideoStream, turn: Orientation) -> Fraction:
    stated = stream.sample_aspect_ratio
    if not stated or stated < 0:
        return Fraction(1)
    return 1 / Fraction(stated) if turn.swaps_sides else Fraction(stated)


def _first_stamps(container: InputContainer, stream: VideoStream) -> list[int]:
    """Stamps of the first pictures, ascending, stream units; of all where there are fewer than `_VFR_SAMPLE`."""
    return sorted(
        packet.pts
        for packet in islice(packets(container, stream), _VFR_SAMPLE)
        if packet.pts is not None and shows_picture(packet)
    )


def _is_uneven(stamps: list[int], rate: Fraction | None, base_rate: Fraction | None) -> bool | None:
    """Whether the first pictures' distances in time differ by more than rounding; headers often lie.

    Headers are gone by where the stamps do not tell: fewer than two, or even ones of a part of the stream only.
    """
    by_header = abs(rate / base_rate - 1) > _RATE_TOLERANCE if rate and base_rate else None
    # Where the sample was cut, a picture may lack a neighbour that is decoded later but shown before.
    measured = stamps[:-_REORDER] if len(stamps) == _VFR_SAMPLE else stamps
    distances = [after - before for before, after in pairwise(measured)]
    if not distances:
        return by_header
    if max(distances) - min(distances) > _ROUNDING_TICKS:
        return True
    return by_header if measured is not stamps else False


def _duration(container: InputContainer, stream: VideoStream) -> Fraction | None:
    if stream.duration and stream.time_base:
        return stream.duration * stream.time_base
    return container.duration * _MICROSECOND if container.duration else None


def _encoder(container: InputContainer, stream: VideoStream) -> str:
    for metadata in (stream.metadata, container.metadata):
        for name in ("encoder", "ENCODER"):
            if metadata.get(name):
                return metadata[name]
    return ""
