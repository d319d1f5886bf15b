"""The page over a made-up archive of 100,000 photos: python -m tests.bench.web [PHOTOS] [FOLDER].

`cercafoto web` runs as a person would start it; eight clients at once ask it over HTTP, each its
next question as soon as the last one is answered, which no person does. Clients and server share
the machine; on a busy one look at the processor time a request, of the server and of the clients.
Beside it the text tower of the model alone, asked in the same way without any page, which is the
least that new words can take. When the archive is made, also the counts over all photos, counted
and kept. At the end, if there is Chromium, what `tests.bench.opening` measures. FOLDER: where to
keep the archive for the next time; making it takes minutes, most of them for the graph.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from zlib import crc32

import httpx
import numpy as np
import psutil

from cercafoto import Question, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local_archive import LocalArchive
from cercafoto.base.own_process import usable_cores
from cercafoto.library import Library
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.registry import Registry
from cercafoto.question.filters.filter import NO_FILTERS
from tests.bench import opening
from tests.bench.filters import fill

CLIENTS = 8
CHUNK = 5000
LABELS = ("mare", "montagna", "gatto", "persona", "cibo", "città", "neve", "fiore")

THINGS = (
    "un gatto", "un cane", "due bambini", "una bicicletta", "un tramonto", "una torta", "la neve",
    "un treno", "un castello", "una barca", "un albero", "una donna", "un piatto di pasta",
    "un campo di fiori", "una moto", "un mercato", "una chiesa", "un cavallo", "un lago",
    "un ponte",
)  # fmt: skip
WHERE = (
    "sulla spiaggia", "in un giardino", "davanti a una casa", "al tramonto", "sotto la pioggia",
    "in una stanza", "visto dall'alto", "vicino a un fiume", "in mezzo alla folla", "nel bosco",
    "su un tavolo", "di notte", "in bianco e nero", "con il cielo azzurro", "in una piazza",
    "accanto a una finestra", "dietro un muro", "in cima a una collina", "sopra un tetto",
    "sotto un ombrello", "in un cortile", "lungo una strada", "davanti al mare", "in una serra",
    "fra le rocce", "dentro una scatola", "vicino a un lampione", "sul balcone", "nella nebbia",
    "in controluce", "accanto a una fontana", "su un prato",
)  # fmt: skip
SENTENCES = [f"{thing} {where}" for where, thing in itertools.product(WHERE, THINGS)]


def main() -> None:
    photos = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(temporary)
        settings = Settings(folder / "archivio", folder / "modelli", "mini", offline=True)
        if not settings.catalog.exists():
            make(settings, photos)
        with served(settings) as (address, server), httpx.Client() as client:
            client.get(address)
            home = address.split("?")[0]
            print(f"{photos} photos, {usable_cores()} cores, load {os.getloadavg()[0]:.1f}")
            years = [f"{words} nel {2004 + at % 20}" for at, words in enumerate(SENTENCES[:160])]
            counts = [f"faccette{question}" for question in asking(SENTENCES[:10])]
            for what, how, addresses in (
                ("first page of the archive", alone, [""] * 20),
                ("the next page", alone, [f"altre?segue={next_page(client, home)}"] * 20),
                ("a jump to 2009", alone, ["?vai=2009"] * 20),
                ("counts of the archive, first time", alone, ["faccette"]),
                ("counts of the archive, again", alone, ["faccette"] * 10),
                ("one client, new words", alone, asking(SENTENCES[300:400])),
                ("two clients, new words", partial(many, 2), asking(SENTENCES[400:500])),
                ("four clients, new words", partial(many, 4), asking(SENTENCES[500:600])),
                ("eight clients, new words", partial(many, CLIENTS), asking(SENTENCES[:300])),
                ("one client, words known", alone, asking(SENTENCES[300:400])),
                ("eight clients, words known", partial(many, CLIENTS), asking(SENTENCES[:300])),
                ("eight clients, with a year", partial(many, CLIENTS), asking(years)),
                ("counts of an answer", alone, counts),
            ):
                how(client, server, home, what, addresses)
        tower(settings, SENTENCES[:300])
        if opening.CHROMIUM:
            opening.report(settings)


def asking(sentences: Sequence[str]) -> list[str]:
    return [str(httpx.URL("", params={"q": sentence})) for sentence in sentences]


def alone(
    client: httpx.Client, server: psutil.Process, home: str, what: str, addresses: Sequence[str]
) -> None:
    with measured(server, what) as spent:
        spent += [timed(client, home + address) for address in addresses]


def many(
    clients: int,
    client: httpx.Client,
    server: psutil.Process,
    home: str,
    what: str,
    addresses: Sequence[str],
) -> None:
    """Ask for every address once, by whichever client is free."""

    @contextmanager
    def connected() -> Iterator[Callable[[str], float]]:
        with httpx.Client(cookies=client.cookies) as mine:
            mine.get(f"{home}risorse/icona.svg")  # connected before it is timed
            yield lambda address: timed(mine, home + address)

    with measured(server, what) as spent:
        spent += asked_at_once(clients, connected, addresses)


def asked_at_once(
    clients: int,
    connected: Callable[[], AbstractContextManager[Callable[[str], float]]],
    questions: Sequence[str],
) -> list[float]:
    """Return the milliseconds of each question."""
    left, lock, spent = iter(questions), threading.Lock(), list[float]()

    def ask() -> None:
        with connected() as timed_one:
            while True:
                with lock:
                    question = next(left, None)
                if question is None:
                    return
                spent.append(timed_one(question))

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return spent


def tower(settings: Settings, sentences: Sequence[str]) -> None:
    """Measure the text tower without the page: eight people ask, one sentence a core at a time."""
    encoder = Encoder(Registry(settings).embedded(), threads=1)
    encoder.embed_texts(["una foto"])
    with ThreadPoolExecutor(usable_cores()) as cores:

        def embedded(sentence: str) -> float:
            started = time.perf_counter()
            cores.submit(encoder.embed_texts, [sentence]).result()
            return 1000 * (time.perf_counter() - started)

        with measured(psutil.Process(), "the text tower alone, for eight") as spent:
            spent += asked_at_once(CLIENTS, lambda: nullcontext(embedded), sentences)


def timed(client: httpx.Client, address: str) -> float:
    """Return the milliseconds until the whole answer has arrived."""
    started = time.perf_counter()
    answer = client.get(address, timeout=120)
    took = 1000 * (time.perf_counter() - started)
    assert answer.status_code == 200, (address, answer.status_code)
    return took


@contextmanager
def measured(server: psutil.Process, what: str) -> Iterator[list[float]]:
    """Yield a list to be filled with milliseconds; report on them at the end."""
    spent: list[float] = []
    both = [server, psutil.Process()]
    before = [sum(one.cpu_times()[:2]) for one in both]
    yield spent
    after = [sum(one.cpu_times()[:2]) for one in both]
    used, ours = (1000 * (b - a) / len(spent) for a, b in zip(before, after, strict=True))
    median, high = np.percentile(spent, [50, 95])
    print(
        f"{what:36}{len(spent):5} requests  median {median:7.1f} ms  p95 {high:7.1f} ms  "
        f"processor {used:6.1f} ms, clients {ours:4.1f} ms",
        flush=True,
    )


def next_page(client: httpx.Client, home: str) -> str:
    """Return the address of the archive's second page."""
    text = client.get(home).text
    return text.split('data-pezzo="/altre?segue=')[1].split('"')[0]


