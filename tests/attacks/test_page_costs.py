"""The page under too much load: connections, waiting, uploads, shutdown."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from starlette.requests import Request
from starlette.testclient import TestClient
from starlette.types import Message

from cercafoto import Library, Settings
from cercafoto.base.locked_folder import LOCK, make_locked_folder
from cercafoto.base.own_process import usable_cores
from cercafoto.errors import ImageError
from cercafoto.photos.thumbnails import Thumbnails
from cercafoto.search.heat_map import Heat, heat_layer
from cercafoto.web import connections, uploads
from cercafoto.web.fair_queue import BusyError, FairQueue
from cercafoto.web.page_answers import PageArchive
from cercafoto.web.pages import label
from cercafoto.web.pages.pictures import receive_upload
from cercafoto.web.uploads import PREFIX, Uploads
from tests.support.waiting import PATIENCE, until
from tests.support.web_client import visitor
from tests.support.web_server import running
from tests.web.test_pages import picture

CROWD = 1200
FILES = 1024  # open files that many systems allow a process
POSIX = pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX")
NOTHING, HALF = b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half"
BODY = b"POST /carica HTTP/1.1\r\nHost: %b\r\nContent-Length: 70000000\r\n\r\nabc"
BROKEN, UPGRADE = (
    b"\x16\x03\x01 nonsense\r\n\r\n",
    (b"GET / HTTP/1.1\r\nHost: %b\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
)


@pytest.fixture
def indexed(library: Library, photos: Path) -> Library:
    with (photos / "grande.jpg").open("wb") as file:  # no buffer of a connection holds it
        file.write(picture((9, 200, 200)))
        file.write(bytes(30_000_000))
    library.index([photos])
    return library


@pytest.fixture
def client(indexed: Library) -> Iterator[TestClient]:
    with visitor(indexed.settings) as found:
        yield found


class Page:
    """`cercafoto web` in a process of its own, with FILES and a temporary folder of its own."""

    def __init__(self, settings: Settings, folder: Path, before: str = "") -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.said = folder.with_suffix(".err")
        environment = os.environ | {
            "CERCAFOTO_ARCHIVIO": str(settings.archive),
            "CERCAFOTO_MODELLI": str(settings.models),
            "CERCAFOTO_MODELLO": "tiny",
            "TMPDIR": str(folder),
        }
        program = f"{before}\nfrom cercafoto.cli.main import main\nmain()"
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-c", program, "web", "--porta", "0"],
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
                env=environment,
                preexec_fn=_few_files,
            )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        assert self.address, self.said.read_text()
        self.host = urlsplit(self.address).netloc
        self.port = int(self.host.rpartition(":")[2])

    def get(self, path: str, cookie: str = "") -> tuple[int, dict[str, str], bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def enter(self) -> str:
        """Return the cookie that admits a visitor."""
        status, headers, _ = self.get(f"/?{urlsplit(self.address).query}")
        assert status == 200
        return headers["set-cookie"].partition(";")[0]

    def leftovers(self) -> list[Path]:
        return list(self.folder.glob(f"{PREFIX}*"))

    def interrupt(self) -> None:
        """Send Ctrl-C, and wait until the process has ended."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(PATIENCE)


def _few_files() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_NOFILE, (256, FILES))  # as macOS does
    signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def page(settings: Settings, folder: Path, before: str = "") -> Iterator[Page]:
    found = Page(settings, folder, before)
    try:
        yield found
    finally:
        found.process.kill()
        found.process.communicate()


@pytest.fixture
def many_files() -> Iterator[None]:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2 * CROWD:
        pytest.skip("the system lets a process open too few connections")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * CROWD), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


# -- connections -----------------------------------------------------------------------------------


