"""What a cluster costs and brings:

    python -m tests.bench.ray_index FOLDER [--runs 3] [--rows 100000]
                                      [--only overhead scaling writer]

FOLDER: photos, some hundreds at least. Three questions:

overhead: a photo more, with `--ray` on this machine and without it: seconds, and seconds of
    processor time of all processes together. Starts are left out, by the difference between a run
    over all photos and one over a few.
scaling: photos a second on one machine of one core, and on two; each machine is pinned to a core of
    its own, the catalogue and Ray's own processes share them.
writer: rows a second that the catalogue takes where results are ready, by photos a transaction;
    and bytes that come back from a machine for a photo.

Runs are interleaved, figures are medians. Processor time is that of a control group, which takes
root on Linux; elsewhere it says nan.
"""

from __future__ import annotations

import argparse
import atexit
import math
import os
import pickle
import statistics
import tempfile
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cercafoto import Library, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.indexing.cluster.cluster_options import ClusterChoices
from cercafoto.indexing.comparison import NEW, Comparison
from cercafoto.indexing.index_run import IndexRun
from cercafoto.photos.facts import Facts
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.read_file import FoundFile, ReadFile
from cercafoto.photos.scan import Walk
from tests.bench.timed_processes import here
from tests.support.ray_cluster import ray_cluster

PARTS = ("overhead", "scaling", "writer")
FEW = 64  # photos of the run whose time is taken for that of the start
DIMENSION = 512
TOGETHER = (16, 64, 200)  # photos a transaction


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--only", choices=PARTS, nargs="*", default=PARTS)
    chosen = parser.parse_args()
    print(here())
    clock = ProcessorClock()
    with tempfile.TemporaryDirectory(prefix="cf-", dir="/tmp") as place:
        photos = Photos(chosen.folder, Path(place))
        print(f"{photos.number} photos of {photos.size / photos.number / 1000:.0f} KB")
        if "overhead" in chosen.only:
            overhead(photos, clock, chosen.runs)
        if "scaling" in chosen.only:
            scaling(photos, clock, chosen.runs)
        if "writer" in chosen.only:
            writer(Path(place), chosen.rows)


class ProcessorClock:
    """Measures the processor seconds of this process and all that it started, dead or alive."""

    def __init__(self) -> None:
        self._usage: Path | None = None
        for root, file in (("/sys/fs/cgroup/cpuacct", "cpuacct.usage"), ("/sys/fs/cgroup", "")):
            group = Path(root, f"cercafoto-bench-{os.getpid()}")
            try:
                group.mkdir()
                (group / "cgroup.procs").write_text(str(os.getpid()))
                usage = group / (file or "cpu.stat")
                usage.read_text()
            except OSError:
                continue
            self._usage = usage
            atexit.register(self._leave, group)
            return

    def _leave(self, group: Path) -> None:
        (group.parent / "cgroup.procs").write_text(str(os.getpid()))
        group.rmdir()

    def now(self) -> float:
        if self._usage is None:
            return math.nan
        words = self._usage.read_text().split()
        return int(words[0]) / 1e9 if len(words) == 1 else int(words[1]) / 1e6


@dataclass(frozen=True)
class Cost:
    """Seconds: by the clock (`wall`), of the processor in all processes, and in this process
    (`own`)."""

    seconds: float
    processor: float
    own: float

    def __sub__(self, other: Cost) -> Cost:
        return Cost(
            self.seconds - other.seconds,
            self.processor - other.processor,
            self.own - other.own,
        )


class Photos:
    """All photos of a folder, and a few of them, to be indexed into temporary archives."""

    def __init__(self, folder: Path, work: Path) -> None:
        self._work = work
        self.all, self.few = work / "tutte", work / "poche"
        found = list(Walk(os.fsencode(folder)))
        self.number = len(found)
        self.size = sum(file.size for file in found)
        for place, files in ((self.all, found), (self.few, found[:FEW])):
            place.mkdir()
            for number, file in enumerate(files):
                name = f"{number:06}{os.path.splitext(os.fsdecode(file.path))[1]}"
                (place / name).symlink_to(os.path.abspath(os.fsdecode(file.path)))

    def index(self, folder: Path, cluster: ClusterChoices | None, clock: ProcessorClock) -> Cost:
        from cercafoto.indexing.folder_choices import FolderChoices

        with tempfile.TemporaryDirectory(dir=self._work) as archive:
            settings = Settings(Path(archive), self._work / "models", "mini", offline=True)
            links = FolderChoices(follow_links=True)
            before = time.perf_counter(), clock.now(), time.process_time()
            report = Library(settings).index([folder], choices=links, cluster=cluster)
            after = time.perf_counter(), clock.now(), time.process_time()
            assert report.embedded, report
        return Cost(*(b - a for a, b in zip(before, after, strict=True)))

    def each(self, cluster: ClusterChoices | None, clock: ProcessorClock) -> Cost:
        """Return the cost of one more photo."""
        few = self.index(self.few, cluster, clock)
        more = self.index(self.all, cluster, clock) - few
        number = self.number - FEW
        return Cost(more.seconds / number, more.processor / number, more.own / number)


