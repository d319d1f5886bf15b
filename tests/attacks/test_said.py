"""Names, labels and words that would command a terminal, reverse its text or start a line of their
own: they are shown escaped, and written unchanged to a pipe.
"""

from __future__ import annotations

import io
import json
import logging
import os
import re
import select
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from cercafoto import Library, Settings
from cercafoto.base.paths import printable, printable_lines
from cercafoto.cli.progress import TerminalReporter
from tests.conftest import Cli
from tests.support.colours import PAINT
from tests.support.open_catalogue import open_catalogue
from tests.support.waiting import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")

# A title, a question that the terminal answers, its clipboard, another screen, the same with one
# letter (C1), backspaces, a bell; writing turned round, a second line, and the markup of rich.
ORDERS = (
    "\x1b]0;TITOLO\x07",
    "\x1b[6n",
    "\x1b]52;c;eA==\x07",
    "\x1b[?1049h",
    "\x9b6n",
    "\x9d0;X\x9c",
    "\x08\x08\x7f",
    "\u202egpj",
    "\u2066x\u2069",
    "\u200f\u061c",
    "\u2028",
    "\nSECONDA",
    "\rTERZA",
    "[red][/x][link=a]",
)
HOSTILE = "".join(ORDERS)

# Sequences that cercafoto itself writes to a terminal: colours, links to files, progress bars.
OURS = re.compile(
    r"\x1b\[[\d;]*m|\x1b\]8;;(?:file:[!-~]*)?\x1b\\|\x1b\[2K|\x1b\[\?25[lh]|\x1b\[\d*A|\x1b\[c"
)

CHILD = """
import json, sys
from cercafoto.cli.main import run
from cercafoto.ocr import ocr_processes as processes
processes.ENGINE = "tests.support.fake_engine"
for words in json.loads(sys.argv[1]):
    print("=====", json.dumps(words), flush=True)
    run(words)
    sys.stdout.flush(); sys.stderr.flush()
"""


def on_terminal(commands: list[list[str]], settings: Settings) -> str:
    """Run commands whose stdin, stdout and stderr are a terminal; return the terminal's input."""
    import pty

    environ = {
        **os.environ,
        "TERM": "xterm-256color",
        "COLUMNS": "1000",  # so wide that no line is broken where a name has a space
        "CERCAFOTO_ARCHIVIO": str(settings.archive),
        "CERCAFOTO_MODELLI": str(settings.models),
        "CERCAFOTO_MODELLO": "tiny",
    }
    ours, theirs = pty.openpty()
    words = [sys.executable, "-c", CHILD, json.dumps(commands)]
    with subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, env=environ) as child:
        os.close(theirs)
        got, until = b"", time.monotonic() + 300
        while time.monotonic() < until:
            if not select.select([ours], [], [], 1)[0]:
                continue
            try:
                piece = os.read(ours, 65536)
            except OSError:  # it has ended
                break
            if not piece:
                break
            got += piece
            if b"\x1b[c" in piece:  # what a preview asks first
                os.write(ours, b"\x1b[?62c")
        else:
            child.kill()
            raise AssertionError("the commands hang")
        os.close(ours)
        assert child.wait() == 0
    return got.decode()


def assert_harmless(got: str) -> None:
    for order in ORDERS[:-3]:
        assert order not in got, order
    left = OURS.sub("", got.replace("\r\n", "\n"))
    for line in left.split("\n"):
        line = re.sub("[\r\0\t]", "", line)  # bars begin anew at the edge
        bad = [c for c in line if c != "\u00a0" and not c.isprintable()]
        assert not bad, (bad, line)
        assert not line.startswith(("SECONDA", "TERZA")), line


@pytest.fixture
def hostile(settings: Settings, tmp_path: Path) -> Path:
    """Return a folder of hostile names."""
    folder = tmp_path / f"foto{HOSTILE.replace('/', '')}"
    folder.mkdir()
    for number, order in enumerate(ORDERS):
        colour = list(PAINT.values())[number % len(PAINT)]
        exif = Image.Exif()
        exif[0x010F], exif[0x0110] = f"Marca{order}", f"Modello{order}"
        exif[0x010E] = f"Titolo{order}"
        picture = Image.new("RGB", (60 + number, 40), colour)
        picture.save(folder / f"{number}{order.replace('/', '')}.jpg", exif=exif)
    picture.save(folder / f"copia{HOSTILE.replace('/', '')}.jpg", exif=exif)
    (folder / f"rotta{HOSTILE.replace('/', '')}.jpg").write_bytes(b"")
    (folder / f"nota.{ORDERS[1]}x").write_bytes(b"no photo")
    return folder


