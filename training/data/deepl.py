"""Translate captions with DeepL, by its HTTP interface (https://developers.deepl.com)."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.parse import urlsplit

from cercafoto.training.training_errors import InputError

KEY = "DEEPL_AUTH_KEY"  # the environment variable, as in DeepL's own examples
FREE, PRO = "https://api-free.deepl.com", "https://api.deepl.com"
FREE_SUFFIX = ":fx"  # of the keys of DeepL API Free
# DeepL API Pro, by the help page that docs/data.md names; the free service bills nothing.
EUROS_A_MONTH, EUROS_A_MILLION = 4.99, 20.0
TEXTS, BYTES = 50, 128 * 1024  # most in one request
TRIES = 8
LONGEST_WAIT = 60.0  # seconds
QUOTA = 456
TEMPORARY = {429, 500, 502, 503, 504, 529}
TIMEOUT = 60.0  # seconds
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class DeepL:
    """Translates English captions into Italian.

    base: another server than the key's own; https, except on this machine.
    wait: sleeps so many seconds.
    """

    name = "deepl"
    batch = TEXTS

    def __init__(
        self, key: str, base: str | None = None, wait: Callable[[float], None] = time.sleep
    ) -> None:
        key = key.strip()
        if not key or not key.isascii() or not key.isprintable():
            raise InputError("the DeepL key is empty or not a key")
        self.base = (base or (FREE if key.endswith(FREE_SUFFIX) else PRO)).rstrip("/")
        server = urlsplit(self.base)
        if server.scheme != "https" and server.hostname not in LOOPBACK:
            raise InputError(f"{self.base}: the key is sent by https only")
        self._key, self.free = key, key.endswith(FREE_SUFFIX)
        self._wait = wait
        self._open = urllib.request.build_opener(_NoRedirect).open

    def price(self, characters: int) -> float:
        """Return the euros that so many characters cost in one month, before tax."""
        if self.free or not characters:
            return 0.0
        return EUROS_A_MONTH + EUROS_A_MILLION * characters / 1e6

    def translate(self, texts: Sequence[str]) -> list[str]:
        """Return the translation of each text, in their order; large texts take several requests.

        Raises InputError for a refused key, a used-up quota, an answer that is not DeepL's, or a
        server that still fails after `TRIES` attempts, each after a longer wait.
        """
        content = {"text": list(texts), "source_lang": "EN", "target_lang": "IT"}
        body = json.dumps(content, ensure_ascii=False).encode()
        if len(body) > BYTES and len(texts) > 1:
            half = len(texts) // 2
            return self.translate(texts[:half]) + self.translate(texts[half:])
        request = urllib.request.Request(
            f"{self.base}/v2/translate",
            data=body,
            headers={
                "Authorization": f"DeepL-Auth-Key {self._key}",
                "Content-Type": "application/json",
                "User-Agent": "cercafoto",
            },
        )
        try:
            answer = json.loads(self._answer(request))
            return [str(t["text"]) for t in answer["translations"]]
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"{self.base}: not an answer of DeepL's ({error!r})") from error

    def _answer(self, request: urllib.request.Request) -> bytes:
        failure = ""
        for attempt in range(TRIES):
            if attempt:
                self._wait(min(2.0 ** (attempt - 1), LONGEST_WAIT))
            try:
                with self._open(request, timeout=TIMEOUT) as response:
                    content: bytes = response.read()
                    return content
            except urllib.error.HTTPError as error:
                error.close()
                if error.code not in TEMPORARY:
                    raise InputError(self._refusal(error.code)) from None
                failure = f"HTTP {error.code}"
            except (OSError, HTTPException) as error:  # no network, a connection cut
                failure = str(getattr(error, "reason", error))
        raise InputError(
            f"{self.base}: no answer after {TRIES} attempts ({failure}); run again later, what was"
            " translated is kept"
        )

    def _refusal(self, code: int) -> str:
        if code == QUOTA:
            # Waiting does not help: a quota is of a month, or a limit that its owner set.
            return (
                f"{self.base}: the quota of this key is used up (HTTP {code}); run again when it"
                " is renewed, what was translated is kept"
            )
        if code in {401, 403}:
            return f"{self.base}: the key is refused (HTTP {code})"
        return f"{self.base}: request refused (HTTP {code})"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: it would carry the key to another server."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> Any:
        return None