@POSIX
def test_a_crowd_of_connections_keeps_nobody_out(
    indexed: Library, tmp_path: Path, many_files: None
) -> None:
    with page(indexed.settings, tmp_path / "tmp") as server:
        for sent in (NOTHING, HALF, BODY, BROKEN, UPGRADE):
            with ExitStack() as crowd:
                for _ in range(CROWD if sent == NOTHING else CROWD // 4):
                    one = crowd.enter_context(
                        socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
                    )
                    with suppress(OSError):  # dropped for the next one
                        one.sendall(sent.replace(b"%b", server.host.encode()))
                cookie = server.enter()
                assert server.get("/?q=rosso", cookie)[0] == 200
                if sys.platform.startswith("linux"):
                    files = len(os.listdir(f"/proc/{server.process.pid}/fd"))
                    assert files < connections.MOST + 2 * connections.BACKLOG
        server.interrupt()
        said = server.said.read_text().splitlines()
        assert len(said) == 2 and said[-1] == "Pagina chiusa.", said


def dropped(one: socket.socket, trickle: bytes) -> bool:
    """Whether the server drops a connection that sends a little again and again."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if trickle:
                one.sendall(trickle)
            if select.select([one], [], [], 0.1)[0] and not one.recv(65536):
                return True
        except OSError:
            return True
    return False


def test_who_keeps_the_server_waiting_is_dropped(
    indexed: Library, lost: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(indexed.settings) as address, ExitStack() as stack:
        host, port, cookie = enter(address)
        number = grande(port, cookie)
        # Only now: on a machine that does much else the requests above may take longer.
        for waiting in connections.Waiting:
            monkeypatch.setitem(connections.LONGEST, waiting, 1)
        own = f"Host: {host}\r\nCookie: {cookie}\r\nOrigin: http://{host}\r\n".encode()
        upload = b"POST /carica HTTP/1.1\r\n" + own + b"Content-Length: 70000000\r\n\r\n"
        chunked = b"POST /scarica HTTP/1.1\r\n" + own + b"Transfer-Encoding: chunked\r\n\r\n"
        for sent, trickle in (
            (NOTHING, b""),
            (HALF, b"x"),
            (BODY.replace(b"%b", host.encode()), b"x"),  # refused before it has come
            (upload, b"x"),
            (upload, b""),
            (chunked, b"1\r\nx\r\n"),
        ):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", port), PATIENCE))
            one.sendall(sent)
            assert dropped(one, trickle), sent
        one = socket.socket()
        stack.enter_context(one)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        one.settimeout(PATIENCE)
        one.connect(("127.0.0.1", port))
        mine = one.getsockname()[1]
        one.sendall(f"GET /originale/{number} HTTP/1.1\r\n".encode() + own + b"\r\n")
        # Nothing is taken of the answer, until the server has closed its end.
        until(lambda: mine in lost)
        taken = 0
        with suppress(OSError):
            while piece := one.recv(1 << 20):
                taken += len(piece)
        assert taken < 30_000_000


@pytest.fixture
def lost(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Return the ports of the clients whose connections the server has closed or lost."""
    ports: set[int] = set()
    connection_lost = connections.BoundedConnection.connection_lost

    def noticed(self: connections.BoundedConnection, exc: Exception | None) -> None:
        assert self.client is not None
        ports.add(self.client[1])
        connection_lost(self, exc)

    monkeypatch.setattr(connections.BoundedConnection, "connection_lost", noticed)
    return ports


def enter(address: str) -> tuple[str, int, str]:
    """Return host and port, the port alone, and the cookie that lets in."""
    host, query = urlsplit(address).netloc, urlsplit(address).query
    connection = HTTPConnection(host, timeout=PATIENCE)
    connection.request("GET", f"/?{query}")
    cookie = connection.getresponse().headers["set-cookie"].partition(";")[0]
    connection.close()
    return host, int(host.rpartition(":")[2]), cookie


def grande(port: int, cookie: str) -> str:
    """Return the id of the large photo."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", "/", headers={"Cookie": cookie})
    text = connection.getresponse().read().decode()
    connection.close()
    found = re.search(r'data-foto="(\d+)">\s*<img [^>]* alt="grande\.\w+"', text)
    assert found
    return found[1]


def test_who_sends_fast_enough_may_take_long(
    indexed: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connections.LONGEST, connections.Waiting.BODY, 1)
    monkeypatch.setattr(connections, "MIN_RATE", 10)
    with running(indexed.settings) as address:
        host, _, cookie = enter(address)
        connection = HTTPConnection(host, timeout=PATIENCE)
        data = picture((245, 15, 15), (400, 300))

        def slowly() -> Iterator[bytes]:
            for at in range(0, len(data), len(data) // 12):
                time.sleep(0.25)
                yield data[at : at + len(data) // 12]

        headers = {"Cookie": cookie, "Origin": f"http://{host}", "Content-Length": str(len(data))}
        connection.request("POST", "/carica", slowly(), headers)
        assert connection.getresponse().status == 201
        connection.close()


@pytest.mark.parametrize(("trusted", "many"), [((), False), (("192.0.2.7",), True)])
def test_an_address_has_its_share(trusted: tuple[str, ...], many: bool) -> None:
    import ipaddress

    from uvicorn.server import ServerState

    from cercafoto.web.server import configuration

    async def connect() -> list[str]:
        config = configuration(lambda *_: None, {*map(ipaddress.ip_address, trusted)})  # type: ignore[arg-type]
        config.load()
        state = ServerState()
        transports = []

        def arrive(address: str) -> None:
            transport = FakeTransport(address)
            protocol: Any = config.http_protocol_class(  # type: ignore[call-arg]
                config=config, server_state=state, app_state={}
            )
            transport.protocol = protocol
            protocol.connection_made(transport)
            transports.append(transport)

        for _ in range(2):
            arrive("192.0.2.9")
        for _ in range(connections.MOST_OF_ADDRESS + 10):
            arrive("192.0.2.7")
        for _ in range(connections.MOST_OF_ADDRESS + 10):
            arrive("127.0.0.1")
        left = [each.address for each in transports if not each.closed]
        for each in transports:
            if not each.closed:
                each.abort()
        return left

    left = asyncio.run(connect())
    assert left.count("192.0.2.9") == 2
    assert left.count("127.0.0.1") == connections.MOST_OF_ADDRESS + 10
    assert left.count("192.0.2.7") == connections.MOST_OF_ADDRESS + (10 if many else 0)


class FakeTransport:
    def __init__(self, address: str) -> None:
        self.address, self.closed = address, False
        self.protocol: Any = None

    def get_extra_info(self, name: str) -> Any:
        return (self.address, 1) if name in ("peername", "sockname") else None

    def is_closing(self) -> bool:
        return self.closed

    def get_write_buffer_size(self) -> int:
        return 0

    def abort(self) -> None:
        self.closed = True
        self.protocol.connection_lost(None)

    def close(self) -> None:
        self.closed = True


# -- the end ---------------------------------------------------------------------------------------

SEARCH_FOR_EVER = """
import sys, time
from cercafoto.browse.answers import BrowsedArchive
from cercafoto.web import connections
BrowsedArchive.facets = lambda *_: (print("cerco", flush=True), time.sleep(3600))
# No connection is dropped for being slow: only the end ends them.
connections.LONGEST.update(dict.fromkeys(connections.LONGEST, 3600))
"""


@POSIX
def test_ctrl_c_ends_it_whatever_goes_on(indexed: Library, tmp_path: Path) -> None:
    with page(indexed.settings, tmp_path / "tmp", SEARCH_FOR_EVER) as server, ExitStack() as stack:
        cookie = server.enter()
        own = (
            f"Host: {server.host}\r\nCookie: {cookie}\r\nOrigin: http://{server.host}\r\n".encode()
        )
        number = grande(server.port, cookie)
        for sent in (
            NOTHING,
            HALF,
            b"GET /faccette HTTP/1.1\r\n" + own + b"\r\n",
            b"POST /carica HTTP/1.1\r\n" + own + b"Content-Length: 70000000\r\n\r\nabc",
            f"GET /originale/{number} HTTP/1.1\r\n".encode() + own + b"\r\n",
        ):
            one = stack.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
            one.connect(("127.0.0.1", server.port))
            one.sendall(sent)
        assert server.process.stdout is not None
        assert server.process.stdout.readline() == "cerco\n"
        until(lambda: list(server.folder.glob(f"{PREFIX}*/*.arrivata")))
        server.interrupt()
        assert server.process.returncode == 0
        said = server.said.read_text().splitlines()
        assert len(said) == 2 and said[-1] == "Pagina chiusa.", said
        assert not server.leftovers()


@POSIX
def test_what_a_killed_page_left_goes_with_the_next_start(indexed: Library, tmp_path: Path) -> None:
    folder = tmp_path / "tmp"
    with page(indexed.settings, folder) as killed:
        (left,) = killed.leftovers()
        (left / "x.arrivata").write_bytes(b"x")
    assert left.exists()
    other = tmp_path / "altrove"
    other.mkdir()
    (other / LOCK).touch()
    (folder / f"{PREFIX}link").symlink_to(other)
    (folder / "cercafoto-ray-1").mkdir()
    (folder / "cercafoto-ray-1" / LOCK).touch()
    with page(indexed.settings, folder) as first:
        assert not left.exists()
        with page(indexed.settings, folder) as second:
            assert len([path for path in first.leftovers() if not path.is_symlink()]) == 2
            second.interrupt()
        assert len([path for path in first.leftovers() if not path.is_symlink()]) == 1
        first.interrupt()
    assert (other / LOCK).exists() and (folder / "cercafoto-ray-1" / LOCK).exists()


def test_a_folder_that_is_made_just_now_is_let_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    new = tmp_path / f"{PREFIX}nuova"
    new.mkdir()
    folder, lock = make_locked_folder(PREFIX)
    again, other = make_locked_folder(PREFIX)
    assert new.exists() and folder.exists() and again != folder
    lock.release()
    other.release()


# -- waiting, uploads, labels, maps ----------------------------------------------------------------


def sent(pieces: list[bytes], pause: asyncio.Event | None = None) -> Request:
    """Return a request whose body arrives in pieces, the last one after a pause."""
    left = list(pieces)

    async def receive() -> Message:
        if not left:
            await asyncio.sleep(3600)
        if len(left) == 1 and pause is not None:
            await pause.wait()
        body = left.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(left)}

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


def test_uploads_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_ARRIVING", 100)

    async def send() -> None:
        kept, pause = Uploads(refused), asyncio.Event()  # type: ignore[arg-type]

        async def arrive(request: Request) -> int:
            async with kept.arriving(request) as raw:
                return raw.stat().st_size

        first = asyncio.create_task(arrive(sent([b"x" * 80, b"y"], pause)))
        while kept._arriving < 80:
            await asyncio.sleep(0.01)
        with pytest.raises(BusyError):
            await arrive(sent([b"x" * 80]))
        assert await arrive(sent([b"x" * 10])) == 10
        pause.set()
        assert await first == 81
        assert await arrive(sent([b"x" * 99])) == 99  # what was counted is given back
        assert not list(kept.folder.glob("*.arrivata"))
        kept.close()
        assert not kept.folder.exists()

    asyncio.run(send())


def test_an_upload_is_never_in_memory_whole(client: TestClient) -> None:
    archive = client.app.state.archive  # type: ignore[attr-defined]
    archive.uploads._shrinker = refused
    request = sent([bytes(1 << 20) for _ in range(60)])
    request.scope["app"] = client.app

    async def receive() -> None:
        request.app.state.large_copies = FairQueue(1)  # of this event loop
        with pytest.raises(ImageError):
            await receive_upload(request)

    tracemalloc.start()
    try:
        asyncio.run(receive())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20 << 20


def refused(path: bytes) -> Any:
    assert os.stat(path).st_size == 60 << 20
    raise ImageError("non è una foto")


def test_an_upload_that_cannot_be_written_is_told(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(Path, "write_bytes", full)
    answer = client.post("/carica", content=picture((245, 15, 15)))
    assert answer.status_code == 422 and "spazio" in answer.json()["consiglio"]


def test_an_upload_that_is_broken_off_is_nothing_to_tell(
    indexed: Library, lost: set[int], capsys: pytest.CaptureFixture[str]
) -> None:
    with running(indexed.settings) as address:
        host, port, cookie = enter(address)
        own = f"Host: {host}\r\nCookie: {cookie}\r\nOrigin: http://{host}\r\n".encode()
        for path in (b"/carica", b"/etichetta", b"/scarica", b"/galleria"):
            with socket.create_connection(("127.0.0.1", port), PATIENCE) as one:
                one.sendall(b"POST " + path + b" HTTP/1.1\r\n" + own)
                one.sendall(b"Content-Length: 1000\r\n\r\nabc")
                time.sleep(0.3)  # it is better if the server has begun to read
                mine = one.getsockname()[1]
            until(lambda port=mine: port in lost)
    assert capsys.readouterr().err == ""


def test_synonyms_count_as_labels_do(client: TestClient) -> None:
    few = "gatto: " + ", ".join(f"micio {n}" for n in range(label.MOST_PHRASES - 1))
    assert client.post("/etichetta", json={"foto": "f1", "testo": few}).status_code == 200
    many = client.post("/etichetta", json={"foto": "f1", "testo": f"{few}, felino"})
    assert many.status_code == 400 and "sinonimi" in many.json()["errore"]
    # Each label is compared with all genera above it.
    deep = " > ".join(map(str, range(20_000)))
    assert client.post("/etichetta", json={"foto": "f1", "testo": deep}).status_code == 400


def test_who_asks_the_model_waits_in_its_turn(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once, most, lock = 0, 0, threading.Lock()

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def count(*given: Any, **named: Any) -> Any:
            nonlocal at_once, most
            with lock:
                at_once += 1
                most = max(most, at_once)
            time.sleep(0.05)
            try:
                return function(*given, **named)
            finally:
                with lock:
                    at_once -= 1

        return count

    assert client.get("/dove?foto=f1&q=rosso").status_code == 200  # the photo's copy is there
    for name in ("heat", "labelled", "answer"):
        monkeypatch.setattr(PageArchive, name, counted(getattr(PageArchive, name)))
    for ask in (
        lambda _: client.get("/dove?foto=f1&q=rosso"),
        lambda _: client.get("/dove/mappa.png?foto=f1&q=rosso"),
        lambda _: client.post("/etichetta", json={"foto": "f1", "testo": "rosso"}),
        lambda _: client.get("/?q=rosso"),
    ):
        most = 0
        with ThreadPoolExecutor(12) as pool:
            assert {each.status_code for each in pool.map(ask, range(12))} == {200}
        assert 1 <= most <= usable_cores()


def test_copies_that_are_slow_hold_up_nobody_else(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More requests than there are threads wait for a decoder; a question is still answered."""
    begun, done = threading.Event(), threading.Event()
    of = Thumbnails.of

    def slow(self: Thumbnails, *given: Any) -> Any:
        begun.set()
        assert done.wait(PATIENCE)
        return of(self, *given)

    monkeypatch.setattr(Thumbnails, "of", slow)
    with ThreadPoolExecutor(60) as pool:
        asked = [pool.submit(client.get, "/vista/1/0.webp") for _ in range(50)]
        assert begun.wait(PATIENCE)
        question = pool.submit(client.get, "/?q=rosso")
        try:
            assert question.result(timeout=PATIENCE).status_code == 200
        finally:
            done.set()
        assert {each.result().status_code for each in asked} == {200}


def test_a_map_takes_little_memory() -> None:
    """Sixty maps at once, each of three float64 layers, took 800 MB."""
    grid = np.linspace(0, 1, 96 * 128, dtype=np.float32).reshape(96, 128)
    heat = Heat(grid, 1.0, None)
    heat_layer(heat, (16, 12))
    tracemalloc.start()
    try:
        heat_layer(heat, (1600, 1200))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 25_000_000
