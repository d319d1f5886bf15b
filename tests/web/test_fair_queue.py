"""Questions are answered a few at a time, first come, first served."""

from __future__ import annotations

import asyncio
import threading

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message

from cercafoto.web.fair_queue import BusyError, FairQueue
from tests.support.waiting import PATIENCE


def request(number: int = 0, *, gone: bool = False) -> Request:
    async def receive() -> Message:
        if not gone:
            await asyncio.sleep(3600)
        return {"type": "http.disconnect"}

    return Request({"type": "http", "number": number}, receive)


def test_no_more_at_once_than_allowed_and_in_their_order() -> None:
    begun: list[int] = []
    busy, lock = 0, threading.Lock()
    pair = threading.Barrier(2)  # one alone would wait for ever, a third would not be let in

    def answer(request: Request) -> Response:
        nonlocal busy
        with lock:
            begun.append(request.scope["number"])
            busy += 1
            assert busy <= 2
        pair.wait(PATIENCE)
        with lock:
            busy -= 1
        pair.wait(PATIENCE)
        return Response()

    async def ask_all() -> None:
        endpoint = FairQueue(2)(answer)
        requests = [request(number) for number in range(12)]
        await asyncio.gather(*(endpoint(each) for each in requests))

    asyncio.run(ask_all())
    # Two threads that start together may begin in either order.
    assert [sorted(begun[at : at + 2]) for at in range(0, 12, 2)] == [
        [at, at + 1] for at in range(0, 12, 2)
    ]


def test_a_question_that_fails_gives_its_turn_back() -> None:
    def fail(request: Request) -> Response:
        raise ValueError("no")

    async def ask_twice() -> list[object]:
        endpoint = FairQueue(1)(fail)
        asked = [endpoint(request()) for _ in range(2)]
        return list(await asyncio.gather(*asked, return_exceptions=True))

    assert [type(found) for found in asyncio.run(ask_twice())] == [ValueError, ValueError]


def test_a_client_that_has_gone_is_passed_over() -> None:
    asked: list[int] = []

    def answer(request: Request) -> Response:
        asked.append(request.scope["number"])
        return Response()

    async def ask() -> list[object]:
        endpoint = FairQueue(1)(answer)
        requests = [request(number, gone=number == 1) for number in range(3)]
        return list(
            await asyncio.gather(*(endpoint(each) for each in requests), return_exceptions=True)
        )

    answers = asyncio.run(ask())
    assert asked == [0, 2] and isinstance(answers[1], ClientDisconnect)


def test_a_client_that_would_wait_too_long_is_told() -> None:
    begun, done = threading.Event(), threading.Event()

    def answer(request: Request) -> Response:
        begun.set()
        assert done.wait(PATIENCE)
        return Response()

    async def ask() -> list[object]:
        endpoint = FairQueue(1, most_waiting=2, longest_wait=0.2)(answer)
        first = asyncio.ensure_future(endpoint(request()))
        await asyncio.to_thread(begun.wait, PATIENCE)
        others = [endpoint(request()) for _ in range(5)]
        late = await asyncio.gather(*others, return_exceptions=True)
        done.set()
        return [await first, *late, await endpoint(request())]

    answers = asyncio.run(ask())
    first, late, last = answers[0], answers[1:-1], answers[-1]
    assert isinstance(first, Response) and isinstance(last, Response)
    assert [type(each) for each in late] == [BusyError] * 5
