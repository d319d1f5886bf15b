"""The command line: what stands on stdout, what on stderr, and the exit codes."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from PIL import Image

import cercafoto.cli.commands
from cercafoto import Settings, __version__
from cercafoto.catalog.lock import archive_lock
from cercafoto.cli.app import program
from cercafoto.errors import DiskFullError
from tests.conftest import PAINT, paint

Cli = Callable[..., tuple[int, str, str]]

COMMANDS = [
    ("index",),
    ("cerca",),
    ("capisci",),
    ("simili",),
    ("doppioni",),
    ("tag",),
    ("stato",),
    ("controlla",),
    ("pulisci",),
    ("modello",),
    ("modello", "elenco"),
    ("modello", "scarica"),
    ("modello", "usa"),
    ("modello", "aggiungi"),
    ("modello", "verifica"),
]


@pytest.fixture
def indexed(cli: Cli, photos: Path) -> Path:
    assert cli("index", photos)[0] == 0
    return photos


# -- help --------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [(), *COMMANDS])
def test_help_is_italian_with_an_example(cli: Cli, command: tuple[str, ...]) -> None:
    code, out, err = cli(*command, "--help")
    assert (code, err) == (0, "")
    assert "Uso: cercafoto" in out
    assert "Esempio: cercafoto " in out
    for english in ("Usage", "Options", "Arguments", "Commands", "Show this", "default", "[OPT"):
        assert english not in out


def test_version(cli: Cli) -> None:
    assert cli("--version") == (0, f"cercafoto {__version__}\n", "")


def fresh(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run code in a new interpreter."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("arguments", [["--help"], ["cerca", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom cercafoto.cli.main import run\n"
        f"assert run({arguments!r}) == 0\n"
        "heavy = {'torch', 'transformers', 'numpy', 'onnxruntime', 'sqlite_utils', 'hnswlib', "
        "'huggingface_hub', 'PIL'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = fresh(code)
    assert done.returncode == 0, done.stderr


def test_a_command_is_imported_when_it_is_run_and_no_other() -> None:
    code = (
        "import sys\nfrom cercafoto.cli.main import run\n"
        "assert run(['capisci', 'al mare']) == 0\n"
        "print(*sorted(m for m in sys.modules if m.startswith('cercafoto.cli.commands.')))"
    )
    assert fresh(code).stdout.splitlines()[1].split() == ["cercafoto.cli.commands.understand"]


def test_every_command_is_where_the_program_looks_for_it() -> None:
    homes = {}
    for module in pkgutil.iter_modules(cercafoto.cli.commands.__path__, "cercafoto.cli.commands."):
        app = getattr(importlib.import_module(module.name), "app", None)
        if app is not None:
            homes[typer.main.get_command(app).name] = module.name.rpartition(".")[2]
    assert homes == program.modules


def test_a_search_imports_neither_torch_nor_sqlite_utils(
    cli: Cli, indexed: Path, settings: Settings
) -> None:
    code = (
        "import sys\nfrom cercafoto.cli.main import run\n"
        "assert run(['cerca', 'rosso', '--json']) == 0\n"
        "heavy = {'torch', 'transformers', 'sqlite_utils', 'hnswlib', 'huggingface_hub', "
        "'requests', 'httpx'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = fresh(code)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["hits"][0]["path"].endswith("rosso.png")


# -- index -------------------------------------------------------------------------------------


def test_index_reports_on_stderr_and_stays_silent_when_asked(cli: Cli, photos: Path) -> None:
    code, out, err = cli("index", photos)
    assert (code, out) == (0, "")
    assert "5 nuove" in err
    assert cli("index", "--quieto") == (0, "", "")
    assert cli("--quieto", "index") == (0, "", "")
    assert "5 invariate" in cli("index")[2]


def test_index_json(cli: Cli, photos: Path) -> None:
    (photos / "rotta.jpg").write_text("ciao")
    code, out, _err = cli("index", photos, "--json")
    report = json.loads(out)
    assert code == 3
    assert (report["new"], report["embedded"], report["model"]) == (5, 5, "tiny")
    assert report["problems"][0]["path"] == str(photos / "rotta.jpg")


def test_a_photo_that_cannot_be_read_is_named_and_exits_3(cli: Cli, photos: Path) -> None:
    (photos / "rotta.jpg").write_text("ciao")
    code, out, err = cli("index", photos)
    assert (code, out) == (3, "")
    assert "1 foto non si legge" in err
    assert str(photos / "rotta.jpg") in err
    assert "non è un'immagine" in err
    code, out, _ = cli("stato", "--problemi")
    assert code == 0
    assert "rotta.jpg: non è un'immagine" in out
    assert json.loads(cli("stato", "--problemi", "--json")[1])[0]["path"].endswith("rotta.jpg")


# -- cerca -------------------------------------------------------------------------------------


def test_the_json_contract(cli: Cli, indexed: Path) -> None:
    code, out, err = cli("cerca", "rosso", "--json", "-n", "2")
    assert (code, err) == (0, "")
    result = json.loads(out)
    assert list(result) == ["query", "model", "verdict", "hits"]
    assert result["query"]["text"] == "rosso"
    assert list(result["model"]) == ["name", "fingerprint"]
    assert result["verdict"] == "found"
    assert len(result["hits"]) == 2
    hit = result["hits"][0]
    keys = ["path", "score", "confidence", "taken_at", "width", "height", "tags"]
    assert set(hit) == {*keys, "word", "date_source"}
    assert (hit["word"], hit["date_source"]) == ("certa", "file")
    assert Path(hit["path"]).is_absolute()
    assert hit["path"] == str(indexed / "rosso.png")
    assert -1 <= hit["score"] <= 1
    assert 0 <= hit["confidence"] <= 1


def test_a_table_for_people(cli: Cli, indexed: Path) -> None:
    code, out, err = cli("cerca", "rosso")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split() == ["Fiducia", "Punteggio", "Data", "Foto"]
    assert lines[1].split()[0] == "1"
    assert lines[1].endswith(str(indexed / "rosso.png"))
    # Those that may be an answer; all of them when asked.
    assert len(lines) < 6
    assert len(cli("cerca", "rosso", "--tutte")[1].splitlines()) == 6
    assert len(cli("cerca", "rosso", "-n", "4")[1].splitlines()) == 5
    sure = cli("cerca", "rosso", "--min", "0.9", "--percorsi")[1].splitlines()
    assert sure == [str(indexed / "rosso.png")]
    assert cli("cerca", "rosso", "--min", "7")[0] == 2


def test_where_nothing_corresponds_the_nearest_three_are_shown(cli: Cli, indexed: Path) -> None:
    code, out, err = cli("cerca", "marrone")
    assert code == 0
    if len(out.splitlines()) == 4:
        assert err == "Probabilmente nessuna foto corrisponde; queste sono le più vicine.\n"


def test_conditions_and_exclusions_choose_the_photos(cli: Cli, indexed: Path) -> None:
    dated = indexed / "vecchia.jpg"
    exif = Image.Exif()
    exif[0x8769] = {0x9003: "2019:08:14 10:00:00"}
    Image.new("RGB", (90, 60), PAINT["rosso"]).save(dated, exif=exif)
    assert cli("index")[0] == 0

    def found(*words: str) -> list[str]:
        code, out, err = cli("cerca", *words, "--json")
        assert (code, err) == (0, "")
        return [Path(hit["path"]).name for hit in json.loads(out)["hits"]]

    assert found("rosso ad agosto 2019") == ["vecchia.jpg"]
    assert found("rosso nel 2018") == []
    assert found("nel 2019") == ["vecchia.jpg"]
    assert found("rosso", "--da", "2020-01-01")[0] == "rosso.png"
    assert found("--orientamento", "orizzontale", "--formato", "jpeg") == ["vecchia.jpg"]
    without = found("rosso, senza rosso")
    assert "rosso.png" not in without and "vecchia.jpg" not in without and without
    assert cli("cerca", "rosso ad agosto 2019")[2].startswith("cerco: «rosso», ")
    assert json.loads(cli("cerca", "nel 2018", "--json")[1])["verdict"] == "none"


def test_a_photo_is_found_by_its_own_words(cli: Cli, indexed: Path) -> None:
    Image.new("RGB", (90, 60), PAINT["blu"]).save(indexed / "cresima di Giulia.png")
    assert cli("index")[0] == 0
    hits = json.loads(cli("cerca", "una foto di giulia", "--json", "-n", "1")[1])["hits"]
    assert Path(hits[0]["path"]).name == "cresima di Giulia.png"
    assert hits[0]["word"] == "certa"


def test_paths_alone(cli: Cli, indexed: Path) -> None:
    expected = [str(indexed / f"{name}.png") for name in PAINT]
    assert sorted(cli("cerca", "rosso", "--percorsi")[1].splitlines()) == sorted(expected)
    for flag in ("-0", "--null"):
        out = cli("cerca", "rosso", flag)[1]
        assert sorted(out.split("\0")[:-1]) == sorted(expected)


def test_paths_are_exact_whatever_their_bytes(cli: Cli, tmp_path: Path) -> None:
    name = os.path.join(os.fsencode(tmp_path), b"f", b"a\n\xff.png")
    try:
        os.rename(paint(tmp_path / "f" / "a.png", PAINT["rosso"]), name)
    except OSError:
        pytest.skip("this file system does not allow the name")
    assert cli("index", tmp_path / "f")[0] == 0
    done = subprocess.run(
        [sys.executable, "-m", "cercafoto", "cerca", "rosso", "-0"], capture_output=True
    )
    assert done.stdout == name + b"\0"
    path = json.loads(cli("cerca", "rosso", "--json")[1])["hits"][0]["path"]
    assert os.fsencode(path) == name
    assert cli("cerca", "rosso")[1].count("\n") == 2  # the heading and one line


def test_filters_and_examples(cli: Cli, indexed: Path) -> None:
    other = paint(indexed / "sotto" / "x.png", (0, 0, 200))
    cli("index")
    assert cli("cerca", "blu", "--in", indexed / "sotto", "--percorsi")[1] == f"{other}\n"
    first = cli("cerca", "--come", other, "--percorsi")[1].splitlines()[0]
    assert first == str(other)
    assert cli("cerca", "blu", "--max", "1", "--percorsi")[1].count("\n") == 1


def test_a_folder_is_left_out(cli: Cli, indexed: Path) -> None:
    other = paint(indexed / "sotto" / "x.png", (0, 0, 200))
    again = paint(indexed / "sotto" / "bozze" / "y.png", (0, 0, 180))
    cli("index")
    drafts = indexed / "sotto" / "bozze"

    def found(*words: object) -> list[str]:
        code, out, err = cli("cerca", *words, "--percorsi", "-n", "9")
        assert code == 0, err
        return out.splitlines()

    assert not {str(other), str(again)} & set(found("blu", "--fuori", indexed / "sotto"))
    assert found("blu", "--in", indexed / "sotto", "--fuori", drafts) == [str(other)]
    both = found("blu", "--fuori", drafts, "--fuori", other)
    assert not {str(other), str(again)} & set(both) and len(both) == len(PAINT)
    # Alone it is a question, as --senza is, and --meno keeps it.
    assert sorted(found("--fuori", indexed / "sotto")) == sorted(both)
    found("blu", "--fuori", indexed / "sotto")
    assert not {str(other), str(again)} & set(found("--meno", "1"))
    code, out, err = cli("cerca", "blu", "--fuori", drafts, "--json")
    assert (code, err) == (0, "")
    query = json.loads(out)["query"]
    assert query["filters"] == {"outside": [str(drafts)]}
    assert query["reading"] == f"cerco: «blu», non in: {drafts}"
    assert cli("cerca", "blu", "--fuori", drafts)[2].startswith(query["reading"])


def test_nothing_found_is_no_failure(cli: Cli, indexed: Path) -> None:
    code, out, err = cli("cerca", "rosso", "--etichetta", "mai")
    assert (code, out) == (0, "")
    assert "Nessuna foto corrisponde" in err
    assert json.loads(cli("cerca", "rosso", "--etichetta", "mai", "--json")[1])["hits"] == []


def test_a_reader_that_has_seen_enough_is_no_error(cli: Cli, indexed: Path) -> None:
    code = (
        "import subprocess, sys\n"
        "p = subprocess.Popen([sys.executable, '-m', 'cercafoto', 'cerca', 'rosso'], "
        "stdout=subprocess.PIPE, stderr=subprocess.PIPE)\n"
        "p.stdout.close()\n"
        "print(p.stderr.read().decode(), p.wait())"
    )
    assert fresh(code).stdout.split() == ["0"]


# -- tag and stato -----------------------------------------------------------------------------


def test_tag_prints_a_table_or_json_and_cerca_filters(cli: Cli, indexed: Path) -> None:
    labels = indexed.parent / "etichette.txt"
    labels.write_text("# colori\nrosso\nmare: blu\n", encoding="utf-8")
    code, out, err = cli("tag", "--labels", labels)
    assert (code, err) == (0, "")
    assert "rosso (" in out
    data = json.loads(cli("tag", "--labels", labels, "--json", indexed / "blu.png")[1])
    assert data["labels"] == str(labels)
    assert data["model"]["name"] == "tiny"
    (photo,) = data["photos"]
    assert photo["path"] == str(indexed / "blu.png")
    assert photo["tags"][0]["label"] == "mare"
    assert set(photo["tags"][0]) == {"label", "path", "score", "confidence"}
    hits = json.loads(cli("cerca", "--etichetta", "mare", "--json")[1])["hits"]
    assert [(h["path"], h["tags"]) for h in hits] == [(str(indexed / "blu.png"), ["mare"])]


def test_a_photo_that_is_not_indexed_is_named(cli: Cli, indexed: Path) -> None:
    labels = indexed.parent / "etichette.txt"
    labels.write_text("rosso\n")
    stranger = paint(indexed.parent / "x.png", (0, 0, 0))
    code, _, err = cli("tag", "--labels", labels, indexed / "blu.png", stranger)
    assert code == 3
    assert str(stranger) in err


def test_stato(cli: Cli, indexed: Path, settings: Settings) -> None:
    code, out, _ = cli("stato")
    assert code == 0
    assert str(settings.archive) in out
    assert f"{indexed} (5 foto)" in out
    status = json.loads(cli("stato", "--json")[1])
    assert (status["photos"], status["vectors"], status["model"]["name"]) == (5, 5, "tiny")


def test_modello_elenco_and_verifica(cli: Cli, settings: Settings) -> None:
    rows = {m["name"]: m for m in json.loads(cli("modello", "elenco", "--json")[1])}
    assert rows["tiny"]["in_use"]
    assert rows["clip-italian"]["licence"] == "GPL-3.0"
    assert rows["mini"]["state"] == "pronto"
    code, out, _ = cli("modello", "verifica", "tiny")
    assert (code, out) == (0, "tiny: 5 file, tutto in ordine\n")
    real = (settings.models / "tiny").resolve()
    (settings.models / "tiny").unlink()
    copied = settings.models / "tiny"
    copied.mkdir()
    for file in real.iterdir():
        copied.joinpath(file.name).write_bytes(file.read_bytes())
    damaged = copied / "image.onnx"
    content = bytearray(damaged.read_bytes())
    content[99] ^= 1
    damaged.write_bytes(content)
    code, _, err = cli("modello", "verifica")
    assert code == 1
    assert "image.onnx" in err


# -- the end -----------------------------------------------------------------------------------


def test_what_others_do_at_the_end_is_done() -> None:
    code = (
        "import atexit, sys, threading, time\n"
        "from cercafoto.cli import main\n"
        "atexit.register(print, 'alla fine')\n"
        "if sys.argv.pop() == 'filo':\n"
        "    threading.Thread(target=lambda: (time.sleep(0.3), print('filo'))).start()\n"
        "main.main()"
    )
    told = f"cercafoto {__version__}\n"
    assert fresh(code, "--version", "solo").stdout == f"{told}alla fine\n"
    done = fresh(code, "--version", "filo")
    assert (done.returncode, done.stdout) == (0, f"{told}filo\nalla fine\n")


# -- wrong input -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["cerca", ""], "la domanda è vuota"),
        (["cerca", "   "], "la domanda è vuota"),
        (["cerca"], "la domanda è vuota"),
        (["cerca", "rosso", "-n", "0"], "--max vuole un numero da 1 in su"),
        (["cerca", "rosso", "-n", "tre"], "vuole un numero intero"),
        (["cerca", "rosso", "--json", "-0"], "si escludono"),
        (["cerca", "rosso", "--fantasia"], "--fantasia non esiste"),
        (["cerca", "rosso", "--in", "/nessuna/cartella"], "nessuna foto in"),
        (["cerca", "rosso", "--fuori", "/nessuna/cartella"], "nessuna foto in"),
        (["doppioni", "--fuori", "/nessuna/cartella"], "nessuna foto in"),
        (["fantasia"], "Il comando fantasia non esiste"),
        (["index", "/nessuna/cartella"], "non esiste"),
        (["tag"], "Manca l'opzione --labels"),
        (["tag", "--labels", "/nessun/file.txt"], "non si può leggere"),
        (["tag", "--labels", "/dev/null"], "nessuna etichetta"),
        (["modello", "usa", "fantasia"], "fantasia"),
        (["modello", "usa"], "Manca l'argomento"),
        (["cerca", "--piu", "tre"], "vuole un numero intero"),
        (["cerac"], "Forse intendevi: cerca. Vedi «cercafoto --help»."),
        (["modello", "elenc"], "Forse intendevi: elenco. Vedi «cercafoto modello --help»."),
        (
            ["stato", "x (y)", "z"],
            "C'è qualcosa di troppo: x (y) z.\nVedi «cercafoto stato --help»",
        ),
        (["-q"], "Manca il comando."),
        (["cerca", "rosso", "--max"], "L'opzione --max vuole un valore"),
    ],
)
def test_wrong_words_exit_2_with_a_hint(
    cli: Cli, indexed: Path, arguments: list[str], reason: str
) -> None:
    code, out, err = cli(*arguments)
    assert (code, out) == (2, "")
    assert reason in err
    assert len(err.splitlines()) >= 1
    assert "Traceback" not in err


def test_no_words_show_the_help(cli: Cli) -> None:
    code, out, err = cli()
    assert code == 2
    assert "Uso: cercafoto" in out + err


def test_an_empty_folder_is_no_failure(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "vuota").mkdir()
    code, _, err = cli("index", tmp_path / "vuota")
    assert code == 0
    assert "nessuna foto trovata" in err


def test_before_the_first_index(cli: Cli) -> None:
    for arguments in (["cerca", "rosso"], ["stato"]):
        code, out, err = cli(*arguments)
        assert (code, out) == (1, "")
        assert "cercafoto index CARTELLA" in err


def test_a_busy_archive(cli: Cli, photos: Path, settings: Settings) -> None:
    with archive_lock(settings.archive, wait=False):
        code, _, err = cli("index", photos)
    assert code == 1
    assert "occupato" in err


def test_a_full_disk(cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise DiskFullError("Il disco è pieno.", "Libera spazio.")

    monkeypatch.setattr("cercafoto.archive.index_run.IndexRun._write", full)
    code, _, err = cli("index", photos)
    assert code == 1
    assert err == "cercafoto: Il disco è pieno.\nLibera spazio.\n"


def test_the_unexpected_is_told_without_a_traceback(
    cli: Cli, indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.delenv("CERCAFOTO_DEBUG", raising=False)
    monkeypatch.setattr("cercafoto.library.Library.search", broken)
    code, _, err = cli("cerca", "rosso")
    assert code == 1
    assert "Errore inatteso: ZeroDivisionError" in err
    assert "Traceback" not in err


# A disk so slow that a run cannot end before it is interrupted.
SLOW_DISK = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in the background inherit none
from cercafoto.cli import main as cli
from cercafoto.photos.decoding import processes
read = processes.Decoders.read
processes.Decoders.read = lambda *a: (time.sleep(0.2), read(*a))[1]
sys.argv = ["cercafoto", "index", sys.argv[1]]
cli.main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_exits_130_and_resumes(
    cli: Cli, tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "tante"
    for i in range(200):
        paint(folder / f"{i:03}.png", (i, i % 99, 7))
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW_DISK, str(folder)], stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 60
    written = 0
    while not written and process.poll() is None and time.monotonic() < deadline:
        written = json.loads(cli("stato", "--json")[1] or "{}").get("photos", 0)
    assert written
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert b"riprende da qui" in err
    code, out, _ = cli("index", "--json")
    report = json.loads(out)
    assert code == 0
    assert report["unchanged"] >= written
    assert report["unchanged"] + report["new"] == 200


def test_options_may_stand_before_the_command(cli: Cli, photos: Path, tmp_path: Path) -> None:
    other = tmp_path / "altro"
    assert cli("--archivio", other, "index", photos)[0] == 0
    assert (other / "catalogo.sqlite3").exists()
    assert cli("cerca", "rosso", "--archivio", other, "--percorsi")[1].count("\n") == 5
    assert cli("cerca", "rosso")[0] == 1  # the usual archive has nothing


def test_nothing_but_modello_touches_the_network(
    cli: Cli, photos: Path, no_sockets: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = photos.parent / "e.txt"
    labels.write_text("rosso\n")
    for arguments in (
        ["index", photos],
        ["index"],
        ["cerca", "rosso"],
        ["tag", "--labels", labels],
        ["stato"],
        ["modello", "elenco"],
        ["modello", "verifica", "tiny"],
        ["modello", "usa", "tiny"],
    ):
        assert cli(*arguments)[0] == 0
    monkeypatch.delenv("CERCAFOTO_MODELLO")
    assert cli("index", "--offline")[0] == 0


def test_parts_of_a_question_have_weights(cli: Cli, indexed: Path) -> None:
    def scores(*words: str) -> dict[str, float]:
        code, out, err = cli("cerca", *words, "--json")
        assert (code, err) == (0, "")
        return {Path(hit["path"]).stem: hit["score"] for hit in json.loads(out)["hits"]}

    both = scores("rosso + blu")
    assert set(list(both)[:3]) >= {"viola"} or set(list(both)[:2]) == {"rosso", "blu"}
    assert scores("rosso", "+", "blu") == both
    mostly = scores("rosso:3 + blu:0,2")
    assert next(iter(mostly)) == "rosso"
    assert mostly["rosso"] > both["rosso"] and mostly["blu"] < both["blu"]
    example = str(indexed / "blu.png")
    light = scores("rosso", "--come", f"{example}:0.1")
    heavy = scores("rosso", "--come", f"{example}:9")
    assert next(iter(light)) == "rosso" and next(iter(heavy)) == "blu"
    assert cli("cerca", "rosso:0 + blu:0")[0] == 2
    assert json.loads(cli("cerca", "rosso + blu", "--json")[1])["query"]["text"] == "rosso + blu"


def test_feedback_moves_the_answer(cli: Cli, indexed: Path) -> None:
    assert cli("cerca", "--piu", "1")[0] == 2  # nothing was asked yet

    def names(*words: str) -> list[str]:
        code, out, err = cli("cerca", *words, "--percorsi", "-n", "5")
        assert code == 0, err
        return [Path(path).stem for path in out.splitlines()]

    first = names("rosso")
    again = names("--meno", "1", "--piu", "2")
    assert "rosso" not in again and again[0] == first[1]
    third = names("--meno", "1")
    assert "rosso" not in third and first[1] not in third, "what was said before is forgotten"
    code, _, err = cli("cerca", "--piu", "99")
    assert code == 2 and "numero 99" in err


def test_a_place_is_a_filter_where_photos_lie_there(cli: Cli, indexed: Path) -> None:
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (41.0, 53.0, 30.0), 3: "E", 4: (12.0, 29.0, 30.0)}
    Image.new("RGB", (90, 60), PAINT["verde"]).save(indexed / "p.jpg", exif=exif)
    assert cli("index")[0] == 0
    result = json.loads(cli("cerca", "verde a Roma", "--json")[1])
    assert [Path(hit["path"]).name for hit in result["hits"]] == ["p.jpg"]
    assert result["query"]["place"] == {"name": "Roma", "kind": "comune"}
    elsewhere = json.loads(cli("cerca", "verde a Milano", "--json")[1])
    assert elsewhere["query"]["place"] is None and len(elsewhere["hits"]) == 6
    assert "nessuna foto" in elsewhere["query"]["reading"]
    near = json.loads(cli("cerca", "verde vicino a Frascati", "--json")[1])
    assert [Path(hit["path"]).name for hit in near["hits"]] == ["p.jpg"]


def test_labels_in_sidecars_do_not_come_back_as_the_persons_keywords(
    cli: Cli, indexed: Path, tmp_path: Path
) -> None:
    labels = tmp_path / "colori.txt"
    labels.write_text("tinta > rosso\n", "utf-8")
    red = indexed / "rosso.png"
    assert cli("tag", "--labels", labels, "--xmp", "--soglia", "0.5", red)[0] == 0
    sidecar = red.with_name("rosso.png.xmp")
    assert "rosso" in sidecar.read_text("utf-8")
    assert cli("index")[0] == 0
    assert json.loads(cli("cerca", "--parola-chiave", "rosso", "--json")[1])["hits"] == []
    own = sidecar.read_text("utf-8").replace(
        "<rdf:li>rosso</rdf:li>", "<rdf:li>rosso</rdf:li><rdf:li>Natale</rdf:li>", 1
    )
    sidecar.write_text(own, "utf-8")
    assert cli("index")[0] == 0
    found = json.loads(cli("cerca", "--parola-chiave", "natale", "--json")[1])["hits"]
    assert [hit["path"] for hit in found] == [str(red)]
