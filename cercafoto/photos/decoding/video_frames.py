"""Take still frames from a video with PyAV: key frames, and one every STEP seconds between them.

A file is opened with the one reader of its kind, so that no playlist can make FFmpeg open other
files.
"""

from __future__ import annotations

import math
import time
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import av
import av.error
from PIL import Image, ImageChops, ImageStat

from cercafoto.errors import ImageError
from cercafoto.photos.decoding import memory_cost, video_facts
from cercafoto.photos.decoding.file_kind import video_reader
from cercafoto.photos.decoding.source import (
    DecodedImage,
    ReserveMemory,
    Source,
    Still,
    Wanted,
    reserve_or_refuse,
)
from cercafoto.photos.read_file import MOST_FRAMES

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

STEP = 2.0  # seconds between frames where key frames are rarer
# Mean difference of two frames, 16 x 16 pixels with values 0 to 255, from which they differ. Not
# measured: the moving frame of tests/bench/videos.py keeps 9 frames of 24 seconds.
SAME_BELOW = 10.0
FLAT_BELOW = 4.0  # standard deviation of a frame that is one colour, such as a black beginning
# Seconds of computing after which only key frames are decoded, and no more are looked for; and
# after which reading ends.
KEYS_ONLY_AFTER, END_AFTER = 45.0, 90.0
MOST_ERRORS = 10  # unreadable frames in a row after which reading ends
_TINY = (16, 16)
# A quarter turn counter-clockwise, a half, and three.
_TURNS = {
    1: Image.Transpose.ROTATE_90,
    2: Image.Transpose.ROTATE_180,
    3: Image.Transpose.ROTATE_270,
}
_NEAR = 0.05  # seconds by which two times of one frame may differ
_PQ, _HLG = 16, 18  # FFmpeg's numbers of the transfer curves of HDR
# FFmpeg's names of containers with an index of all key frames, and of those with no index at all.
_INDEXED, _STREAMED = ("mov", "avi"), ("mpegts", "mpeg")
_OPTIONS = {"max_streams": "64"}  # a phone's video has up to 8; others are not looked at


def decode(source: Source, side: int, reserve: ReserveMemory, wanted: Wanted) -> DecodedImage:
    """Return the first of the wanted frames of a video, with all of them as its `stills`. Each has
    a short side of at least `side` pixels if the video has them.

    Raises ImageError if no frame can be read.
    """
    try:
        reader = video_reader(source.stream)
        with av.open(
            source.stream, mode="r", format=reader, options=_OPTIONS, metadata_errors="replace"
        ) as container:
            return _Reading(container, source, side, reserve).decoded(wanted)
    except (av.error.FFmpegError, ValueError, IndexError, OverflowError) as error:
        raise ImageError(f"{source.name}: video danneggiato o incompleto.") from error


