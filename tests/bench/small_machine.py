"""What index, search and page take on a machine with one core and 1 GB of memory.

    python -m tests.bench.small_machine FOLDER [--photos 100]

Commands run as on such a machine, with `mini`: all processes on one core, and none may have more
than 1 GB of address space (`taskset`, `prlimit`, from util-linux). What they take together is the
largest sum of proportional shares. FOLDER keeps the photos: JPEGs of 12 megapixels, and a PNG of
100 megapixels, which takes more memory than any JPEG of that size.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx
import psutil
from PIL import Image

from tests.bench import versus
from tests.bench.timed_processes import Memory, here, watched

ADDRESS_SPACE = 1_000_000_000  # bytes, of each process
LARGE = (11_600, 8_700)  # pixels
WORDS = "un gatto sul divano"
LIMITED = ["taskset", "-c", "0", "prlimit", f"--as={ADDRESS_SPACE}"]
COMMAND = [*LIMITED, sys.executable, "-m", "cercafoto"]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=100)
    chosen = parser.parse_args()
    photos = chosen.folder.absolute() / f"foto-{chosen.photos}"
    versus.pictures(photos, chosen.photos)
    large = chosen.folder / "grande" / "grande.png"
    if not large.exists():
        large.parent.mkdir()
        Image.effect_noise((1160, 870), 80).convert("RGB").resize(LARGE).save(
            large, compress_level=1
        )
    with tempfile.TemporaryDirectory() as archive:
        environment = {
            "CERCAFOTO_ARCHIVIO": archive,
            "CERCAFOTO_MINIATURE": f"{archive}/miniature",
            "CERCAFOTO_MODELLO": "mini",
        }
        for what, command in (
            (f"index of {chosen.photos} JPEGs", ["index", str(photos), "-q"]),
            ("index of a PNG of 100 megapixels", ["index", str(large.parent), "-q"]),
            ("index with nothing to do", ["index", "-q"]),
            ("cerca", ["cerca", WORDS, "--percorsi"]),
        ):
            before = processor_time()
            memory = watched([*COMMAND, *command], environment).memory
            show(what, processor_time() - before, memory)
        show("web: first page, its small copies, a search", *page(environment))
    print(f"load {os.getloadavg()[0]:.1f}; {here()}")


def show(what: str, seconds: float, memory: float) -> None:
    print(f"{what}: {seconds:.2f} s of the processor, {memory / 1e6:.0f} MB", flush=True)


def processor_time() -> float:
    """Return the seconds that all children of this process have used until they ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def page(environment: dict[str, str]) -> tuple[float, float]:
    """Open the page, its small copies one by one, and a search.

    Return the processor time, in seconds, and the largest memory, in bytes.
    """
    server = subprocess.Popen(
        [*COMMAND, "web", "--porta", "8470"], env=os.environ | environment,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        memory = Memory(server.pid)
        memory.start()
        assert server.stdout is not None
        address = next(
            found[0]
            for line in server.stdout
            if (found := re.search(r"http://\S+chiave=\S+", line))
        )
        with httpx.Client(timeout=120) as client:
            client.get(address).raise_for_status()
            home = address.split("?")[0]
            first = client.get(home).raise_for_status().text
            copies = re.findall(r'src="/(miniatura/[^"]+)"', first)
            assert copies
            for copy in copies:
                client.get(home + copy).raise_for_status()
            client.get(home, params={"q": WORDS}).raise_for_status()
        process = psutil.Process(server.pid)
        all_of_it = [process, *process.children(recursive=True)]
        seconds = sum(sum(each.cpu_times()[:2]) for each in all_of_it)
    finally:
        server.terminate()
        server.wait()
    return seconds, memory.largest()


if __name__ == "__main__":
    main()
