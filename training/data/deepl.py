"""Translate captions with DeepL, by its own client, which tries again when the service is busy."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cercafoto.errors import first_line
from cercafoto.training.training_errors import InputError

if TYPE_CHECKING:
    from deepl import Translator

KEY = "DEEPL_AUTH_KEY"  # the environment variable, as in DeepL's own examples
FREE_SUFFIX = ":fx"  # of the keys of DeepL API Free
# DeepL API Pro, by the help page that docs/data.md names; the free service bills nothing.
EUROS_A_MONTH, EUROS_A_MILLION = 4.99, 20.0
TEXTS = 50  # most in one request
RETRIES = 10  # each after a longer wait: three minutes in all
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
REFUSALS = {
    401: "the key is refused",
    403: "the key is refused",
    # Waiting does not help: a quota is of a month, or a limit that its owner set.
    456: "the quota of this key is used up; run again when it is renewed",
}


class DeepL:
    """Translates English captions into Italian.

    server: another than the key's own; https, except on this machine.
    """

    name = "deepl"
    batch = TEXTS

    def __init__(self, key: str, server: str | None = None) -> None:
        key = key.strip()
        if not key or not key.isascii() or not key.isprintable():
            raise InputError("the DeepL key is empty or not a key")
        address = urlsplit(server or "")
        if server and address.scheme != "https" and address.hostname not in LOOPBACK:
            raise InputError(f"{server}: the key is sent by https only")
        self._key, self._server, self.free = key, server, key.endswith(FREE_SUFFIX)

    @cached_property
    def _client(self) -> Translator:
        from deepl import Translator, http_client

        http_client.max_network_retries = RETRIES
        return Translator(self._key, server_url=self._server, send_platform_info=False)

    def price(self, characters: int) -> float:
        """Return the euros that so many characters cost in one month, before tax."""
        if self.free or not characters:
            return 0.0
        return EUROS_A_MONTH + EUROS_A_MILLION * characters / 1e6

    def translate(self, texts: Sequence[str]) -> list[str]:
        """Return the translation of each text, in their order.

        Raises InputError for a refused key, a used-up quota, an answer that is not DeepL's, or a
        service that does not answer.
        """
        from deepl import DeepLException

        try:
            found = self._client.translate_text(list(texts), source_lang="EN", target_lang="IT")
            return [one.text for one in (found if isinstance(found, list) else [found])]
        except DeepLException as error:
            why = REFUSALS.get(error.http_status_code or 0, first_line(error, 200))
            raise InputError(f"DeepL: {why}. What was translated is kept") from error
        except (TypeError, ValueError, AttributeError) as error:
            raise InputError(f"not an answer of DeepL's ({error!r})") from error
