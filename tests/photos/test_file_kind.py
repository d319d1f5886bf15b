"""The kind of a file by its first bytes, and files whose reader is not installed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from cercafoto import Settings
from cercafoto.base.installation import install_command
from cercafoto.errors import MissingExtraError
from cercafoto.library import Library
from cercafoto.photos.decoding import file_kind as formats
from cercafoto.photos.decoding.file_kind import HEIF, JXL, PICTURE, RAW, VIDEO
from cercafoto.photos.decoding.picture import decode
from tests.conftest import paint
from tests.support.raw_file import dng


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"FUJIFILMCCD-RAW 0201", RAW),
        (b"\0\0\0\x18ftypcrx \0\0\0\x01", RAW),
        (b"II\x1a\0\0\0HEAPCCDR", RAW),
        (b"IIU\0\x18\0\0\0", RAW),
        (b"IIRO\x08\0\0\0", RAW),
        (b"II*\0\x10\0\0\0CR\x02\0", RAW),
        (b"\xff\x0a\0", JXL),
        (b"\xff\xd8\xff\xe1", PICTURE),
        (b"II*\0\xff\xff\xff\x7f", PICTURE),
        (b"MM\0*\0\0\0\x08\xff\xff", PICTURE),
        (b"GIF89a" + bytes(182) + b"G" + bytes(100), PICTURE),
        (b"G" + bytes(187) + b"G" + bytes(100), VIDEO),
        (bytes(4) + b"G" + bytes(191) + b"G" + bytes(100), VIDEO),
        (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41", VIDEO),
        (b"\0\0\0\x14ftypqt  \0\0\2\0qt  ", VIDEO),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", PICTURE),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", HEIF),
        (b"\x1a\x45\xdf\xa3\x93", VIDEO),
        (b"RIFF\0\0\0\0AVI LIST", VIDEO),
        (b"RIFF\0\0\0\0WEBPVP8 ", PICTURE),
        (b"", "unknown"),
    ],
)
def test_kinds_by_their_first_bytes(start: bytes, kind: str) -> None:
    stream = io.BytesIO(start if b"CR\x02" not in start else start + b"\0" * 4 + b"\0\0")
    assert formats.kind(stream, b"") == kind
    assert stream.tell() == 0


def test_files_that_need_an_extra_are_counted_and_read_once_it_is_installed(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("rawpy")
    folder = tmp_path / "foto"
    paint(folder / "a.png", (250, 10, 10))
    for number, preview in enumerate([None, (240, 160)]):
        (folder / f"{number}.dng").write_bytes(dng(1, preview))
    (folder / "2.jxl").write_bytes(b"\xff\x0a" + b"\0" * 50)
    with monkeypatch.context() as bare:
        bare.setattr(formats, "missing_extras", lambda: frozenset({RAW, JXL}))
        for new in (1, 0):
            report = Library(settings).index([folder])
            assert (report.new, report.problems) == (new, ())
            assert report.lacking == {"raw": 2, "jxl": 1}
            assert report.complete
    (folder / "2.jxl").unlink()
    report = Library(settings).index()
    assert (report.new, report.unchanged, report.lacking) == (2, 1, {})


def test_missing_extras_are_named_at_the_end(
    cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint(tmp_path / "foto" / "a.png", (250, 10, 10))
    (tmp_path / "foto" / "a.dng").write_bytes(dng())
    monkeypatch.setattr(formats, "missing_extras", lambda: frozenset({RAW}))
    code, _, err = cli("index", tmp_path / "foto")
    assert code == 0
    assert f"1 file RAW saltato; per leggerli: {install_command('raw')}" in err
    with pytest.raises(MissingExtraError):
        decode(dng(), 32, "a.dng")
