"""Frames and metadata of videos, read in this process."""

from __future__ import annotations

import io
import itertools
import struct
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cercafoto.errors import ImageError
from cercafoto.photos.decoding import file_kind, memory_cost, tone_mapping, video_frames
from cercafoto.photos.decoding.picture import decode_source, describe_source
from cercafoto.photos.decoding.source import DecodedImage, Source, Wanted
from cercafoto.photos.sources import EXIF
from tests.support.clips import BLACK, BLUE, GREEN, RED, make_clip
from tests.support.optional_packages import needs

pytestmark = needs("av")


def read(path: Path, most: int = 200, at: float | None = None) -> DecodedImage:
    data = path.read_bytes()
    source = Source(io.BytesIO(data), len(data), bytes(path), path.name)
    return decode_source(source, 32, frames=Wanted(most, at))


def spans(video: DecodedImage) -> list[tuple[float, float]]:
    return [(round(still.start, 2), round(still.end, 2)) for still in video.stills]


def colours(video: DecodedImage) -> str:
    """Return the strongest channel of each frame's corner."""
    return "".join(
        "rgb"[int(np.argmax(still.image.getpixel((2, still.image.height - 3))))]
        for still in video.stills
    )


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", "libx264"), ("a.mkv", "mpeg4"), ("a.avi", "mpeg4"),
                        ("a.mov", "mjpeg"), ("a.mts", "mpeg2video"), ("a.webm", "libvpx")]
)  # fmt: skip
def test_a_frame_of_each_scene_is_kept_with_its_time(tmp_path: Path, name: str, codec: str) -> None:
    video = read(make_clip(tmp_path / name, [RED, GREEN, BLUE], codec=codec))
    assert colours(video) == "rgb"
    assert [start for start, _ in spans(video)] == pytest.approx([0, 1, 2], abs=0.5)
    assert [end for _, end in spans(video)] == pytest.approx([1, 2, 3], abs=0.5)
    assert (video.width, video.height) == (96, 64) and not video.damaged
    assert file_kind.kind((tmp_path / name).open("rb"), b"") == file_kind.VIDEO


@pytest.mark.parametrize("name", ["rara.mp4", "rara.mts"])
def test_where_key_frames_are_rare_a_frame_every_two_seconds_is_read(
    tmp_path: Path, name: str
) -> None:
    video = read(make_clip(tmp_path / name, [RED, GREEN, BLUE], 2, gop=1000, codec="mpeg2video"))
    assert colours(video) == "rgb"
    assert [start for start, _ in spans(video)] == pytest.approx([0, 2, 4], abs=0.26)


def test_frames_of_a_variable_rate_have_their_own_times(tmp_path: Path) -> None:
    moments = [n / 8 for n in range(8)] + [1 + n / 2 for n in range(8)] + [5 + n for n in range(8)]
    clip = make_clip(tmp_path / "a.mp4", [RED, GREEN, BLUE], moments=moments)
    assert spans(read(clip)) == [(0, 1), (1, 5), (5, pytest.approx(12, abs=1.1))]


@pytest.mark.parametrize("name", ["a.mov", "a.mkv"])
def test_times_are_those_of_a_player_where_the_sound_begins_first(
    tmp_path: Path, name: str
) -> None:
    moments = [2 + n / 8 for n in range(16)]
    video = read(make_clip(tmp_path / name, [RED, GREEN], moments=moments, sound=True))
    assert spans(video) == [(2, 3), (3, pytest.approx(4, abs=0.13))]
    assert colours(read(tmp_path / name, at=3)) == "g"


def test_frames_alike_are_kept_once_and_too_many_are_spread(tmp_path: Path) -> None:
    still = make_clip(tmp_path / "ferma.mp4", [RED], 3)
    assert spans(read(still)) == [(0, 3)]
    many = make_clip(tmp_path / "molte.mp4", [RED, GREEN] * 6, 0.5)
    assert len(read(many).stills) == 12
    assert len(read(many, most=1).stills) == 1


def test_a_black_beginning_is_not_the_cover(tmp_path: Path) -> None:
    assert colours(read(make_clip(tmp_path / "a.mp4", [BLACK, GREEN]), most=1)) == "g"
    assert len(read(make_clip(tmp_path / "b.mp4", [BLACK])).stills) == 1


