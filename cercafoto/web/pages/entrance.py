"""Entra, esci: where there are users, the way in and the way out."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from cercafoto.errors import CercafotoError
from cercafoto.web.pages.responses import page
from cercafoto.web.reception import Reception, RefusedError, TooManyAttemptsError
from cercafoto.web.uploads import bounded_body
from cercafoto.web.user_guard import ENTER, LEAVE, TOWARDS, own_address

LONGEST_FORM = 20_000  # bytes


def entrance(reception: Reception) -> Sequence[BaseRoute]:
    """Make the pages."""

    async def enter(request: Request) -> Response:
        given = parse_qs((await bounded_body(request, LONGEST_FORM)).decode("latin-1"))
        name, password, towards = (given.get(key, [""])[0] for key in ("nome", "password", TOWARDS))
        address = request.client.host if request.client else ""
        try:
            session = await reception.enter(name, password, address)
        except TooManyAttemptsError as error:
            answer = _form(request, 429, name, towards, error)
            answer.headers["Retry-After"] = str(round(error.wait) + 1)
            return answer
        except RefusedError as error:
            return _form(request, 403, name, towards, error)
        reception.leave(request.state.session)
        answer = RedirectResponse(_next(towards), 303)
        answer.set_cookie(
            request.state.cookie,
            session,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
            path="/",
        )
        return answer

    async def leave(request: Request) -> Response:
        reception.leave(request.state.session)
        # Small copies of photos are kept by the browser, which others may use after this one.
        answer = RedirectResponse(ENTER, 303, {"Clear-Site-Data": '"cache"'})
        answer.delete_cookie(request.state.cookie, path="/")
        return answer

    return [
        Route(ENTER, _enter_page),
        Route(ENTER, enter, methods=["POST"]),
        Route(LEAVE, leave, methods=["POST"]),
    ]


async def _enter_page(request: Request) -> Response:
    towards = request.query_params.get(TOWARDS, "")
    if request.state.visitor is not None:
        return RedirectResponse(_next(towards), 303)
    return _form(request, 200, "", towards, None)


def _form(
    request: Request, status: int, name: str, towards: str, problem: CercafotoError | None
) -> Response:
    answer = page(
        request,
        "entra.html",
        status=status,
        page="entra",
        name=name,
        towards=_next(towards),
        problem=problem,
        is_readable=_is_readable(request),
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _is_readable(request: Request) -> bool:
    """Tell whether others on the network can read what is sent: no TLS, and another machine."""
    if request.url.scheme == "https" or request.client is None:
        return False
    try:
        return not ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return True


def _next(towards: str) -> str:
    """Return where to go once in."""
    return "/" if towards.startswith((ENTER, LEAVE)) else own_address(towards)
