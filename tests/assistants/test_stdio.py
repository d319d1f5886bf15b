"""`cercafoto mcp` as an assistant runs it: a process, asked over its standard input and output by
the client of the protocol's own package."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import psutil
import pytest
from mcp import Client, StdioServerParameters
from mcp.client import stdio

from cercafoto import Library, Settings
from cercafoto.cli.main import INTERRUPTED
from tests.conftest import PAINT
from tests.support.assistant import said, told
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.slow

# The program; it ends if it opens a socket to anywhere, prints in the middle of an answer, and
# leaves a file when it ends by itself.
PROGRAM = """
import atexit, os, sys
from pathlib import Path

def watch(event, values):
    if event in ("socket.bind", "socket.connect", "socket.getaddrinfo", "socket.sendto"):
        os._exit(99)

sys.addaudithook(watch)
atexit.register(Path(os.environ["ENDED"]).touch)
from cercafoto.library import Library
status = Library.status

def printing(self):
    print("printed by a library")
    os.write(1, b"written by a library\\n")
    os.system("echo said by a child")
    return status(self)

Library.status = printing
from cercafoto.cli.main import main
main()
"""
HELLO = (
    b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18",'
    b'"capabilities":{},"clientInfo":{"name":"prova","version":"1"}}}\n'
)


@pytest.fixture
def environment(settings: Settings, tmp_path: Path) -> dict[str, str]:
    return os.environ | {
        "CERCAFOTO_ARCHIVIO": str(settings.archive),
        "CERCAFOTO_MODELLI": str(settings.models),
        "CERCAFOTO_MODELLO": "tiny",
        "ENDED": str(tmp_path / "ended"),
    }


def command_of(process: psutil.Process) -> list[str]:
    """Return the command line of a process; [] if it has ended meanwhile."""
    with suppress(psutil.Error):
        return process.cmdline()
    return []


def connections_of(process: psutil.Process) -> list[Any]:
    """Return the connections of a process; [] if it has ended meanwhile."""
    with suppress(psutil.Error):
        return process.net_connections("inet")
    return []


def test_an_assistant_asks_everything(
    library: Library, photos: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    library.index([photos])
    monkeypatch.setattr(stdio, "PROCESS_TERMINATION_TIMEOUT", PATIENCE)
    started = StdioServerParameters(
        command=sys.executable, args=["-c", PROGRAM, "mcp"], env=environment
    )

    async def talk() -> list[Any]:
        async with Client(stdio.stdio_client(started)) as client:
            answers = [
                await client.call_tool(name, given)
                for name, given in (
                    ("stato", {}),
                    ("cerca", {"domanda": "rosso", "n": 1}),
                    ("foto", {"id": 1, "immagine": True}),
                    ("simili", {"id": 1}),
                    ("conta", {"domanda": "rosso"}),
                    ("raccolte", {}),
                    ("persone", {}),
                )
            ]
            (server,) = [p for p in psutil.Process().children() if "mcp" in command_of(p)]
            listening = [
                connection
                for process in (server, *server.children(recursive=True))
                for connection in connections_of(process)
            ]
            page = (await client.read_resource("cercafoto://guida/comandi")).contents[0]
            return [*answers, listening, page]

    state, found, shown, similar, counted, collections, people, listening, page = anyio.run(talk)
    assert told(state)["photos"] == len(PAINT)
    assert told(found)["photos"][0]["path"] == str(photos / "rosso.png")
    assert [each.type for each in shown.content] == ["text", "image"]
    assert len(told(similar)["photos"]) == len(PAINT) - 1
    assert told(counted)["total"] == 1 and told(collections)["number"] == 0
    assert people.is_error and "non si dicono" in said(people)
    assert listening == []
    assert "cercafoto" in page.text and "doppioni" in page.text
    assert Path(environment["ENDED"]).exists()  # it ended because its input did


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_ctrl_c_ends_it_while_it_waits(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "cercafoto", "mcp"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, **pipes) as server:
        assert server.stdin and server.stdout and server.stderr
        server.stdin.write(HELLO)
        server.stdin.flush()
        assert b'"serverInfo"' in server.stdout.readline()
        server.send_signal(signal.SIGINT)
        assert server.wait(PATIENCE) == INTERRUPTED
        assert server.stderr.read() == b""
