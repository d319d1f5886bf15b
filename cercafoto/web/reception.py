"""Who is in on a shared page: passwords in, sessions out, as long as the file of the users agrees.

A session is a random number that the browser keeps in a cookie; here lies its digest alone.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256

from starlette.concurrency import run_in_threadpool

from cercafoto.base.recent import RecentCache
from cercafoto.errors import CercafotoError
from cercafoto.web.attempts import Attempts
from cercafoto.web.passwords import LONGEST, hash_of, is_outdated, is_right
from cercafoto.web.users import LONGEST_NAME, User, UserFile, change_users, same_name

LASTS = 12 * 3600  # seconds: a day at work
MOST_SESSIONS = 10_000
AT_ONCE = 2  # passwords looked at, of 64 MB each; searches go on meanwhile

_log = logging.getLogger(__name__)


class RefusedError(CercafotoError):
    """The name or the password is wrong; which of them is not told."""


class TooManyAttemptsError(CercafotoError):
    """wait: seconds until the next one is looked at."""

    def __init__(self, wait: float) -> None:
        minutes = max(1, -int(-wait // 60))
        super().__init__(
            "Troppi tentativi.",
            f"Riprova fra {minutes} minuti." if minutes > 1 else "Riprova fra un minuto.",
        )
        self.wait = wait


@dataclass(frozen=True)
class _Session:
    """user, hash: who it was let in as; a new password ends it. until: by the clock."""

    user: str
    hash: str
    until: float


class Reception:
    """For one event loop. clock: seconds that only grow. Raises UserFileError."""

    def __init__(self, file: UserFile, clock: Callable[[], float] = time.monotonic) -> None:
        file.users()  # what is wrong with it is told now
        self.file = file
        self._clock = clock
        self._attempts = Attempts(clock)
        self._sessions: RecentCache[bytes, _Session] = RecentCache(MOST_SESSIONS)
        self._free = asyncio.Semaphore(AT_ONCE)
        # What a name that nobody has is compared with, so that it takes as long as any.
        self._nobody = hash_of(secrets.token_urlsafe(32))

    async def enter(self, name: str, password: str, address: str) -> str:
        """Let somebody in: the session for the cookie.

        Raises RefusedError, TooManyAttemptsError, UserFileError.
        """
        key = same_name(name[: 2 * LONGEST_NAME])
        user = self.file.users().get(key)
        wait = self._attempts.begin(key, address)
        if wait:
            raise TooManyAttemptsError(wait)
        tried = password[: LONGEST + 1]
        async with self._free:
            right = await run_in_threadpool(is_right, user.hash if user else self._nobody, tried)
        if not right or user is None:
            # The name of nobody may be a password that was typed in the wrong box.
            who = user.name if user else "nome sconosciuto"
            _log.warning("Accesso rifiutato da %s: %s.", address, who)
            raise RefusedError("Nome o password sbagliati.", "Controllali e riprova.")
        self._attempts.succeeded(key, address)
        if is_outdated(user.hash):
            user = await run_in_threadpool(self._renew, user, tried)
        session = secrets.token_urlsafe(32)
        self._sessions.put(_digest(session), _Session(key, user.hash, self._clock() + LASTS))
        return session

    def _renew(self, user: User, password: str) -> User:
        """Hash a password again, as is thought right today; as it was where the file is not ours
        to write."""
        renewed = replace(user, hash=hash_of(password))

        def change(users: dict[str, User]) -> None:
            if users.get(same_name(user.name)) == user:
                users[same_name(user.name)] = renewed

        try:
            change_users(self.file.path, change)
        except CercafotoError:
            return user
        return renewed

    def visitor(self, session: str) -> User | None:
        """Tell whose session it is; None where it is none, or has ended. Raises UserFileError."""
        found = self._sessions.get(_digest(session))
        if found is None:
            return None
        user = self.file.users().get(found.user)
        if user is None or user.hash != found.hash or self._clock() >= found.until:
            self.leave(session)
            return None
        return user

    def leave(self, session: str) -> None:
        self._sessions.forget(_digest(session))


def _digest(session: str) -> bytes:
    return sha256(session.encode()).digest()
