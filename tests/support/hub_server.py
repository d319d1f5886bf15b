"""A local server that speaks the part of the Hub's protocol that a download needs.

Answers `/api/models/<id>/revision/<commit>` with the files, their sizes and digests, and
`/<id>/resolve/<commit>/<file>` with their bytes; large files, as on the Hub, by redirection to
another path, with Range. It can cut a connection, alter a file, refuse to go on, and counts what
it sends.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

LARGE = (".bin", ".safetensors", ".msgpack")  # what .gitattributes of a model gives to LFS


@dataclass
class Served:
    """One answer with a body. range: the Range header of the request, or empty."""

    name: str
    range: str
    sent: int


class HubServer:
    """Serves one repository from a folder until the `with` block ends.

    cut: file name -> bytes after which its next answer breaks off, once.
    broken: file names answered with 503.
    altered: file names whose bytes differ from the digest.
    deaf: ignores Range.
    status: answer to every request instead, if set.
    """

    def __init__(self, folder: Path, repo: str, commit: str) -> None:
        self.repo, self.commit = repo, commit
        self.files = {p.name: p.read_bytes() for p in sorted(folder.iterdir()) if p.is_file()}
        self.cut: dict[str, int] = {}
        self.broken: set[str] = set()
        self.altered: set[str] = set()
        self.deaf = False
        self.status = 0
        self.served: list[Served] = []
        self.requests: list[str] = []
        hub = self

        class Handler(_Handler):
            server_state = hub

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> HubServer:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def sent(self, name: str) -> int:
        """Return the total bytes sent of a file."""
        return sum(s.sent for s in self.served if s.name == name)

    def ranges(self, name: str) -> list[str]:
        """Return the Range headers of the requests for a file, in order."""
        return [s.range for s in self.served if s.name == name]

    def listing(self) -> dict[str, Any]:
        siblings = []
        for name, data in self.files.items():
            entry: dict[str, Any] = {"rfilename": name, "size": len(data), "blobId": _blob(data)}
            if name.endswith(LARGE):
                pointer = f"oid sha256:{_sha256(data)}\nsize {len(data)}\n".encode()
                entry["blobId"] = _blob(pointer)
                entry["lfs"] = {
                    "sha256": _sha256(data),
                    "size": len(data),
                    "pointerSize": len(pointer),
                }
            siblings.append(entry)
        return {
            "_id": "1",
            "id": self.repo,
            "modelId": self.repo,
            "sha": self.commit,
            "private": False,
            "tags": [],
            "siblings": siblings,
        }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_state: HubServer

    def log_message(self, *_: object) -> None:
        return None

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        hub = self.server_state
        path = unquote(urlsplit(self.path).path)
        hub.requests.append(f"{self.command} {path}")
        if hub.status:
            self._send(hub.status, b"", body)
            return
        if match := re.fullmatch(r"/api/models/(.+?)(?:/revision/(.+))?", path):
            if match[1] != hub.repo:
                self._send(404, b"{}", body, {"X-Error-Code": "RepoNotFound"})
            elif match[2] not in {None, "main", hub.commit}:
                self._send(404, b"{}", body, {"X-Error-Code": "RevisionNotFound"})
            else:
                self._send(200, json.dumps(hub.listing()).encode(), body)
        elif match := re.fullmatch(rf"/{re.escape(hub.repo)}/resolve/{hub.commit}/(.+)", path):
            self._file(match[1], body, resolved=False)
        elif match := re.fullmatch(r"/cdn/(.+)", path):
            self._file(match[1], body, resolved=True)
        else:
            self._send(404 if path != "/" else 200, b"", body)

    def _file(self, name: str, body: bool, resolved: bool) -> None:
        hub = self.server_state
        data = hub.files.get(name)
        if data is None:
            self._send(404, b"", body, {"X-Error-Code": "EntryNotFound"})
            return
        large = name.endswith(LARGE)
        headers = {
            "ETag": f'"{_sha256(data) if large else _blob(data)}"',
            "X-Repo-Commit": hub.commit,
            "Accept-Ranges": "bytes",
        }
        if large and not resolved:
            headers |= {
                "X-Linked-ETag": headers["ETag"],
                "X-Linked-Size": str(len(data)),
                "Location": f"{hub.url}/cdn/{name}",
            }
            self._send(302, b"", body, headers)
            return
        if name in hub.broken:
            self._send(503, b"", body)
            return
        wanted = self.headers.get("Range", "")
        start = 0
        if (found := re.fullmatch(r"bytes=(\d+)-", wanted)) and not hub.deaf:
            start = int(found[1])
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        if name in hub.altered:
            data = bytes([data[0] ^ 1]) + data[1:]
        rest = data[start:]
        stop = hub.cut.pop(name, len(rest)) if body else len(rest)
        if body:
            hub.served.append(Served(name, wanted, min(stop, len(rest))))
        self._send(206 if "Content-Range" in headers else 200, rest, body, headers, stop)

    def _send(
        self,
        status: int,
        data: bytes,
        body: bool,
        headers: dict[str, str] | None = None,
        stop: int | None = None,
    ) -> None:
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body:
            self.wfile.write(data[:stop])
            if stop is not None and stop < len(data):
                self.close_connection = True


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _blob(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
