"""The command line: its stdout, stderr and exit codes."""

from __future__ import annotations

import errno
import importlib
import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
import typer
from PIL import Image

import cercafoto.cli.commands
from cercafoto import Settings, __version__
from cercafoto.cli.app import program
from tests.conftest import PAINT, Cli, paint

COMMANDS = [
    ("index",),
    ("cerca",),
    ("doppioni",),
    ("tag",),
    ("dati",),
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


# -- help --------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [(), *COMMANDS])
def test_help_is_italian_with_an_example(cli: Cli, command: tuple[str, ...]) -> None:
    code, out, err = cli(*command, "--help")
    assert (code, err) == (0, "")
    assert "Uso: cercafoto" in out
    assert "Esempio: cercafoto " in out
    for english in ("Usage", "Options", "Arguments", "Commands", "Show this", "default", "[OPT"):
        assert english not in out


def fresh(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run code in a new interpreter and return what it prints."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )


def test_help_and_a_reading_import_one_command_and_nothing_heavy() -> None:
    code = (
        "import sys\nfrom cercafoto.cli.main import run\n"
        "assert run(['cerca', '--spiega', 'al mare a Pasqua 2019, senza persone', '--json']) == 0\n"
        "commands = [m for m in sys.modules if m.startswith('cercafoto.cli.commands.')]\n"
        "heavy = {'dateparser', 'holidays', 'rich', 'dateutil.rrule', 'dateutil.parser', "
        "'starlette', 'uvicorn', 'jinja2'} & set(sys.modules)\n"
        "for words in (['--help'], ['cerca', '--help'], ['--version']):\n"
        "    assert run(words) == 0\n"
        "heavy |= {'torch', 'transformers', 'numpy', 'onnxruntime', 'hnswlib', "
        "'huggingface_hub', 'PIL'} & set(sys.modules)\n"
        "print(*commands, *heavy)"
    )
    assert fresh(code).stdout.splitlines()[-1].split() == ["cercafoto.cli.commands.search"]


def test_every_command_is_where_the_program_looks_for_it() -> None:
    homes = {}
    for module in pkgutil.iter_modules(cercafoto.cli.commands.__path__, "cercafoto.cli.commands."):
        app = getattr(importlib.import_module(module.name), "app", None)
        if app is not None:
            homes[typer.main.get_command(app).name] = module.name.rpartition(".")[2]
    assert homes == program.modules


def test_a_search_imports_nothing_that_it_does_not_need(
    cli: Cli, indexed: Path, settings: Settings
) -> None:
    code = (
        "import sys\nfrom cercafoto.cli.main import run\n"
        "assert run(['cerca', 'rosso', '--formato', 'png', '--json']) == 0\n"
        "heavy = {'torch', 'transformers', 'hnswlib', 'huggingface_hub', "
        "'requests', 'httpx', 'numpy.ma'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = fresh(code)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["hits"][0]["path"].endswith("rosso.png")


def test_an_index_with_nothing_new_loads_neither_numpy_nor_the_model(
    cli: Cli, indexed: Path, settings: Settings
) -> None:
    code = (
        "import sys\nfrom cercafoto.cli.main import run\n"
        "assert run(['index', sys.argv[1]]) == 0\n"
        "print(*{'numpy', 'onnxruntime', 'PIL'} & set(sys.modules))"
    )
    fresh(code, str(indexed))  # it still had to look for things, which the fixture does not
    done = fresh(code, str(indexed))
    assert "5 foto invariate" in done.stderr
    assert done.stdout == "\n"


# Each module of the package costs a cold start about half a millisecond. What a command does not
# need it imports where it is used; where it needs one module more, the number goes up.
@pytest.mark.parametrize(
    ("words", "most", "unneeded"),
    [
        (
            ["index"],
            128,
            "question.grammar question.filters.all_filters question.question labels results.status "
            "collections.folder archive.local.stored_collections cli.commands.looking "
            "looking.catch_up",
        ),
        (
            ["cerca", "rosso", "-q"],
            219,
            "archive.local.browsing search.photo_album results.photos photos.facts",
        ),
        (
            ["cerca", "rosso", "--json"],  # with all that is known of each photo
            231,
            "indexing duplicates collections senses results.status archive.local.own_folders "
            "search.year_matches photos.folder_dates",
        ),
    ],
    ids=["index", "cerca", "cerca --json"],
)
def test_a_cold_start_loads_few_modules(
    words: list[str], most: int, unneeded: str, cli: Cli, indexed: Path, settings: Settings
) -> None:
    code = (
        "import sys\nfrom cercafoto.cli.main import run\n"
        "assert run(sys.argv[1:]) == 0\n"
        "print(*(name for name in sys.modules if name.startswith('cercafoto')), file=sys.stderr)"
    )
    fresh(code, *words)  # it still had to look for things, which the fixture does not
    loaded = fresh(code, *words).stderr.splitlines()[-1].split()
    rooms = tuple(f"cercafoto.{name}" for name in unneeded.split())
    assert [name for name in loaded if f"{name}.".startswith(tuple(f"{r}." for r in rooms))] == []
    assert len(loaded) <= most, sorted(loaded)


# -- cerca -------------------------------------------------------------------------------------


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
    assert found("rosso", "--da", "2020-01-01") == []  # the time of a file is no date
    assert found("rosso", "--da", "2019-08-14") == ["vecchia.jpg"]
    assert found("--orientamento", "orizzontale", "--formato", "jpeg") == ["vecchia.jpg"]
    without = found("rosso, senza rosso")
    assert "rosso.png" not in without and "vecchia.jpg" not in without and without
    assert cli("cerca", "rosso ad agosto 2019")[2].startswith("cerco: «rosso», ")
    assert json.loads(cli("cerca", "nel 2018", "--json")[1])["verdict"] == "none"


def test_a_folder_alone_is_a_question(cli: Cli, indexed: Path) -> None:
    exif = Image.Exif()
    for name, year in (("a.jpg", 2017), ("b.jpg", 2019), ("c.jpg", 2018)):
        exif[0x8769] = {0x9003: f"{year}:08:14 10:00:00"}
        path = indexed / "sotto" / name
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (90, 60), (year - 1900, 0, 0)).save(path, exif=exif)
    assert cli("index")[0] == 0
    code, out, err = cli("cerca", "--in", indexed / "sotto", "--percorsi", "-q")
    assert (code, err) == (0, "")
    assert [Path(line).name for line in out.splitlines()] == ["b.jpg", "c.jpg", "a.jpg"]
    table = cli("cerca", "--in", indexed / "sotto")[1]
    assert "Fiducia" not in table
    assert table.index("b.jpg") < table.index("a.jpg") and "rosso.png" not in table


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
    # --meno alone is a question, like --senza, and is remembered.
    assert sorted(found("--fuori", indexed / "sotto")) == sorted(both)
    found("blu", "--fuori", indexed / "sotto")
    assert not {str(other), str(again)} & set(found("--meno", "1"))
    code, out, err = cli("cerca", "blu", "--fuori", drafts, "--json")
    assert (code, err) == (0, "")
    query = json.loads(out)["query"]
    assert query["filters"] == {"outside": [str(drafts)]}
    assert query["reading"] == f"cerco: «blu», non in: {drafts}"
    assert cli("cerca", "blu", "--fuori", drafts)[2].startswith(query["reading"])


# -- the end -----------------------------------------------------------------------------------


def test_exit_handlers_of_libraries_run() -> None:
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


def test_wrong_words_exit_2_with_a_hint(cli: Cli, indexed: Path, tmp_path: Path) -> None:
    for arguments, reason in (
        (["cerca", "   "], "la domanda è vuota"),
        (["cerca"], "la domanda è vuota"),
        (["cerca", "?!"], "in «?!» non ci sono parole"),
        (["cerca", "rosso", "--formato", "xyz"], "non conosce «xyz».\nConosce: jpeg, png,"),
        (["cerca", "rosso", "-n", "0"], "--max vuole un numero da 1 in su"),
        (["cerca", "rosso", "--min", "metà"], "--min vuole una fiducia da 0 a 1, non «metà»"),
        (["tag", "--soglia", "150%"], "--soglia vuole una fiducia da 0 a 1, non «150%»"),
        (["cerca", "rosso", "--json", "-0"], "si escludono"),
        (["cerca", "rosso", "--fantasia"], "--fantasia non esiste"),
        (["cerca", "rosso", "--in", "/nessuna/cartella"], "/cartella non esiste."),
        (["cerca", "rosso", "--fuori", "/nessuna/cartella"], "/cartella non esiste."),
        (["fantasia"], "Il comando fantasia non esiste"),
        (["index", "/nessuna/cartella"], "non esiste"),
        (["tag"], "Manca l'opzione --labels"),
        (["tag", "--labels", "/nessun/file.txt"], "non esiste"),
        (["tag", "--labels", "/dev/null"], "/dev/null non si può leggere (non è un file)"),
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
    ):
        code, out, err = cli(*arguments)
        assert (code, out) == (2, ""), arguments
        assert reason in err and "Traceback" not in err, arguments
    # Common options count after commands that do not declare them.
    assert cli("stato", "--quieto", "--archivio", tmp_path / "altro")[0] == 1
    assert "--offline" not in cli("stato", "--help")[1]


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        (["gatto"], "Forse intendevi: cercafoto cerca gatto\nVedi «cercafoto --help»."),
        (["un", "gatto", "-n", "5"], "Forse intendevi: cercafoto cerca un gatto -n 5\n"),
        (["l'estate al mare"], 'Forse intendevi: cercafoto cerca "l\'estate al mare"\n'),
        (["search", "gatto"], "Forse intendevi: cercafoto cerca gatto\n"),
        (["indice", "Foto"], "Forse intendevi: cercafoto index Foto\n"),
        (["Duplicati"], "Forse intendevi: cercafoto doppioni\n"),
        (["aiuto"], "Forse intendevi: cercafoto --help\n"),
        (["simili", "a.jpg"], "Forse intendevi: cercafoto cerca --come a.jpg\n"),
        (["help", "cerca"], "Forse intendevi: cercafoto cerca --help\n"),
        (["help", "gatto"], "Forse intendevi: cercafoto --help\n"),
        (["--aiuto"], "Forse intendevi: cercafoto --help\n"),
        (["cerca", "--aiuto"], "Forse intendevi: cercafoto cerca --help\n"),
        (["modello", "aiuto"], "Forse intendevi: cercafoto modello --help\n"),
        (["modello", "gatto"], "Il comando gatto non esiste.\nVedi «cercafoto modello --help».\n"),
        (["cerca", "cane", "-n"], "Vedi «cercafoto cerca --help»."),
        (["modello", "elenco", "--archivio"], "Vedi «cercafoto modello elenco --help»."),
    ],
)
def test_errors_suggest_the_right_command(cli: Cli, typed: list[str], hint: str) -> None:
    code, out, err = cli(*typed)
    assert (code, out) == (2, "")
    assert hint in err