class _Reading:
    """Reads frames of an opened video, each later than the one before. See `decode`."""

    def __init__(
        self, container: InputContainer, source: Source, side: int, reserve: ReserveMemory
    ) -> None:
        if not container.streams.video:
            raise ImageError(f"{source.name}: è un video senza immagini.")
        self.container, self.stream = container, container.streams.video[0]
        self.codec = self.stream.codec_context
        size = self.codec.width, self.codec.height
        reserve_or_refuse(memory_cost.VIDEO_BYTES * size[0] * size[1], size, source.name, reserve)
        self.codec.thread_count = 1  # there is one process per core
        self.codec.skip_frame = "NONREF"  # frames that no other one is made from
        self.source, self.side = source, side
        self.unit = float(self.stream.time_base or 1e-6)
        self.begin = video_facts.begin_of(container, self.stream)
        self.length = video_facts.duration_of(container, self.stream)
        self.started = time.process_time()
        self.damaged = False
        self.size = (0, 0)  # of the upright video
        self._forward: Iterator[VideoFrame] = iter(())
        self._forward_at = math.inf  # time of the last frame of `_forward`

    def decoded(self, wanted: Wanted) -> DecodedImage:
        """Return the wanted frames, see `decode`. Raises ImageError if there are none."""
        if (at := wanted.at) is not None:
            frame = self._forward_to(at) or self._key_at(self._keys[-1])
            kept = [] if frame is None else [(self._image(frame), max(self._time(frame), 0.0))]
        else:
            kept = self._differing(wanted.most)
        if not kept:
            raise ImageError(f"{self.source.name}: video danneggiato o incompleto.")
        ends = [start for _, start in kept[1:]]
        last = kept[-1][1]
        ends.append(max(self.length or last + STEP, last))
        stills = tuple(Still(*each, end) for each, end in zip(kept, ends, strict=True))
        facts = video_facts.facts_of(self.container, self.stream, self.length)
        return DecodedImage(stills[0].image, *self.size, 1, facts, stills, self.damaged)

    def _differing(self, most: int) -> list[tuple[Image.Image, float]]:
        """Return (frame, time) of frames that differ from the frame before; frames of one colour
        only if the video has no other."""
        kept: list[tuple[Image.Image, float]] = []
        flat: list[tuple[Image.Image, float]] = []
        before: Image.Image | None = None
        for frame, moment in self._frames(max(most, MOST_FRAMES)):
            tiny = _scaled(frame, _TINY)
            if max(ImageStat.Stat(tiny).stddev) < FLAT_BELOW:
                flat = flat or [(self._image(frame), moment)]
                continue
            if before is not None:
                difference = ImageStat.Stat(ImageChops.difference(tiny, before)).mean
                if sum(difference) / 3 < SAME_BELOW:
                    continue
            before = tiny
            kept.append((self._image(frame), moment))
            if len(kept) == most:
                break
        return kept or flat

    def _frames(self, most: int) -> Iterator[tuple[VideoFrame, float]]:
        """Yield frames with their times, ascending: those at the planned times that can be read."""
        last, errors = -math.inf, 0
        for moment, is_key in self._planned(most):
            if self._spent() > END_AFTER or errors > MOST_ERRORS:
                self.damaged = True
                return
            if not is_key and self._spent() > KEYS_ONLY_AFTER:
                self.damaged |= moment - self._key_before(moment) > 5 * STEP
                continue
            frame = self._key_at(moment) if is_key else self._forward_to(moment)
            if frame is None or frame.is_corrupt:
                errors += 1
                # Nothing is lost at the very end, where a header may promise too much.
                self.damaged |= is_key or self.length is None or moment < self.length - STEP
                continue
            errors = 0
            if (reached := self._time(frame)) > last + _NEAR:
                last = reached
                yield frame, max(reached, 0.0)

    def _planned(self, most: int) -> list[tuple[float, bool]]:
        """Return the times at which to look for frames, ascending, at most `most`, each with
        whether a key frame is there."""
        step = max(STEP, (self.length or 0) / most)
        end = self.length or most * STEP
        planned: list[tuple[float, bool]] = []
        for key, after in pairwise([*self._keys, math.inf]):
            planned.append((key, True))
            # A frame just before the next key frame would show the same; one before the end not.
            gap = (min(after, end) - key) / step
            between = math.ceil(gap - (0.25 if after < end else 0.05))
            planned += [(key + step * number, False) for number in range(1, min(most, between))]
        if len(planned) > most:
            planned = [planned[i * len(planned) // most] for i in range(most)]
        return planned

    @cached_property
    def _keys(self) -> list[float]:
        """The times of the key frames, ascending; about, where the index tells them."""
        if self.container.format.name.split(",")[0] in _INDEXED:
            stamps = [entry.timestamp for entry in self.stream.index_entries if entry.is_keyframe]
        else:  # reading all packets takes as long as the disk; none is decoded
            stamps = []
            try:
                for packet in self._packets(-1.0):
                    if packet.is_keyframe and packet.size:
                        stamps.append(packet.pts or 0)
                    if self._spent() > KEYS_ONLY_AFTER:
                        self.damaged = True
                        break
            except av.error.FFmpegError:
                self.damaged = True
        return sorted(max(0.0, stamp * self.unit - self.begin) for stamp in stamps) or [0.0]

    def _key_before(self, moment: float) -> float:
        return self._keys[max(bisect_right(self._keys, moment) - 1, 0)]

    def _key_at(self, moment: float) -> VideoFrame | None:
        """Return the key frame at a time, one of `_keys`; None if it cannot be read."""
        with suppress(av.error.FFmpegError):
            for packet in self._packets(moment):
                time_at = (packet.pts or 0) * self.unit - self.begin
                if packet.is_keyframe and packet.size and time_at > moment - _NEAR:
                    frames = self.codec.decode(packet) or self.codec.decode(None)
                    return frames[0] if frames else None
        return None

    def _forward_to(self, moment: float) -> VideoFrame | None:
        """Return the first frame from a time on; None if it cannot be read."""
        with suppress(av.error.FFmpegError):
            if not self._forward_at < moment:
                packets = self._packets(self._key_before(moment))
                self._forward = (frame for packet in packets for frame in packet.decode())
            for frame in self._forward:
                self._forward_at = self._time(frame)
                if self._forward_at > moment - 0.001:
                    return frame
        self._forward_at = math.inf
        return None

    def _packets(self, moment: float) -> Iterator[Packet[VideoStream]]:
        """Yield the packets of the video from a time on, or from somewhat before it, until too much
        time is spent."""
        self._forward_at = math.inf
        if self.container.format.name in _STREAMED:  # would go to the packet, after its key frame
            moment -= 1.0
        place = math.ceil((max(moment, -1.0) + self.begin) / self.unit)
        self.container.seek(place, stream=self.stream)
        self.codec.flush_buffers()
        for packet in self.container.demux(self.stream):
            if self._spent() > END_AFTER:
                return
            yield packet

    def _spent(self) -> float:
        return time.process_time() - self.started

    def _time(self, frame: VideoFrame) -> float:
        return (frame.pts or 0) * self.unit - self.begin

    def _image(self, frame: VideoFrame) -> Image.Image:
        """Return a frame upright, in the colours of a screen, and as small as `side` allows."""
        aspect = float(self.stream.sample_aspect_ratio or 1) or 1.0
        width, height = max(1, round(frame.width * min(max(aspect, 0.1), 10))), frame.height
        scale = min(1.0, 1.5 * self.side / min(width, height))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        image = _scaled(frame, size)
        if frame.color_trc in (_PQ, _HLG):
            from cercafoto.photos.decoding.tone_mapping import as_screens_show

            image = as_screens_show(image, is_pq=frame.color_trc == _PQ)
        turn = round(frame.rotation / 90) % 4
        self.size = (height, width) if turn % 2 else (width, height)
        return image.transpose(_TURNS[turn]) if turn else image


def _scaled(frame: VideoFrame, size: tuple[int, int]) -> Image.Image:
    width, height = size
    image: Image.Image = frame.to_image(  # type: ignore[no-untyped-call]
        width=width, height=height, interpolation="AREA"
    )
    return image