def spoil(settings: Settings) -> None:
    """Write values into the catalogue that cercafoto never writes; a foreign catalogue may have
    them."""
    with closing(open_catalogue(settings.catalog)) as db, db:
        db.create_function("fold", 1, str.casefold)
        for table, column in (("tags", "label"), ("tags", "label_file"), ("cameras", "name")):
            db.execute(f"UPDATE OR IGNORE {table} SET {column} = {column} || ?", [HOSTILE])


def test_no_command_lets_a_terminal_be_commanded(
    library: Library, settings: Settings, hostile: Path, tmp_path: Path
) -> None:
    folder, photo = str(hostile), str(next(hostile.glob("0*.jpg")))
    sidecar = Path(photo + ".xmp")
    sidecar.write_text(SIDECAR, "utf-8")
    broken = next(hostile.glob("rotta*"))
    list_ = tmp_path / f"etichette{HOSTILE.replace('/', '')}.txt"
    list_.write_text("rosso\nverde\nblu\n", "utf-8")
    bad_list = tmp_path / f"cattive{HOSTILE.replace('/', '')}.txt"
    bad_list.write_text(f"rosso{ORDERS[0]}{ORDERS[7]}\n", "utf-8")
    hand = ["tag", "--aggiungi", "mano", photo]
    got = on_terminal(
        [
            ["index", folder],
            ["index", folder, "--miniature", "--riprova"],
            ["tag", "--labels", str(list_), "--xmp", "--prova"],
            ["tag", "--labels", str(list_), "--elenco"],
            ["tag", "--labels", str(bad_list)],
            ["tag", "--labels", str(tmp_path / f"manca{HOSTILE}")],
            [*hand, "--xmp", "--prova"],
            hand,
            ["tag", "--aggiungi", f"mano{HOSTILE}", photo],
            ["tag", "--dimentica", str(list_), "--prova"],
            ["tag", "--dimentica", f"manca{HOSTILE}"],
        ],
        settings,
    )
    spoil(settings)
    word = "rosso"
    got += on_terminal(
        [
            ["stato"],
            ["stato", "--problemi"],
            ["stato", "--json"],
            ["cerca", word],
            ["cerca", word, "--spiega", "-n", "9"],
            ["cerca", word, "--json", "-n", "3"],
            ["cerca", word, "--percorsi", "-n", "9"],
            ["cerca", word, "-0", "-n", "9"],
            ["cerca", word, "--formato-riga", "{nome} {etichette} {cartella}", "-n", "9"],
            ["cerca", word, "--anteprima", "-n", "9"],
            ["cerca", word, "--html", str(tmp_path / f"pagina{ORDERS[0]}.html")],
            ["cerca", word, "--html", str(tmp_path / f"pagina{ORDERS[0]}.html")],
            ["cerca", word, "--copia-in", str(tmp_path / f"copie{HOSTILE}"), "--prova"],
            ["cerca", word, "--in", folder],
            ["cerca", word, "--in", f"altrove{HOSTILE}"],
            ["cerca", word, "--etichetta", f"manca{HOSTILE}"],
            ["cerca", f"foto{HOSTILE}", "--fotocamera", f"Marca{HOSTILE}"],
            ["cerca", word, "--luogo", f"manca{HOSTILE}"],
            ["cerca", word, "--come", str(broken)],
            ["cerca", word, "--da", f"ieri{HOSTILE}"],
            ["cerca", "--come", photo],
            ["cerca", "--come", str(broken)],
            ["dove", word, photo],
            ["dove", word, str(broken), "-o", str(tmp_path / f"mappa{HOSTILE}.png")],
            ["dati", photo, photo],
            ["dati", photo, "--json"],
            ["dati", str(broken)],
            ["cerca", word, "--json-righe"],
            ["cerca", word, "--formato-riga", "{titolo} {descrizione} {luogo} {fotocamera}"],
            ["doppioni"],
            ["doppioni", "--json"],
            ["doppioni", "-0"],
            ["doppioni", "--confronta", folder],
            ["doppioni", "--sposta-in", str(tmp_path / f"via{HOSTILE}")],
            ["leggi"],
            ["leggi", folder, "--tutte"],
            ["leggi", photo],
            ["leggi", str(broken)],
            ["leggi", folder],
            ["cerca", f"foto{HOSTILE}", "--spiega"],
            ["cerca", f"foto{HOSTILE}", "--spiega", "--json"],
            ["modello", "elenco"],
            ["modello", "usa", f"x{HOSTILE}"],
            ["modello", "aggiungi", str(hostile)],
            ["controlla"],
            ["pulisci"],
            ["pulisci", "--dimentica", folder],
            ["index", str(tmp_path / f"manca{HOSTILE}")],
            ["index", folder, "--escludi", f"*{HOSTILE}"],
            ["stato", "--archivio", str(tmp_path / f"archivio{HOSTILE}")],
            ["pubblica", f"x{HOSTILE}"],
            ["pubblica", "postgresql://127.0.0.1:1/x", "--nome", f"x{HOSTILE}"],
            ["completamento", f"x{HOSTILE}"],
            [f"x{HOSTILE}"],
            ["stato", f"x{HOSTILE}"],
            ["stato", f"--x{HOSTILE}"],
            ["index", folder, "--archivio", str(tmp_path / "archivio.txt"), "--modello", HOSTILE],
        ],
        settings,
    )
    assert "TITOLO" in got
    assert "SECONDA" in got
    for block in got.split("===== ")[1:]:
        assert_harmless(block)


