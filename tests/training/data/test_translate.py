"""Translation: by a command, or by DeepL's interface on this machine; never twice."""

from __future__ import annotations

import json
import shlex
import sys
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cercafoto.training.data import deepl
from cercafoto.training.data.deepl import FREE, PRO, DeepL
from cercafoto.training.data.translate import Cache, Command, cache_in, translate_new
from cercafoto.training.training_errors import InputError

KEY = "279a2e9d-83b3-c416-7e2d-f721593e42a0:fx"  # the example of DeepL's documentation


def python(program: str) -> str:
    return shlex.join([sys.executable, "-c", program])


UPPER = python("import sys\nfor line in sys.stdin: print(line.strip().upper())")


class Counting:
    """Translates into capitals; fails at the text "stop"."""

    name = "counting"
    batch = 2

    def __init__(self) -> None:
        self.seen: list[str] = []

    def translate(self, texts: Sequence[str]) -> list[str]:
        if "stop" in texts:
            raise KeyboardInterrupt
        self.seen += texts
        return [text.upper() for text in texts]


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    with cache_in(tmp_path / "deep" / "cache.sqlite") as cache:
        yield cache


def test_a_command_translates_line_by_line() -> None:
    command = Command(UPPER, batch=3)
    assert command.translate(["un gatto", "città", "«sì»"]) == ["UN GATTO", "CITTÀ", "«SÌ»"]
    assert command.batch == 3


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import sys; print('a')", "1 lines for 2 texts"),
        ("print('a\\nb\\nc')", "3 lines for 2 texts"),
        ("import sys; sys.exit('no model for en-it')", "ended with 1: no model for en-it"),
    ],
)
def test_a_command_that_fails_is_told_with_its_words(program: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        Command(python(program)).translate(["one", "two"])


def test_a_command_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match="no-such-translator: cannot be run"):
        Command("no-such-translator --fast").translate(["one"])
    with pytest.raises(InputError, match="empty"):
        Command("  ")


def test_blank_lines_that_a_command_adds_at_the_end_do_no_harm() -> None:
    program = "import sys; print(sys.stdin.read().upper())"  # print's line end, and the input's
    assert Command(python(program)).translate(["one", "two"]) == ["ONE", "TWO"]


def test_nothing_is_translated_twice(cache: Cache) -> None:
    translator = Counting()
    assert translate_new(["a", " b ", "a", "12", "", "c"], translator, cache) == 3
    assert translator.seen == ["a", "b", "c"]
    assert translate_new(["c", "b", "d"], translator, cache) == 1
    assert translator.seen == ["a", "b", "c", "d"]
    assert [cache.find("counting", t) for t in "abcd"] == ["A", "B", "C", "D"]


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    with pytest.raises(KeyboardInterrupt), cache_in(path) as cache:
        translate_new(["a", "b", "c", "stop"], Counting(), cache)
    translator, told = Counting(), list[tuple[int, ...]]()
    with cache_in(path) as cache:
        translate_new(list("abcde"), translator, cache, lambda *counts: told.append(counts))
    assert translator.seen == ["c", "d", "e"]
    assert told == [(2, 3), (3, 3)]


def test_translators_do_not_share_their_translations(cache: Cache) -> None:
    translate_new(["a"], Counting(), cache)
    assert translate_new(["a"], Command(UPPER), cache) == 1
    assert cache.find("deepl", "a") is None


def test_an_empty_translation_is_asked_for_again(cache: Cache) -> None:
    class Silent(Counting):
        def translate(self, texts: Sequence[str]) -> list[str]:
            return ["", *super().translate(texts)[1:]]

    assert translate_new(["a", "b"], Silent(), cache) == 2
    assert [cache.find("counting", t) for t in "ab"] == [None, "B"]
    assert translate_new(["a", "b"], Counting(), cache) == 1


def test_a_file_that_is_no_cache_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "coppie.jsonl"
    path.write_text('{"image_path": "a.jpg"}\n' * 50)
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"coppie\.jsonl: not a cache"), cache_in(path):
        pass
    assert path.read_bytes() == before


