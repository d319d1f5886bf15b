"""Images in the terminal are decoded again, as a terminal decodes them."""

from __future__ import annotations

import base64
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cercafoto.terminal.graphics import (
    BLOCKS,
    ITERM2,
    KITTY,
    SIXEL,
    Terminal,
    _through_tmux,
    from_environment,
)
from cercafoto.terminal.images import TILE, drawn, strip, tiles_a_row
from tests.conftest import Cli
from tests.support.waiting import PATIENCE, until

RED, BLUE = (250, 10, 10), (10, 10, 250)
CELL = (8, 14)


@pytest.fixture
def row() -> list[Image.Image]:
    """Return a strip of an image wider than its tile and one higher than its tile."""
    return [Image.new("RGB", (480, 100), RED), Image.new("RGB", (100, 480), BLUE)]


def terminal(graphics: str, columns: int = 80) -> Terminal:
    return Terminal(graphics, columns, CELL)


def check(shown: Image.Image, cell: tuple[int, int]) -> None:
    """Assert that the red image fills the width of its tile, centred, and the blue one the
    height."""
    width, height = TILE[0] * cell[0], TILE[1] * cell[1]
    step = width + 2 * cell[0]
    assert shown.size == (step + width, height)
    pixels = np.asarray(shown.convert("RGBA")).astype(int)
    for x, y, colour in (
        (1, height // 2, RED),
        (width - 2, height // 2, RED),
        (step + width // 2, 1, BLUE),
        (step + width // 2, height - 2, BLUE),
    ):
        assert pixels[y, x].tolist() == pytest.approx([*colour, 255], abs=6)
    for x, y in ((1, 1), (width // 2, height - 1), (width + 1, height // 2), (step, height // 2)):
        assert pixels[y, x, 3] == 0


def test_kitty_gets_the_picture_and_its_placeholders(row: list[Image.Image]) -> None:
    shown = drawn(strip(row, terminal(KITTY)), terminal(KITTY))
    sent = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", shown)
    assert len(sent) > 0 and all(len(data) <= 4096 for _, data in sent)
    keys = dict(pair.split("=") for pair in sent[0][0].split(","))
    assert (keys["a"], keys["U"], keys["f"], keys["q"]) == ("T", "1", "100", "2")
    assert [part[0].rpartition("m=")[2] for part in sent] == ["1"] * (len(sent) - 1) + ["0"]
    content = base64.b64decode("".join(data for _, data in sent))
    check(Image.open(io.BytesIO(content)), CELL)
    lines = re.sub(r"\x1b_G.*?\x1b\\", "", shown).splitlines()
    assert len(lines) == int(keys["r"]) == TILE[1]
    assert len({line.replace("\U0010eeee", "") for line in lines}) == TILE[1]  # a mark for each row
    assert {line.count("\U0010eeee") for line in lines} == {int(keys["c"])} == {2 * TILE[0] + 2}
    red, green, blue = map(int, re.findall(r"38;2;(\d+);(\d+);(\d+)m", lines[0])[0])
    assert (red << 16) + (green << 8) + blue == int(keys["i"])


def test_iterm2_gets_the_picture_inline(row: list[Image.Image]) -> None:
    shown = drawn(strip(row, terminal(ITERM2)), terminal(ITERM2))
    found = re.fullmatch(r"\x1b\]1337;File=([^:]*):([^\x07]*)\x07\n", shown)
    assert found is not None
    keys = dict(pair.split("=") for pair in found[1].split(";"))
    content = base64.b64decode(found[2], validate=True)
    assert keys["inline"] == "1" and int(keys["size"]) == len(content)
    assert (keys["width"], keys["height"]) == (str(2 * TILE[0] + 2), str(TILE[1]))
    check(Image.open(io.BytesIO(content)), CELL)


def read_sixel(text: str) -> Image.Image:
    """Decode a Sixel sequence: slow and obvious, after the VT330 manual."""
    found = re.fullmatch(r'\x1bP0;1q"1;1;(\d+);(\d+)(.*)\x1b\\\n', text, re.S)
    assert found is not None
    result = Image.new("RGBA", (int(found[1]), int(found[2])))
    colours: dict[str, tuple[int, ...]] = {}
    x = y = 0
    colour: tuple[int, ...] = ()
    pattern = r"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)([?-~])|([$-])|([?-~])"
    at = 0
    while at < len(found[3]):
        token = re.compile(pattern).match(found[3], at)
        assert token is not None, found[3][at : at + 20]
        at = token.end()
        if token[1]:
            colours[token[1]] = tuple(round(int(v) * 2.55) for v in token.group(2, 3, 4))
        elif token[5]:
            colour = colours[token[5]]
        elif token[8]:
            x, y = 0, y + 6 * (token[8] == "-")
        else:
            times, bits = int(token[6] or 1), ord(token[7] or token[9]) - 63
            for bit in range(6):
                if bits >> bit & 1:
                    result.paste((*colour, 255), (x, y + bit, x + times, y + bit + 1))
            x += times
    return result


def test_sixel_reads_back_as_it_was(row: list[Image.Image]) -> None:
    shown = drawn(strip(row, terminal(SIXEL)), terminal(SIXEL))
    check(read_sixel(shown), CELL)  # 9 rows of 14: the last band is cut
    noise = Image.fromarray(
        np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8), mode=None
    )
    picture = strip([noise], terminal(SIXEL))
    back = np.asarray(read_sixel(drawn(picture, terminal(SIXEL))).convert("RGB")).astype(float)
    meant = np.asarray(picture.convert("RGB")).astype(float)
    solid = np.asarray(picture)[:, :, 3] > 0
    assert np.abs(back - meant)[solid].mean() < 25


def read_blocks(text: str) -> Image.Image:
    """Decode true-colour half-blocks into their cells."""
    lines = []
    for line in text.splitlines():
        upper: list[tuple[int, ...]] = []
        lower: list[tuple[int, ...]] = []
        for codes, character in re.findall(r"(?:\x1b\[([\d;]*)m)?([ ▀▄])(?:\x1b\[0m)?", line):
            told = {
                kind: (*map(int, rgb), 255)
                for kind, *rgb in re.findall(r"([34]8);2;(\d+);(\d+);(\d+)", codes)
            }
            nothing = (0, 0, 0, 0)
            front, back = told.get("38", nothing), told.get("48", nothing)
            upper.append({"▀": front, "▄": back, " ": nothing}[character])
            lower.append({"▀": back, "▄": front, " ": nothing}[character])
        lines += [upper, lower]
    widest = max(len(line) for line in lines)
    padded = [line + [(0, 0, 0, 0)] * (widest - len(line)) for line in lines]
    return Image.fromarray(np.array(padded, np.uint8), mode=None)


def test_half_blocks_read_back_as_they_were(
    row: list[Image.Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    picture = strip(row, terminal(BLOCKS))
    back = read_blocks(drawn(picture, terminal(BLOCKS)))
    check(back, (1, 2))
    assert back.size == picture.size


def test_a_row_fits_the_terminal() -> None:
    for columns in (1, 10, 24, 49, 50, 80, 200):
        for graphics in (BLOCKS, KITTY, SIXEL):
            one = terminal(graphics, columns)
            picture = strip([None] * tiles_a_row(one), one)
            assert picture.width / (CELL[0] if graphics else 1) <= columns
    assert [tiles_a_row(terminal(BLOCKS, columns)) for columns in (49, 50, 80)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("surroundings", "graphics"),
    [
        ({"TERM": "xterm-kitty"}, KITTY),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "ghostty"}, KITTY),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, ITERM2),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, ITERM2),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "230800"}, ITERM2),
        ({"TERM": "xterm-256color"}, None),
        ({"TERM": "screen-256color"}, BLOCKS),
        ({"TERM": "dumb"}, BLOCKS),
        ({}, BLOCKS),
    ],
)
def test_the_environment_tells_what_a_terminal_can_show(
    surroundings: dict[str, str], graphics: str | None
) -> None:
    assert from_environment(surroundings) == graphics


def test_tmux_gets_every_escape_doubled() -> None:
    assert _through_tmux("\x1b_Ga=q\x1b\\") == "\x1bPtmux;\x1b\x1b_Ga=q\x1b\x1b\\\x1b\\"


def in_a_terminal(answers: dict[bytes, bytes], environ: dict[str, str], code: str) -> bytes:
    """Return what a program writes to a terminal of 80 columns that gives these answers."""
    import pty
    import select

    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(environ)
        os.execv(sys.executable, [sys.executable, "-c", code])
    heard = b""
    while True:
        if not select.select([terminal], [], [], PATIENCE)[0]:
            break
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            break  # it has ended
        if not piece:
            break
        heard += piece
        for question, answer in answers.items():
            if question in piece:
                os.write(terminal, answer)
    os.close(terminal)
    os.waitpid(pid, 0)
    return heard


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminals")
@pytest.mark.parametrize(
    ("attributes", "size", "graphics", "columns"),
    [
        (b"\x1b[?62;4;22c", b"\x1b[?2;0;405;900S", SIXEL, 40),  # xterm cuts off what is wider
        (b"\x1b[?62;4;22c", b"\x1b[?2;3;0S", SIXEL, 80),
        (b"\x1b[?62;22c", b"\x1b[?2;0;405;900S", BLOCKS, 80),
    ],
)
def test_a_terminal_is_asked_for_sixel(
    attributes: bytes, size: bytes, graphics: str, columns: int
) -> None:
    code = (
        "import os; [os.environ.pop(n, 0) for n in ('TMUX', 'KONSOLE_VERSION')]; "
        f"from cercafoto.terminal import graphics; graphics.TIMEOUT = {PATIENCE}; "
        "t = graphics.this_terminal(); "
        "print('|', t.graphics, t.columns, '|')"
    )
    environ = {"TERM": "xterm-256color", "TERM_PROGRAM": "", "TMUX": "", "LC_TERMINAL": ""}
    answers = {b"\x1b[?2;1;0S": size, b"\x1b[c": attributes}
    heard = in_a_terminal(answers, environ, code)
    assert f"| {graphics} {columns} |".encode() in heard
    assert b"62" not in heard.partition(b"|")[2]  # the answer does not end on the screen


def test_in_a_pipe_there_are_no_pictures(cli: Cli, photos: Path) -> None:
    assert cli("index", photos)[0] == 0
    plain = cli("cerca", "rosso")[1]
    code, out, err = cli("cerca", "rosso", "--anteprima")
    assert (code, out) == (0, plain) and "solo in un terminale" in err


@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
def test_in_a_real_tmux_pane(cli: Cli, photos: Path, tmp_path: Path) -> None:
    """In tmux, half-blocks fit the pane and the query leaves nothing on the screen."""
    assert cli("index", photos)[0] == 0
    short = tempfile.mkdtemp()  # a socket's path may be no longer than 107 letters
    socket = f"{short}/s"
    command = f"{sys.executable} -m cercafoto cerca rosso -n 3 --anteprima; echo finito; sleep 600"
    tmux = ["tmux", "-S", socket, "-f", os.devnull]
    environ = os.environ | {"COLORTERM": "truecolor", "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    environ.pop("TMUX", None)
    subprocess.run(
        [*tmux, "new-session", "-d", "-x", "80", "-y", "40", command], check=True, env=environ
    )
    try:

        def shown(*escapes: str) -> str:
            capture = [*tmux, "capture-pane", "-p", *escapes]
            return subprocess.run(capture, check=True, capture_output=True, text=True).stdout

        until(lambda: "finito" in shown())  # tmux has read what came before
        screen, plain = shown("-e"), shown()
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)
        shutil.rmtree(short, ignore_errors=True)
    lines = plain.splitlines()
    # Three tiles of 24 columns; pictures of 60 x 40 take 8 of 9 rows or all.
    blocks = [line for line in lines if "▀" in line or "▄" in line]
    assert 8 <= len(blocks) <= 9
    colours = re.findall(r"38;2;(\d+);(\d+);(\d+)", screen)
    assert any(int(r) > 200 and int(g) < 60 and int(b) < 60 for r, g, b in colours)
    assert any(line.startswith("1 rosso.png") and "3 " in line for line in lines)
    assert not any("62;" in line or "Gi=" in line for line in lines)
    assert all(len(line) <= 80 for line in lines)
