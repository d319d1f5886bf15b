"""The shared archive:

    OMP_NUM_THREADS=1 python -m tests.bench.shared [PHOTOS ...] [--foto FOLDER] [--into .bench]

Archives of so many made-up photos (10,000 and 100,000 unless told), each published to a PostgreSQL
of its own, that is stopped at the end: photos a second, time to make the graph, bytes on disk, then
searches by one process and by eight at once, without conditions, and with some that leave a tenth
and a hundredth of the photos; how many of the ten nearest the graph finds. What it takes to grow,
fitted over the sizes. --clusters: how many groups of alike photos there are, in a new --into: 200
of 100,000 photos are as large as 2,000 of a million. With --foto, real photos instead: whether both
archives give the same answers.

A search is all that `simili` does but reading the picture: candidates, exact scores, confidences,
rows. The server runs on the same machine and has the usual settings of Debian, but for
shared_buffers.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import psutil

from cercafoto import Library, Query, Question, Settings
from cercafoto.archive.local_archive import LocalArchive
from cercafoto.archive.shared import embeddings, graph
from cercafoto.archive.shared.connection import Connection, connect
from cercafoto.archive.shared.publisher import Publisher
from cercafoto.archive.shared.shared_archive import SharedArchive
from cercafoto.question.filters.filter import NO_FILTERS, Filters
from cercafoto.question.grammar.calendar_days import Span
from cercafoto.search.answer import RELEVANT_FROM
from cercafoto.search.run import SearchRun
from tests.bench import archives
from tests.support.postgres import Server, server

CLIENTS, ASKED, WARM_UP = 8, 30, 5
START = date(2018, 6, 1)  # of the photos of `archives`
CONDITIONS = {
    "senza condizioni": NO_FILTERS,
    "una foto su dieci": Filters(periods=(Span(START, START + timedelta(archives.DAYS // 10)),)),
    "una foto su cento": Filters(periods=(Span(START, START + timedelta(6)),)),
}
SERVER = ("fsync = on", "shared_buffers = 2GB", "max_wal_size = 4GB", "jit = off")
QUERIES = Path(__file__).parents[2].parent / "shared" / "data" / "domande_valid.tsv"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("photos", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--foto", type=Path)
    parser.add_argument("--domande", type=Path, default=QUERIES)
    parser.add_argument("--into", type=Path, default=Path(".bench"))
    parser.add_argument("--clusters", type=int, default=archives.CLUSTERS)
    chosen = parser.parse_args()
    archives.CLUSTERS = chosen.clusters
    folder = chosen.into.absolute()
    if chosen.foto:
        same_answers(folder, chosen.foto, chosen.domande)
        return
    spent: dict[str, list[float]] = {}
    for number in chosen.photos:
        for what, milliseconds in measure(folder, number).items():
            spent.setdefault(what, []).append(milliseconds)
    if len(chosen.photos) > 1:
        for what, times in spent.items():
            slope = np.polyfit(np.log(chosen.photos), np.log(times), 1)[0]
            print(f"{what}: il processore cresce come le foto alla {slope:.2f}")


# -- made-up photos -------------------------------------------------------------------------------


def measure(folder: Path, number: int) -> dict[str, float]:
    """Measure one size; milliseconds of processor time that a search takes of both sides."""
    settings = Settings(folder / f"archivio-{number}", folder / "modelli", "mini", offline=True)
    archives.fill(settings, number)
    with server(folder / f"postgres-{number}", SERVER) as running:
        address = running.new_database("archivio")
        print(f"== {number} foto", flush=True)
        with Publisher(address, "NAS-1") as publisher, Timed() as graph_made:
            backend = psutil.Process(publisher.db.info.backend_pid)
            started, before = time.perf_counter(), time.process_time()
            report = publisher.publish(LocalArchive(settings))
            whole, sent = time.perf_counter() - started, time.process_time() - before
            made = graph_made.seconds
            received = sum(backend.cpu_times()[:2]) - graph_made.processor
        rate = number / (whole - made)
        print(
            f"pubblicate in {whole - made:.1f} s: {rate:.0f} al secondo; di processore, per foto: "
            f"{1e6 * sent / number:.0f} us per chi pubblica, {1e6 * received / number:.0f} us sul "
            f"server; indice: {made:.0f} s, {graph_made.processor:.0f} s di processore"
        )
        assert report.counted.new == number
        print("sul disco: " + _sizes(address))
        shared = replace(settings, shared=address)
        vectors, _ = next(archives.chunks(20_000, 512))
        print(f"dei dieci più vicini ne trova {_recall(address, vectors):.3f}")
        spent = {}
        for what, conditions in CONDITIONS.items():
            here, there = _processor(shared, vectors, conditions)
            print(f"{what}: {there:.1f} ms di processore sul server, {here:.1f} per chi cerca")
            spent[what] = here + there
            for clients in (1, CLIENTS):
                times = _asked(shared, vectors, conditions, clients)
                middle, late = np.percentile(times, [50, 95])
                print(f"{what}, {clients} insieme: {middle:.1f} ms, 95 % entro {late:.1f} ms")
        return spent


class Timed:
    """Measures, within the block, how long the graph takes to make: seconds, and processor time of
    the server process that makes it, without its helpers."""

    def __enter__(self) -> Timed:
        self.seconds, self.processor, self._make = 0.0, 0.0, graph._make

        def timed(db: Connection, *arguments: int) -> None:
            backend = psutil.Process(db.info.backend_pid)
            started, before = time.perf_counter(), sum(backend.cpu_times()[:2])
            self._make(db, *arguments)
            self.seconds = time.perf_counter() - started
            self.processor = sum(backend.cpu_times()[:2]) - before

        graph._make = timed  # type: ignore[assignment]
        return self

    def __exit__(self, *_: object) -> None:
        graph._make = self._make


def _sizes(address: str) -> str:
    with connect(address) as db:
        rows = db.execute(
            "SELECT relname, pg_total_relation_size(oid), pg_indexes_size(oid) FROM pg_class "
            "WHERE relnamespace = 'cercafoto'::regnamespace AND relkind = 'r' "
            "AND pg_total_relation_size(oid) > 1e6 ORDER BY 2 DESC"
        ).fetchall()
    whole = sum(size for _, size, _ in rows)
    each = ", ".join(f"{name} {size / 1e6:.0f} MB" for name, size, _ in rows)
    return f"{whole / 1e6:.0f} MB ({each})"


def _recall(address: str, vectors: np.ndarray) -> float:
    """Return the share of the ten nearest of an exhaustive search that the graph finds, over a
    hundred questions."""
    archive = SharedArchive(Settings(Path(), Path(), shared=address), resident=True)
    found = 0
    with archive.reading():
        every = archive.embeddings
        for vector in vectors[:100]:
            query = _near(vector)
            exact, _ = every._exact(embeddings._as_text(query), 10, None)
            contents, rows, _ = every.nearest(query, 500)
            ten = contents[np.argsort(-(rows @ query))[:10]]
            found += len(set(ten.tolist()) & set(exact.tolist()))
    archive.__exit__()
    return found / 1000


def _near(vector: np.ndarray) -> np.ndarray:
    """Return a question as near to a photo as photos of one cluster are to each other."""
    noise = np.random.default_rng(int(abs(vector[0]) * 1e9)).normal(size=len(vector))
    moved = vector + 0.5 * (noise / np.linalg.norm(noise)).astype(np.float32)
    return moved / np.linalg.norm(moved)


def _processor(settings: Settings, vectors: np.ndarray, conditions: Filters) -> tuple[float, float]:
    """Return a search's milliseconds of processor time, of the client and of the server. Other work
    on the machine hardly changes them."""
    archive = SharedArchive(settings, resident=True)
    with archive.reading():
        backend = psutil.Process(archive._rows.db.info.backend_pid)
    for at in range(WARM_UP + ASKED):
        if at in (0, WARM_UP):
            started = time.process_time(), sum(backend.cpu_times()[:2])
        _ask(archive, vectors[37 * at], conditions)
    spent = [time.process_time() - started[0], sum(backend.cpu_times()[:2]) - started[1]]
    archive.__exit__()
    return 1000 * spent[0] / ASKED, 1000 * spent[1] / ASKED


def _ask(archive: SharedArchive, vector: np.ndarray, conditions: Filters) -> None:
    with archive.reading():
        run = SearchRun(archive, Query(), tagged=False, relevant_from=lambda best: RELEVANT_FROM)
        found = run.rank((), [(_near(vector)[None], 1.0)], conditions, 10)
    assert len(found.hits) == 10


def _asked(
    settings: Settings, vectors: np.ndarray, conditions: Filters, clients: int
) -> np.ndarray:
    """Ask from this many processes at once; return the milliseconds of every search after the
    warm-up."""
    context = multiprocessing.get_context("fork")
    barrier, answers = context.Barrier(clients), context.Queue()
    processes = [
        context.Process(
            target=_client, args=(settings, vectors, conditions, seed, barrier, answers)
        )
        for seed in range(clients)
    ]
    for process in processes:
        process.start()
    times = [seconds for _ in processes for seconds in answers.get()]
    for process in processes:
        process.join()
    return 1000 * np.array(times)


def _client(settings, vectors, conditions, seed, barrier, answers) -> None:  # type: ignore[no-untyped-def]
    rng, times = random.Random(seed), []
    archive = SharedArchive(settings, resident=True)

    def ask() -> None:
        _ask(archive, vectors[rng.randrange(len(vectors))], conditions)

    for _ in range(WARM_UP):
        ask()
    barrier.wait()
    for _ in range(ASKED):
        started = time.perf_counter()
        ask()
        times.append(time.perf_counter() - started)
    answers.put(times)
    archive.__exit__()


# -- real photos ----------------------------------------------------------------------------------


def same_answers(folder: Path, photos: Path, questions: Path, most: int = 5000) -> None:
    """Index this many photos, publish them, and compare the answers of both archives."""
    chosen = folder / "vere"
    if not chosen.exists():
        chosen.mkdir(parents=True)
        files = sorted(path for path in photos.rglob("*") if path.suffix in (".jpg", ".webp"))
        step = len(files) / most
        for path in (files[int(at * step)] for at in range(most)):
            name = chosen / f"{path.parent.name}-{path.name}"
            try:
                name.hardlink_to(path)
            except OSError:  # on another disk
                shutil.copyfile(path, name)
    settings = Settings(folder / "archivio-vere", folder / "modelli", "mini", offline=True)
    here = Library(settings)
    here.index([chosen])
    words = [line.split("\t")[0] for line in questions.read_text("utf-8").splitlines()]
    with server(folder / "postgres-vere") as running:
        _compare(here, running, chosen, words)


def _compare(here: Library, running: Server, root: Path, words: Sequence[str]) -> None:
    address = running.new_database("archivio")
    here.sharing.publish(address, "casa")
    there = replace(here.settings, shared=address, mounts=(f"casa={root}",))
    with here, Library(there) as shared:
        number = here.status().counts.photos
        same = _agreement(here, shared, words)
        print(
            f"{number} foto, {len(words)} domande; confrontando tutto: {same[0]} risposte con le "
            f"stesse foto nello stesso ordine, fiducia diversa al massimo di {same[1]:.1e}"
        )
        graph.FEW = 1000
        with connect(address) as db:
            graph.bring_up_to_date(db, few=1000)
        same = _agreement(here, shared, words)
        print(f"attraverso l'indice: {same[0]}; delle prime dieci ne trova {same[2]:.4f}")


def _agreement(here: Library, there: Library, words: Sequence[str]) -> tuple[int, float, float]:
    """Return how many questions have the same answer in the same order, the largest difference of a
    confidence, and the share of the first ten results that both have."""
    same, apart, shares = 0, 0.0, []
    for text in words:
        question = Question((text,))
        first, second = (each.search(each.parse(question), 10).hits for each in (here, there))
        paths = [[hit.path for hit in hits] for hits in (first, second)]
        known = {hit.path: hit.confidence for hit in first}
        apart = max(
            [apart, *(abs(h.confidence - known[h.path]) for h in second if h.path in known)]
        )
        same += paths[0] == paths[1]
        shares.append(len({*paths[0]} & {*paths[1]}) / max(1, len(paths[0])))
    return same, apart, float(np.mean(shares))


if __name__ == "__main__":
    main()
