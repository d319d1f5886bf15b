"""Who is admitted to the page, and attacks that must fail."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cercafoto import Library, Settings
from tests.support.web_client import HOME, PORT, TOKEN, stranger, visitor

EVERY_PAGE = ("/", "/foto/1", "/apri/1", "/originale/1", "/grande/1/a.webp", "/etichetta", "/dove",
              "/faccette", "/altre", "/mappa", "/mappa/gruppi", "/persone", "/raccolte",
              "/doppioni",
              "/risorse/stile.css")  # fmt: skip


@pytest.fixture
def outside(library: Library, photos: Path) -> Iterator[TestClient]:
    library.index([photos])
    with stranger(library.settings) as client:
        yield client


def test_without_the_token_there_is_nothing(outside: TestClient, photos: Path) -> None:
    for address in (
        f"{page}{key}" for page in EVERY_PAGE for key in ("", "?chiave=no", "?chiave=")
    ):
        answer = outside.get(address)
        assert answer.status_code == 403, address
        assert "rosso" not in answer.text, address
        assert "set-cookie" not in answer.headers, address
    # A visitor without a key is told how to get one.
    for address in ("/", "/foto/1", "/?chiave=di-ieri"):
        answer = outside.get(address)
        assert answer.status_code == 403
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.headers["cache-control"] == "no-store"
        assert '<html lang="it">' in answer.text and "width=device-width" in answer.text
        assert "Per entrare serve la chiave" in answer.text
        assert "cercafoto web --apri" in answer.text and "terminale" in answer.text
        for told in (TOKEN, str(photos), "rosso", "<script", "<img", "<link"):
            assert told not in answer.text
    # The page for strangers is shown in its own style.
    answer = outside.get("/")
    (style,) = re.findall("<style>(.*?)</style>", answer.text, re.S)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert f"style-src 'sha256-{digest}'" in policy and "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy and "unsafe" not in policy
    # The token is no cookie and an invented cookie is none.
    for value in (TOKEN, "x", ""):
        assert outside.get("/", headers={"Cookie": f"cercafoto-{PORT}={value}"}).status_code == 403
    assert outside.get("/", headers={"Cookie": 'a="\x01; ;;=='}).status_code == 403
    # A write without the cookie is refused.
    own = {"Origin": HOME, "Sec-Fetch-Site": "same-origin"}
    for address in ("/foto/1/etichette", "/carica", f"/carica?chiave={TOKEN}", "/etichetta",
                    "/persone", "/persone/chiedi", "/persone/volti", "/raccolte",
                    "/raccolte/cambia", "/doppioni", "/scarica"):  # fmt: skip
        assert outside.post(address, content=b"{}", headers=own).status_code == 403
    # The token becomes a cookie that no other site can use.
    answer = outside.get(f"/?chiave={TOKEN}")
    assert answer.status_code == 200
    assert 'content="0; url=/"' in answer.text and TOKEN not in answer.text
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Domain" not in cookie
    assert TOKEN not in cookie
    assert answer.headers["cache-control"] == "no-store"
    assert outside.get("/").status_code == 200


def test_another_host_or_origin_is_refused(client: TestClient) -> None:
    # A foreign host is refused even with the cookie.
    for host in (
        "esempio.it", f"esempio.it:{PORT}", "127.0.0.1", "127.0.0.1:80", f"0.0.0.0:{PORT}",
        f"127.0.0.1.esempio.it:{PORT}", f"LOCALHOST.esempio.it:{PORT}", "",
    ):  # fmt: skip
        answer = client.get("/", headers={"Host": host})
        assert answer.status_code == 421, host
        assert "rosso" not in answer.text, host
    # The names of this machine are its own.
    for host in (f"127.0.0.1:{PORT}", f"localhost:{PORT}", f"[::1]:{PORT}"):
        assert client.get("/risorse/stile.css", headers={"Host": host}).status_code in (200, 403)
        answer = client.get(f"/?chiave={TOKEN}", headers={"Host": host, "Cookie": ""})
        assert answer.status_code == 200 and "set-cookie" in answer.headers, host
    # A write of another origin changes nothing.
    for headers in (
        {"Origin": "https://esempio.it"},
        {"Origin": "null"},
        {"Origin": f"http://localhost:{PORT}"},  # another name is another origin
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ):
        answer = client.post("/foto/1/etichette", json={"aggiungi": ["intrusa"]}, headers=headers)
        assert answer.status_code == 403, headers
    assert "intrusa" not in client.get("/foto/1").text
    # A write that does not say where it comes from is refused.
    client.headers.pop("Origin")
    assert client.post("/foto/1/etichette", json={"aggiungi": ["x"]}).status_code == 403


def test_pages_are_safe_to_show(client: TestClient) -> None:
    # Every answer has the security headers.
    for page in (*EVERY_PAGE, "/non-esiste", "/foto/999999", "/dove/mappa.png"):
        headers = client.get(page).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy, page
        # The browser lays out a lone picture with its own styles; nothing in it can run.
        layout = "style-src 'unsafe-inline'" if page == "/originale/1" else " "
        assert "unsafe" not in policy.replace(layout, " ") and "http" not in policy, page
        assert headers["x-content-type-options"] == "nosniff", page
        assert headers["referrer-policy"] == "same-origin", page
        assert headers["cache-control"], page
        assert not [name for name in headers if name.startswith("access-control")], page
    # The policy would block them without anybody noticing.
    for page in ("/", "/?q=rosso", "/foto/1", "/etichetta?foto=f1", "/dove?foto=f1&q=rosso",
                 "/raccolte", "/doppioni", "/x"):  # fmt: skip
        text = client.get(page).text
        assert "<style" not in text and " style=" not in text and " onclick=" not in text
        assert text.count("<script") == text.count('<script type="module" src="/risorse/')
        assert "http://" not in text and "https://" not in text
    # No address leads to other files.
    for address in (
        "/risorse/../app.py",
        "/risorse/%2e%2e/app.py",
        "/risorse/..%2fapp.py",
        "/risorse/%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2fetc/passwd",
        "/risorse//etc/passwd",
        "/miniatura/1/..%2f..%2fetc%2fpasswd.webp",
        "/miniatura/..%2f1/0.webp",
        "/miniatura/-1/0.webp",
        "/vista/1e3/0.webp",
        "/caricata/..%2f..%2fetc%2fpasswd.webp",
        "/caricata/%2fetc%2fpasswd.webp",
        "/foto/..%2f..%2fetc%2fpasswd",
        "/etc/passwd",
    ):
        answer = client.get(address)
        # A strange version of a photo's address gives that photo at most.
        is_photo = answer.headers["content-type"] == "image/webp"
        assert answer.status_code in (404, 400) or is_photo, address
        assert "root:" not in answer.text and "make_app" not in answer.text, address


def test_a_photo_that_is_not_in_the_archive_is_not_served(
    client: TestClient, photos: Path, library: Library
) -> None:
    (photos / "rosso.png").unlink()
    library.index([photos])
    gone = [f"/foto/{n}" for n in range(1, 6) if client.get(f"/foto/{n}").status_code == 404]
    assert len(gone) == 1
    number = gone[0].rsplit("/", 1)[1]
    for address in (f"/miniatura/{number}/0.webp", f"/vista/{number}/0.webp"):
        assert client.get(address).status_code == 404
    assert client.get(f"/?come=f{number}").status_code == 400
    assert client.get(f"/?come=/etc/passwd&come={photos}/verde.png").status_code == 200


def test_what_is_no_picture_is_refused(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for data in (
        b"",
        b"x",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\xff\xd8\xff\xe0 cut short",
        b"%!PS-Adobe-3.0 EPSF",
    ):
        answer = client.post("/carica", content=data)
        assert answer.status_code == 422, data
        wrong = "Questo file non è una foto che so aprire.", "Questa foto non si può usare: "
        assert answer.json()["errore"].startswith(wrong), data
    # An upload is bounded.
    monkeypatch.setattr("cercafoto.web.uploads.MOST_BYTES", 1000)
    answer = client.post("/carica", content=b"x" * 1001)
    assert answer.status_code == 400 and "troppo grande" in answer.json()["errore"]

    def endless() -> Iterator[bytes]:
        for _ in range(1000):
            yield b"x" * 500

    answer = client.post("/carica", content=endless())  # without a length
    assert answer.status_code == 400 and "troppo grande" in answer.json()["errore"]


def test_names_of_files_and_labels_cannot_write_the_page(
    settings: Settings, library: Library, photos: Path
) -> None:
    evil = photos / "<img src=x onerror=alert(1)>.png"
    (photos / "rosso.png").rename(evil)
    library.index([photos])
    with visitor(settings) as client:
        number = next(n for n in range(1, 6) if "onerror" in client.get(f"/foto/{n}").text)
        label = '"><script>alert(1)</script>'
        client.post(f"/foto/{number}/etichette", json={"aggiungi": [label]})
        for page in (
            "/",
            f"/foto/{number}",
            "/faccette",
            "/mappa",
            f"/?q={label}",
            f"/?etichetta={label}",
        ):
            text = client.get(page).text
            assert "<img src=x" not in text and "<script>" not in text