def test_other_names_suggest_commands_and_hide_none() -> None:
    assert {name.split()[0] for name in program.other_names.values()} <= set(program.modules)
    assert not set(program.other_names) & set(program.modules)


def test_before_the_first_index(cli: Cli) -> None:
    for arguments in (["cerca", "rosso"], ["stato"]):
        code, out, err = cli(*arguments)
        assert (code, out) == (1, "")
        assert "cercafoto index CARTELLA" in err
    code, out, err = cli()
    assert code == 2 and "Uso: cercafoto" in out + err


def test_no_error_shows_a_traceback(
    cli: Cli, indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The unexpected is told without a traceback.
    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.delenv("CERCAFOTO_DEBUG", raising=False)
    monkeypatch.setattr("cercafoto.library.Library.search", broken)
    code, _, err = cli("cerca", "rosso")
    assert code == 1
    assert "Errore inatteso: ZeroDivisionError" in err
    assert "Traceback" not in err

    # Errors of the operating system are explained in Italian.
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/foto/a.jpg")

    monkeypatch.setattr("cercafoto.library.Library.search", full)
    code, out, err = cli("cerca", "rosso")
    assert (code, out) == (1, "")
    assert err.startswith("cercafoto: /foto/a.jpg: il disco è pieno.\n")


def test_options_may_stand_before_the_command(cli: Cli, photos: Path, tmp_path: Path) -> None:
    other = tmp_path / "altro"
    assert cli("--archivio", other, "index", photos)[0] == 0
    assert (other / "catalogo.sqlite3").exists()
    assert cli("cerca", "rosso", "--archivio", other, "--percorsi")[1].count("\n") == 5
    assert cli("cerca", "rosso")[0] == 1  # the usual archive has nothing


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_common_options_may_follow_any_command(command: tuple[str, ...]) -> None:
    context, at = program.make_context("cercafoto", [command[0], "x"]), program
    for name in command:
        found = at.get_command(context, name)
        assert found is not None
        at = found
    if isinstance(at, click.Group):
        return
    options = [option for param in at.params for option in param.opts]
    for option in ("--archivio", "--modello", "--offline", "--quieto", "-q"):
        assert options.count(option) == 1


def test_another_model_than_the_archives_is_refused(
    cli: Cli, indexed: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for arguments in (["cerca", "rosso"], ["cerca", "--come", indexed / "rosso.png"], ["stato"]):
        for line in (["--modello", "fantasia", *arguments], [*arguments, "--modello", "fantasia"]):
            code, out, err = cli(*line)
            assert (code, out) == (2, "")
            assert "nessun modello che si chiami «fantasia»" in err
        code, out, err = cli(*arguments, "--modello", "mini")
        assert (code, out) == (2, "")
        assert "con il modello «tiny», non con «mini»" in err
        assert "cercafoto index --modello mini" in err
        for name in ("tiny", "auto"):
            assert cli(*arguments, "--modello", name)[:2] == cli(*arguments)[:2]
    for line in (
        ["--modello", "fantasia", "index"],
        ["cerca", "gatto", "--modello", "fantasia"],
        ["completamento", "bash", "--mostra", "--modello", "fantasia"],
        ["modello", "elenco", "--modello", "fantasia"],
    ):
        assert cli(*line)[:2] == (2, "")
    # The model of the environment must be that of the archive.
    monkeypatch.setenv("CERCAFOTO_MODELLO", "mini")
    for command in (["cerca", "rosso"], ["stato"]):
        code, out, err = cli(*command)
        assert (code, out) == (2, "") and "«tiny», non con «mini»" in err
        assert "CERCAFOTO_MODELLO" in err
    assert cli("modello", "elenco")[0] == 0


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