def median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        *(statistics.median(getattr(c, f) for c in costs) for f in ("seconds", "processor", "own"))
    )


def shown(what: str, cost: Cost) -> None:
    print(
        f"{what}: {1 / cost.seconds:.1f} photos/s, {1000 * cost.processor:.1f} ms of processor "
        f"time a photo, {1000 * cost.own:.2f} ms of them in the process that writes"
    )


def overhead(photos: Photos, clock: ProcessorClock, runs: int) -> None:
    alone, with_ray = [], []
    for _ in range(runs):
        alone.append(photos.each(None, clock))
        with_ray.append(photos.each(ClusterChoices(), clock))
    a, b = median(alone), median(with_ray)
    shown("without Ray", a)
    shown("with Ray, this machine", b)
    print(
        f"overhead: {100 * (b.processor / a.processor - 1):.1f} % of processor time, "
        f"{100 * (b.seconds / a.seconds - 1):.1f} % of time"
    )


def scaling(photos: Photos, clock: ProcessorClock, runs: int) -> None:
    costs: dict[int, list[Cost]] = {1: [], 2: []}
    for _ in range(runs):
        for machines in costs:
            with (
                tempfile.TemporaryDirectory(prefix="cf-", dir="/tmp") as folder,
                ray_cluster(Path(folder), machines, "--pinned") as cluster,
            ):
                costs[machines].append(photos.each(ClusterChoices(cluster.address), clock))
    one, two = median(costs[1]), median(costs[2])
    shown("one machine of one core", one)
    shown("two machines of one core", two)
    ratios = [a.seconds / b.seconds for a, b in zip(costs[1], costs[2], strict=True)]
    print(
        f"two beside one: {one.seconds / two.seconds:.2f} times the photos/s "
        f"(each pair: {', '.join(f'{ratio:.2f}' for ratio in ratios)}), "
        f"{two.processor / one.processor:.3f} times the processor time a photo"
    )


@dataclass
class Ready:
    """Workers whose results are ready at once."""

    batch: int
    results: list[ReadFile]
    card: str = ""

    def read(self, files: Sequence[FoundFile]) -> Generator[ReadFile, None, None]:
        yield from self.results

    def embed(self, batch: Sequence[ReadFile]) -> list[ReadFile]:
        return list(batch)


def writer(work: Path, rows: int) -> None:
    results = made_up(rows)
    parts = [pickle.dumps(results[at : at + 16], protocol=5) for at in range(0, rows, 16)]
    print(f"a photo comes back as {sum(map(len, parts)) / rows:.0f} bytes")
    for together in TOGETHER:
        with (
            tempfile.TemporaryDirectory(dir=work) as folder,
            Catalog.create(Path(folder, "catalogo.sqlite3")) as catalog,
        ):
            with catalog.transaction():
                catalog.folders.add_root(b"/nas/foto")
                model = catalog.models.add_model("f" * 64, "mini", "1", DIMENSION)
            comparison = Comparison(catalog, set(), set())
            comparison.to_read = [(read.file, NEW) for read in results]
            run = IndexRun(
                catalog, "mini", Ready(together, results), PhotoFolders(dict), [b"/nas/foto"],
                model, comparison,
            )  # fmt: skip
            began, own = time.perf_counter(), time.process_time()
            run.apply()
            seconds, own = time.perf_counter() - began, time.process_time() - own
        print(
            f"writer alone, {together} photos a transaction: {rows / seconds:.0f} rows/s "
            f"({rows / own:.0f} by its processor time)"
        )


def made_up(rows: int) -> list[ReadFile]:
    """Return made-up results: a date, a camera, a place for half of them, some words."""
    rng = np.random.default_rng(0)
    reads: list[ReadFile] = []
    for number in range(rows):
        vector = rng.normal(size=DIMENSION).astype(np.float32)
        vector /= np.linalg.norm(vector)
        path = b"/nas/foto/%04d/IMG_%07d.jpg" % (number // 1000, number)
        facts = Facts(
            taken_at=f"20{number % 20:02}-{1 + number % 12:02}-{1 + number % 28:02}T12:00:00",
            date_source="exif",
            latitude=41.9 + number % 100 / 100 if number % 2 else None,
            longitude=12.5 + number % 90 / 100 if number % 2 else None,
            camera=f"Nikon D{number % 40}",
            keywords=("mare", "estate") if number % 5 == 0 else (),
            format="JPEG",
        )
        digest = number.to_bytes(4, "big") * 8
        file = FoundFile(path, 3_000_000, number)
        reads.append(ReadFile(file, digest, facts, 4000, 3000, 1, False, embedding=vector))
    return reads


if __name__ == "__main__":
    main()
