"""Hold a person's choices for a cluster: its address, and where its machines find the folders."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec

from cercafoto.base.installation import install_command
from cercafoto.base.paths import absolute, is_inside, printable
from cercafoto.errors import ClusterError, UsageError
from cercafoto.photos.read_file import FoundFile

_ADDRESS = re.compile(r"(\[[0-9a-fA-F:]+\]|[\w.-]+):(\d{1,5})", re.ASCII)
_LOOPBACK = re.compile(r"localhost|127\.[\d.]+|::1")
# The first bytes of an HTTP/2 connection, from both sides (RFC 9113, 3.4); Ray uses gRPC over it.
_SETTINGS = b"\4"
_GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0" + _SETTINGS + bytes(5)
CONNECT_TIMEOUT = 5.0  # seconds


@dataclass(frozen=True)
class ClusterChoices:
    """A Ray cluster to use.

    address: host:port of the head node; None starts a cluster on this machine for one run.
    roots: folder on this machine -> its path on the cluster's machines; both absolute.
    """

    address: str | None = None
    roots: Mapping[bytes, bytes] = field(default_factory=dict)

    def check(self) -> None:
        """Raise ClusterError if Ray is missing or no cluster answers, UsageError for a bad address.

        If `address` is None, only Ray is looked for.
        """
        if find_spec("ray") is None:
            raise ClusterError(
                "Per distribuire il lavoro su più processi o computer manca Ray.",
                f"Per installarlo: {install_command('ray')}",
            )
        if self.address is not None:
            self._reach(self.address)

    def _reach(self, address: str) -> None:
        """Raise ClusterError unless a gRPC server answers at `address`.

        Without this check Ray would try for minutes and then end this process.
        """
        answer = b""
        try:
            with socket.create_connection(host_and_port(address), CONNECT_TIMEOUT) as connection:
                connection.sendall(_GREETING)
                while len(answer) < 9 and (piece := connection.recv(9 - len(answer))):
                    answer += piece
        except OSError:
            pass
        if answer[3:4] != _SETTINGS:
            raise ClusterError(
                f"All'indirizzo {address} non risponde nessun cluster Ray.",
                "Controlla l'indirizzo, e che il cluster sia avviato: «ray start --head» lo dice "
                "quando parte. Senza indirizzo, --ray ne avvia uno su questo computer.",
            )

    @property
    def is_local(self) -> bool:
        """Whether the cluster has only this machine."""
        return self.address is None or bool(_LOOPBACK.fullmatch(host_and_port(self.address)[0]))

    def on_nodes(self, file: FoundFile) -> FoundFile:
        """Return a file with the paths that it and its sidecar have on the cluster's machines."""
        if not self.roots:
            return file
        beside = file.sidecar
        if beside is not None:
            others = tuple(map(self.path_on_nodes, beside.others))
            beside = beside._replace(path=self.path_on_nodes(beside.path), others=others)
        return file._replace(path=self.path_on_nodes(file.path), sidecar=beside)

    def path_on_nodes(self, path: bytes) -> bytes:
        """Return the path on the cluster's machines of a path on this machine.

        A path outside `roots` is returned unchanged.
        """
        around = [here for here in self.roots if is_inside(path, here)]
        if not around:
            return path
        here = max(around, key=len)
        return self.roots[here] + path.removeprefix(here)


def roots_of(pairs: Sequence[str]) -> dict[bytes, bytes]:
    """Return folder on this machine -> its path on the cluster's machines.

    pairs: texts "HERE=THERE". Raises UsageError for a malformed text.
    """
    roots = {}
    for pair in pairs:
        here, equals, there = pair.partition("=/")  # a name may have an equals sign too
        if not (here and equals):
            raise UsageError(
                f"--radice-nodi vuole due cartelle, DA=A, non «{printable(pair)}».",
                "La seconda è il percorso intero con cui i computer del cluster vedono la prima: "
                "--radice-nodi ~/Foto=/mnt/nas/Foto",
            )
        roots[absolute(here)] = os.fsencode(f"/{there}".rstrip("/"))
    return roots


def is_address(text: str) -> bool:
    """Whether a word on the command line looks like a cluster's address, host:port."""
    return _ADDRESS.fullmatch(text) is not None


def host_and_port(address: str) -> tuple[str, int]:
    """Return host and port of an address host:port. Raises UsageError if it is malformed."""
    match = _ADDRESS.fullmatch(address)
    if match is None or int(match[2]) > 65535:
        raise UsageError(
            f"«{address}» non è l'indirizzo di un cluster Ray.",
            "Si scrive come host:porta, per esempio --ray 192.168.1.10:6379",
        )
    return match[1].strip("[]"), int(match[2])
