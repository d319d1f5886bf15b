"""Questions are answered a few at a time, first come, first served."""

from __future__ import annotations

import asyncio
import threading
import time

from starlette.requests import Request
from starlette.responses import Response

from cercafoto.web.fair_queue import FairQueue


def test_no_more_at_once_than_allowed_and_in_their_order() -> None:
    begun: list[int] = []
    busy, most, lock = 0, 0, threading.Lock()

    def answer(request: Request) -> Response:
        nonlocal busy, most
        with lock:
            begun.append(request.scope["number"])
            busy += 1
            most = max(most, busy)
        time.sleep(0.01)
        with lock:
            busy -= 1
        return Response()

    async def ask_all() -> None:
        endpoint = FairQueue(2)(answer)
        requests = [Request({"type": "http", "number": number}) for number in range(12)]
        await asyncio.gather(*(endpoint(request) for request in requests))

    asyncio.run(ask_all())
    assert most == 2
    # Two threads that start together may begin either way round.
    assert all(abs(number - at) <= 1 for at, number in enumerate(begun))


def test_a_question_that_fails_gives_its_turn_back() -> None:
    def fail(request: Request) -> Response:
        raise ValueError("no")

    async def ask_twice() -> list[object]:
        endpoint, request = FairQueue(1)(fail), Request({"type": "http"})
        asked = [endpoint(request) for _ in range(2)]
        return list(await asyncio.gather(*asked, return_exceptions=True))

    assert [type(found) for found in asyncio.run(ask_twice())] == [ValueError, ValueError]