def test_the_screen_of_the_terminal(
    library: Library, settings: Settings, hostile: Path, tmp_path: Path
) -> None:
    """Textual sends what it is given to the terminal unchanged."""
    pytest.importorskip("textual")
    from tests.terminal.screen import Visit, visit

    library.index([hostile])
    library.labels.give([hostile], ["mano"], [])
    spoil(settings)
    seen: list[str] = []

    def look(one: Visit) -> None:
        strips = one.app.screen._compositor.render_strips(one.app.size)
        seen.append("\n".join("".join(segment.text for segment in strip) for strip in strips))

    async def look_round(one: Visit) -> None:
        look(one)
        for keys in (("enter",), ("e",), ("escape", "escape"), ("f",), ("escape",), ("plus",)):
            await one.press(*keys)
            look(one)

    visit(settings, look_round, "rosso", size=(120, 40))
    everything = "\n".join(seen)
    assert "TITOLO" in everything
    assert "mano\\x1b" in everything
    assert_harmless(everything)


def test_a_pipe_gets_paths_as_they_are(cli: Cli, library: Library, hostile: Path) -> None:
    library.index([hostile])
    paths = sorted(str(path) for path in hostile.glob("*.jpg") if "rotta" not in path.name)
    code, out, _ = cli("cerca", "rosso", "-0", "--max", "99", "--tutte")
    assert code == 0
    found = sorted(out.split("\0")[:-1])
    assert set(found) < set(paths)
    assert len(found) == len(ORDERS)  # two are the same, and shown once
    code, out, _ = cli("cerca", "rosso", "--json", "--max", "99", "--tutte")
    assert sorted(hit["path"] for hit in json.loads(out)["hits"]) == found
    assert_harmless(out)


def test_brackets_in_a_name_are_no_markup(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    with TerminalReporter() as reporter:
        reporter.progress("photos", 1, 2, "/foto/[red]a[link].jpg")
        said = ""

        def told() -> bool:
            nonlocal said
            said += capfd.readouterr().err
            return "[red]a[link].jpg" in said

        until(told)


def test_the_log_of_the_page() -> None:
    """A visitor's input can neither command the log's terminal nor forge a log entry."""
    from logging.config import dictConfig

    from cercafoto.web.log import LOG, LOGGERS

    stream = io.StringIO()
    handlers = {"stderr": {**LOG["handlers"]["stderr"], "stream": stream}}
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [(logger, list(logger.handlers), logger.level) for logger in loggers]
    try:
        dictConfig({**LOG, "handlers": handlers})
        log = logging.getLogger("uvicorn.error")
        log.warning("Rifiutato: %s", f"x{HOSTILE}\nERROR: inventato")
        try:
            raise ValueError(f"y{HOSTILE}\nERROR: inventato postgresql://a:s3/greta@h/x")
        except ValueError:
            log.exception("Errore")
    finally:
        for logger, its_handlers, level in before:
            logger.handlers, logger.level = its_handlers, level
    told = stream.getvalue()
    assert_harmless(told)
    assert "greta" not in told
    assert [line for line in told.split("\n") if line.startswith("ERROR")] == ["ERROR: Errore"]


def test_what_people_write_stays_readable() -> None:
    for text in ("perché no?", "מזל טוב", "صورة", "👨‍👩‍👧", "10\u00a0km", "全景\u3000写真"):
        assert printable(text) == text
    assert printable_lines("a\tb\nc") == "a\tb\nc"
    assert printable("a\tb\nc\x1b\u202e") == "a\\tb\\nc\\x1b\\u202e"
    assert printable(b"\xff\x9b\xc2\x9b") == "\ufffd\ufffd\\x9b"


SIDECAR = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
   <dc:subject>
    <rdf:Bag>
     <rdf:li>vacanze\x9b6n\u202egpj</rdf:li>
    </rdf:Bag>
   </dc:subject>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"""
