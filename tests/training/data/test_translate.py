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
from cercafoto.training.data.deepl import DeepL
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


@pytest.fixture
def service(
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[str, list[dict[str, Any]], list[Any]]]:
    """DeepL's service on this machine, which returns texts in capitals: its address, what it is
    asked, and the HTTP codes or contents of its next answers."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    pytest.importorskip("deepl", reason="DeepL takes cercafoto[train]")
    requests: list[dict[str, Any]] = []
    instead: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            requests.append(asked | {"path": self.path, "key": self.headers["Authorization"]})
            said = [{"text": t.upper(), "billed_characters": len(t)} for t in asked["text"]]
            answer = instead.pop(0) if instead else {"translations": said}
            content = b"" if isinstance(answer, int) else json.dumps(answer).encode()
            self.send_response(answer if isinstance(answer, int) else 200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", requests, instead
    server.shutdown()
    server.server_close()


def test_deepl_is_asked_for_fifty_captions_at_a_time(service: Any, cache: Cache) -> None:
    address, requests, _ = service
    texts = [f"naïve café {n}" for n in range(120)]
    assert translate_new(texts, DeepL(KEY, address), cache) == 120
    assert cache.find("deepl", "naïve café 119") == "NAÏVE CAFÉ 119"
    assert [len(r["text"]) for r in requests] == [50, 50, 20]
    first = requests[0]
    assert (first["path"], first["key"]) == ("/v2/translate", f"DeepL-Auth-Key {KEY}")
    assert (first["source_lang"], first["target_lang"]) == ("EN", "IT")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (456, "quota of this key is used up; run again when it is renewed"),
        (403, "key is refused"),
        (400, "Bad request"),
        (529, "529"),
        ({"translations": "none"}, "not an answer of DeepL"),
        ({"translations": [{"text": "UNO", "billed_characters": 3}]}, "1 translations for 2 texts"),
    ],
)
def test_what_deepl_refuses_is_told_and_what_came_is_kept(
    answer: Any, said: str, service: Any, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, _, instead = service
    monkeypatch.setattr(deepl, "RETRIES", 0)
    client = DeepL(KEY, address)
    translate_new(["a cat"], client, cache)
    instead.append(answer)
    with pytest.raises(InputError, match=said) as told:
        translate_new(["a cat", "a dog", "a hen"], client, cache)
    assert KEY not in str(told.value)
    assert [cache.find("deepl", text) for text in ("a cat", "a dog")] == ["A CAT", None]


def test_the_key_goes_by_https_alone() -> None:
    assert DeepL(KEY).price(10**6) == 0 and DeepL("279a2e9d-83b3").price(10**6) > 24
    for base in ("http://api.deepl.com", "http://127.0.0.1.example.org", "ftp://localhost.x"):
        with pytest.raises(InputError, match="https only"):
            DeepL(KEY, base)
    for key in ("", "  ", "a\nb: c", "chiave è"):
        with pytest.raises(InputError, match="key"):
            DeepL(key)