def test_the_frame_at_a_time_is_found_again(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", [RED, GREEN, BLUE], gop=1000)
    assert [colours(read(clip, at=at)) for at in (0.5, 1.5, 2.5, 99)] == ["r", "g", "b", "b"]
    assert 2 <= read(clip, at=99).stills[0].start < 3  # not the time that was asked for


def test_a_video_is_shown_as_its_player_turns_it(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    if not hasattr(av.video.stream.VideoStream, "set_display_rotation"):
        pytest.skip("this PyAV turns no video")
    half = Image.new("RGB", (96, 64), RED)
    half.paste(BLUE, (0, 0, 48, 64))  # blue at the left
    for turned, at in ((0, (2, 32)), (90, (32, 93)), (180, (93, 32)), (-90, (32, 2))):
        video = read(make_clip(tmp_path / f"{turned}.mp4", [half], turned=turned))
        assert (video.width, video.height) == ((64, 96) if turned in (90, -90) else (96, 64))
        scale = video.image.width / video.width
        place = int(at[0] * scale), int(at[1] * scale)
        assert int(np.argmax(video.image.getpixel(place))) == 2, turned


def test_what_phones_write_is_read(tmp_path: Path) -> None:
    given = {
        "com.apple.quicktime.creationdate": "2019-08-14T10:30:05+0200",
        "creation_time": "2019-08-14T08:30:05.000000Z",
        "com.apple.quicktime.location.ISO6709": "+45.6769+013.3860+002.000/",
        "com.apple.quicktime.make": "Apple",
        "com.apple.quicktime.model": "iPhone 12",
    }
    facts = read(make_clip(tmp_path / "a.mov", [RED], metadata=given)).facts
    assert (facts.taken_at, facts.offset, facts.date_source) == (
        "2019-08-14T10:30:05", "+02:00", EXIF
    )  # fmt: skip
    assert (facts.latitude, facts.longitude) == (45.6769, 13.386)
    assert (facts.camera, facts.format, facts.duration) == ("Apple iPhone 12", "MOV", 1.0)


def test_the_time_without_a_zone_becomes_that_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Europe/Rome")
    time.tzset()
    try:
        given = {"creation_time": "2019-08-14T23:30:05.000000Z", "location": "+00.0000+000.0000/"}
        facts = read(make_clip(tmp_path / "a.mp4", [RED], metadata=given)).facts
        assert (facts.taken_at, facts.offset) == ("2019-08-15T01:30:05", None)
        assert facts.latitude is None and facts.format == "MP4"
        never = {"creation_time": "1904-01-01T00:00:00.000000Z"}
        clip = make_clip(tmp_path / "b.mp4", [RED], metadata=never)
        assert describe_source(Source(clip.open("rb"), 0, bytes(clip), "b")).taken_at is None
    finally:
        monkeypatch.undo()
        time.tzset()


def test_of_a_broken_tail_what_can_be_read_is_kept(tmp_path: Path) -> None:
    whole = make_clip(
        tmp_path / "a.mp4", [RED, GREEN, BLUE] * 3, container={"movflags": "faststart"}
    ).read_bytes()
    cut = tmp_path / "tronca.mp4"
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    video = read(cut)
    assert video.damaged and 3 <= len(video.stills) < 9
    assert colours(video).startswith("rgb")


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


@pytest.mark.parametrize(
    "content",
    [
        b"\0\0\0\x14ftypisom\0\0\0\0isom",
        b"\0\0\0\x14ftypisom\0\0\0\0isom" + box(b"moov", b"\xff" * 64),
        b"\x1a\x45\xdf\xa3" + bytes(200),
        b"RIFF\xff\xff\xff\x7fAVI LIST" + bytes(range(256)),
        b"\0\0\1\xba" * 200,
        b"FLV\1\5\0\0\0\x09" + bytes(100),
        b"G" + bytes(187) + b"G" + bytes(300),
    ],
)
def test_a_file_that_only_begins_as_a_video_is_told(tmp_path: Path, content: bytes) -> None:
    bad = tmp_path / "rotto.mp4"
    bad.write_bytes(content)
    with pytest.raises(ImageError, match=r"^rotto\.mp4: "):
        read(bad)


def test_a_video_too_large_to_decode_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = make_clip(tmp_path / "a.avi", [RED], codec="rawvideo")
    data = bytearray(clip.read_bytes())
    at = data.index(b"strf") + 8 + 4  # BITMAPINFOHEADER's width and height
    assert struct.unpack_from("<2i", data, at) == (96, 64)
    struct.pack_into("<2i", data, at, 60_000, 60_000)
    clip.write_bytes(data)
    with pytest.raises(ImageError, match=r"^a\.avi: "):
        read(clip)
    good = make_clip(tmp_path / "b.avi", [RED])
    monkeypatch.setattr(memory_cost, "MOST_BYTES", 96 * 64)
    with pytest.raises(ImageError, match=r"troppo grande da decodificare \(96x64 pixel\)"):
        read(good)


def test_an_endless_duration_costs_no_more_than_the_frames_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = make_clip(tmp_path / "a.mp4", [RED, GREEN])
    data = bytearray(clip.read_bytes())
    for name, at in ((b"mvhd", 20), (b"mdhd", 20), (b"tkhd", 24)):
        struct.pack_into(">I", data, data.index(name) + at, 0xFFFFFFF0)
    clip.write_bytes(data)
    looks = itertools.count()  # at the clock, one for each frame or packet
    monkeypatch.setattr(video_frames.time, "process_time", lambda: next(looks) / 10)
    assert colours(read(clip)) == "rg"
    assert next(looks) < 300


@pytest.mark.parametrize("name", ["a.mts", "a.mp4"])
def test_reading_ends_in_time_wherever_it_is_slow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    ticks = itertools.count()
    clip = make_clip(tmp_path / name, [RED, GREEN, BLUE], 4, gop=1000, codec="mpeg2video")
    monkeypatch.setattr(
        video_frames.time, "process_time", lambda: next(ticks)
    )  # 300 packets of 1 s
    video = read(clip)
    monkeypatch.undo()
    assert video.damaged and colours(video).startswith("r")
    assert next(ticks) < video_frames.END_AFTER + 10


def test_hdr_becomes_what_a_screen_shows() -> None:
    # Code values of black, of a white sheet (203 cd/m2) and of 1,000 cd/m2, by BT.2100.
    for is_pq, codes in ((True, (0, 148, 192)), (False, (0, 191, 255))):
        grey = Image.fromarray(np.array([[[c] * 3 for c in codes]], np.uint8))
        black, white, peak = np.asarray(tone_mapping.as_screens_show(grey, is_pq))[0, :, 0].tolist()
        assert black == 0 and 220 <= white <= 245 and peak == 255
    red = Image.fromarray(np.full((1, 1, 3), (140, 40, 40), np.uint8))
    r, g, b = np.asarray(tone_mapping.as_screens_show(red, True))[0, 0].tolist()
    assert r > 3 * max(g, b)
