"""The guard of a page that is shared: who may ask is a user who has given the password."""

from __future__ import annotations

import logging
import re
from urllib.parse import urlencode

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Scope

from cercafoto.errors import UsageError
from cercafoto.web.guard import READING, Guard
from cercafoto.web.hosts import Hosts
from cercafoto.web.reception import Reception
from cercafoto.web.templating import render
from cercafoto.web.users import User, UserFileError

ENTER, LEAVE, TOWARDS = "/entra", "/esci", "verso"
STYLES = "/risorse/"  # the same for everybody who has cercafoto: nothing of an archive
OVER = UsageError("Per continuare bisogna entrare.", "Ricarica la pagina.")
OUT_OF_ORDER = UsageError(
    "Adesso non può entrare nessuno: c'è un errore nell'elenco degli utenti.",
    "Chi ha avviato cercafoto lo trova descritto nel terminale, o nel registro del servizio.",
)

# A path of this site: "//other.it" and "/\\other.it" are none, to a browser.
_OWN_ADDRESS = re.compile(r"/(?![/\\])[!-\[\]-~]{0,4000}")

_log = logging.getLogger(__name__)


class UserGuard(Guard):
    """Tells the application, in the state of a request, who asks (`visitor`, a User or None) and
    the session and the cookie's name (`session`, `cookie`)."""

    def __init__(self, app: ASGIApp, hosts: Hosts, port: int, reception: Reception) -> None:
        super().__init__(app, hosts, port)
        self.reception = reception
        self._told = ""

    def _answer_stranger(self, scope: Scope, headers: Headers) -> Response | None:
        path, reading = scope["path"], scope["method"] in READING
        if reading and path.startswith(STYLES):
            return None
        try:
            session, visitor = self._visitor(headers)
        except UserFileError as error:
            return self._out_of_order(error)
        self._told = ""
        given = {"visitor": visitor, "session": session, "cookie": self.cookie}
        scope["state"] = {**scope.get("state", {}), **given}
        if visitor is not None:
            return None
        # A picture or a script's request is no page; a form that is sent, to download say, is.
        is_page = "text/html" in headers.get("accept", "")
        if is_page and headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            return _again(scope)
        if path in (ENTER, LEAVE):
            return None
        if is_page:
            towards = _address(scope) if reading else "/"
            return RedirectResponse(f"{ENTER}?{urlencode({TOWARDS: towards})}", 303)
        return JSONResponse({"errore": OVER.message, "consiglio": OVER.hint}, 403)

    def _visitor(self, headers: Headers) -> tuple[str, User | None]:
        self.reception.file.users()  # nobody is in while it cannot be read
        for session in self._cookies(headers):
            if visitor := self.reception.visitor(session):
                return session, visitor
        return "", None

    def _out_of_order(self, error: UserFileError) -> Response:
        if self._told != error.message:
            self._told = error.message
            _log.error("%s %s", error.message, error.hint)
        text = render("errore.html", page="entra", visitor=None, problem=OUT_OF_ORDER)
        return HTMLResponse(text, 503, {"Cache-Control": "no-store"})


def _again(scope: Scope) -> Response:
    """After a click on another site, in a message say, the browser keeps our cookie back: have the
    page asked for once more, by a page of ours."""
    text = render("di_nuovo.html", address=own_address(_address(scope)))
    return HTMLResponse(text, headers={"Cache-Control": "no-store"})


def own_address(address: str) -> str:
    """Return an address of this site as it is, the first page for any other."""
    return address if _OWN_ADDRESS.fullmatch(address) else "/"


def _address(scope: Scope) -> str:
    """Return path and question as they were asked."""
    path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path