class Server:
    """DeepL's /v2/translate on this machine: it returns texts in capitals. `fail`: HTTP codes of
    the next answers; `instead`: contents of the answers after those."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.fail: list[int] = []
        self.instead: bytes | None = None
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                asked = json.loads(body)
                said = {"path": self.path, "key": self.headers["Authorization"]}
                server.requests.append(said | asked | {"bytes": len(body)})
                if server.fail:
                    code = server.fail.pop(0)
                    self.send_response(code)
                    if code == 302:
                        self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                content = json.dumps(
                    {
                        "translations": [
                            {"detected_source_language": "EN", "text": t.upper()}
                            for t in asked["text"]
                        ]
                    }
                ).encode()
                content = content if server.instead is None else server.instead
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = Server()
    yield server
    server.close()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def client(server: Server, waits: list[float]) -> DeepL:
    return DeepL(KEY, server.url, waits.append)


def test_deepl_is_asked_as_its_documentation_says(server: Server, client: DeepL) -> None:
    assert client.translate(["a cat", "naïve café"]) == ["A CAT", "NAÏVE CAFÉ"]
    (request,) = server.requests
    assert request["path"] == "/v2/translate"
    assert request["key"] == f"DeepL-Auth-Key {KEY}"
    assert request["text"] == ["a cat", "naïve café"]
    assert (request["source_lang"], request["target_lang"]) == ("EN", "IT")


def test_fifty_texts_go_in_a_request(server: Server, client: DeepL, cache: Cache) -> None:
    texts = [f"caption {n}" for n in range(120)]
    assert translate_new(texts, client, cache) == 120
    assert [len(r["text"]) for r in server.requests] == [50, 50, 20]
    assert cache.find("deepl", "caption 119") == "CAPTION 119"


def test_a_request_stays_within_the_limit_of_bytes(server: Server, client: DeepL) -> None:
    texts = [f"{n} " + "é" * 20_000 for n in range(10)]
    assert client.translate(texts) == [t.upper() for t in texts]
    assert all(r["bytes"] <= 128 * 1024 for r in server.requests)
    assert [t for r in server.requests for t in r["text"]] == texts


def test_a_busy_server_is_asked_again_after_longer_waits(
    server: Server, client: DeepL, waits: list[float]
) -> None:
    server.fail = [429, 429, 503, 500]
    assert client.translate(["a cat"]) == ["A CAT"]
    assert waits == [1.0, 2.0, 4.0, 8.0]
    assert len(server.requests) == 5


def test_a_server_that_stays_busy_is_given_up_and_what_came_is_kept(
    server: Server, client: DeepL, waits: list[float], cache: Cache
) -> None:
    translate_new(["a cat"], client, cache)
    server.fail = [429] * deepl.TRIES
    with pytest.raises(InputError, match=r"no answer after 8 attempts \(HTTP 429\)"):
        translate_new(["a cat", "a dog"], client, cache)
    assert max(waits) <= deepl.LONGEST_WAIT
    assert translate_new(["a cat", "a dog"], client, cache) == 1


@pytest.mark.parametrize(
    ("code", "said"),
    [(456, "quota of this key is used up"), (403, "key is refused"), (400, "refused .HTTP 400")],
)
def test_what_waiting_does_not_mend_is_told_at_once(
    server: Server, client: DeepL, waits: list[float], code: int, said: str
) -> None:
    server.fail = [code]
    with pytest.raises(InputError, match=said) as told:
        client.translate(["a cat"])
    assert waits == [] and KEY not in str(told.value)


def test_the_key_follows_no_redirect(server: Server, client: DeepL) -> None:
    server.fail = [302]
    with pytest.raises(InputError, match="HTTP 302"):
        client.translate(["a cat"])
    assert len(server.requests) == 1


@pytest.mark.parametrize("content", [b"<html>", b"[]", b'{"translations": [{}]}'])
def test_an_answer_that_is_not_deepls_is_an_input_error(
    server: Server, client: DeepL, content: bytes
) -> None:
    server.instead = content
    with pytest.raises(InputError, match="not an answer of DeepL"):
        client.translate(["a cat"])


def test_too_few_translations_are_not_matched_to_texts(
    server: Server, client: DeepL, cache: Cache
) -> None:
    server.instead = b'{"translations": [{"text": "UNO"}]}'
    with pytest.raises(InputError, match="1 translations for 2 texts"):
        translate_new(["one", "two"], client, cache)
    assert cache.find("deepl", "one") is None


def test_no_network_is_told_after_the_attempts(waits: list[float]) -> None:
    client = DeepL(KEY, "http://127.0.0.1:9", waits.append)  # discard: nothing listens
    with pytest.raises(InputError, match="no answer after 8 attempts"):
        client.translate(["a cat"])
    assert len(waits) == deepl.TRIES - 1


def test_the_key_chooses_the_server_and_goes_by_https_alone() -> None:
    assert DeepL(KEY).base == FREE == "https://api-free.deepl.com"
    assert DeepL("279a2e9d-83b3").base == PRO == "https://api.deepl.com"
    for base in ("http://api.deepl.com", "http://127.0.0.1.example.org", "ftp://localhost.x"):
        with pytest.raises(InputError, match="https only"):
            DeepL(KEY, base)
    for key in ("", "  ", "a\nb: c", "chiave è"):
        with pytest.raises(InputError, match="key"):
            DeepL(key)