@contextmanager
def served(settings: Settings) -> Iterator[tuple[str, psutil.Process]]:
    """Yield the address that `cercafoto web` prints, and its process."""
    command = [sys.executable, "-m", "cercafoto", "web", "--porta", "0", "-q"]
    environment = os.environ | {
        "CERCAFOTO_ARCHIVIO": str(settings.archive),
        "CERCAFOTO_MODELLI": str(settings.models),
        "CERCAFOTO_MINIATURE": str(settings.archive.parent / "miniature"),
    }
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        print(f"ready after {time.perf_counter() - started:.1f} s")
        try:
            yield address, psutil.Process(server.pid)
        finally:
            server.terminate()


def make(settings: Settings, photos: int) -> None:
    """Write rows as in the benchmark of the filters, with five labels a photo and slightly moved
    vectors of `mini`'s reference photos."""
    folder = Registry(settings).embedded()
    reference = Encoder(folder).reference
    assert reference is not None
    rng = np.random.default_rng(1)
    with Catalog.create(settings.catalog) as catalog:
        fill(catalog, photos)
        db = catalog.connection
        with catalog.transaction():
            model = catalog.models.add_model(
                folder.fingerprint, folder.name, folder.version, folder.dimension
            )
            catalog.models.put("model", str(model))
            for at in range(0, photos, CHUNK):
                count = min(CHUNK, photos - at)
                near = reference[rng.integers(len(reference), size=count)]
                noise = rng.standard_normal(near.shape, np.float32) / np.sqrt(near.shape[1])
                vectors = near + 0.6 * noise
                vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
                stored = [vector.astype("<f2").tobytes() for vector in vectors]
                db.executemany(
                    "INSERT INTO vectors(content_id, model_id, vector, checksum) "
                    "VALUES (?, ?, ?, ?)",
                    ((at + n + 1, model, data, crc32(data)) for n, data in enumerate(stored)),
                )
            db.executemany(
                "INSERT OR IGNORE INTO tags(content_id, label, score, confidence, label_file, "
                "model_id, tagged_at) SELECT id, ?, 0.3, 0.9, 'e', 1, 'x' FROM contents "
                "WHERE (id * ?) % 8 < 5",
                ((label, 2 * at + 1) for at, label in enumerate(LABELS)),
            )
        catalog.refresh_statistics()
        for what in ("counted", "kept"):
            started = time.perf_counter()
            catalog.browsing.facets(NO_FILTERS)
            print(f"facets {what} in {1000 * (time.perf_counter() - started):.1f} ms")
            catalog.keep_facets()
    started = time.perf_counter()
    library = Library(settings, LocalArchive(settings, resident=True))
    library.search(library.parse(Question(("una foto",))), 1)
    print(f"graph of {photos} photos made in {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
