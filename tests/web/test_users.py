"""The file of the users: read, refused, changed, read again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cercafoto.errors import UsageError
from cercafoto.web.passwords import is_hash, is_right
from cercafoto.web.users import (
    User,
    UserFile,
    UserFileError,
    change_users,
    check_name,
    read_users,
)
from tests.support.office import PASSWORD, hashed, write_users

posix = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")


def test_a_line_is_a_user(tmp_path: Path) -> None:
    path = write_users(
        tmp_path / "utenti", "# ufficio", "", f"Niccolo\u0300:cerca+etichetta:{hashed()}",
        f"b.rossi@ufficio.it : cerca : {hashed()}",
    )  # fmt: skip
    users = read_users(path)
    assert [(user.name, user.may_label) for user in users.values()] == [
        ("Niccolò", True), ("b.rossi@ufficio.it", False)
    ]  # fmt: skip
    assert list(users) == ["niccolò", "b.rossi@ufficio.it"]
    assert hashed() not in repr(users)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("anna", "nome:diritti:impronta"),
        ("anna:cerca:x:y", "nome:diritti:impronta"),
        ("anna rossi:cerca:HASH", "«anna rossi» non può essere il nome"),
        (":cerca:HASH", "non può essere il nome"),
        ("anna:tutto:HASH", "i diritti sono cerca o cerca+etichetta, non «tutto»"),
        ("anna:cerca:", "impronta della password"),
        ("anna:cerca:segreta", "impronta della password"),
        ("anna:cerca:$2b$12$KIXQ4xw8K6rqVQ0gTjv7Ue", "impronta della password"),
        ("anna:cerca:$argon2i$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2g", "argon2id"),
        ("BRUNO:cerca:HASH", "«BRUNO» c'è già"),
    ],
)
def test_a_damaged_line_is_told_by_its_number(tmp_path: Path, line: str, why: str) -> None:
    path = write_users(
        tmp_path / "utenti", "# due", f"bruno:cerca:{hashed()}", line.replace("HASH", hashed())
    )
    with pytest.raises(UserFileError) as caught:
        read_users(path)
    assert f"{path}, riga 3: " in caught.value.message and why in caught.value.message
    assert hashed() not in caught.value.message


def test_what_is_no_text_is_told_by_its_line(tmp_path: Path) -> None:
    path = write_users(tmp_path / "utenti")
    path.write_bytes(path.read_bytes() + b"\xff\xfe:cerca:x\n")
    with pytest.raises(UserFileError, match="riga 3: non è testo UTF-8"):
        read_users(path)


def test_a_hash_cut_off_is_nobodys_password() -> None:
    for cut in range(len(hashed()) - 1, 20, -7):
        short = hashed()[:cut]
        assert not (is_hash(short) and is_right(short, PASSWORD)), short


@posix
@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o620, 0o660, 0o666])
def test_a_file_that_others_may_read_or_write_is_refused(tmp_path: Path, mode: int) -> None:
    path = write_users(tmp_path / "utenti")
    path.chmod(mode)
    with pytest.raises(UserFileError) as caught:
        read_users(path)
    assert "altri utenti del computer" in caught.value.message
    assert f"chmod 600 {path}" in caught.value.hint


@posix
@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640])
def test_a_group_may_read_it(tmp_path: Path, mode: int) -> None:
    path = write_users(tmp_path / "utenti")
    path.chmod(mode)
    assert len(read_users(path)) == 2


@posix
def test_a_file_of_somebody_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_users(tmp_path / "utenti")
    owner = path.stat().st_uid
    monkeypatch.setattr("cercafoto.web.users.os.geteuid", lambda: owner + 1)
    if owner == 0:  # root's is trusted whoever reads it
        assert read_users(path)
        os.chown(path, 12345, -1)
    with pytest.raises(UserFileError, match="è di un altro utente"):
        read_users(path)


def test_changing_it_leaves_other_lines_alone(tmp_path: Path) -> None:
    path = write_users(
        tmp_path / "utenti", "# ufficio", f"anna:cerca:{hashed()}", "", "# altri",
        f"Bruno:cerca:{hashed()}",
    )  # fmt: skip

    def change(users: dict[str, User]) -> None:
        del users["anna"]
        users["bruno"] = User("Bruno", "cerca+etichetta", hashed())
        users["carla"] = User("Carla", "cerca", hashed())

    change_users(path, change)
    assert path.read_text("utf-8").splitlines() == [
        "# ufficio", "", "# altri", f"Bruno:cerca+etichetta:{hashed()}", f"Carla:cerca:{hashed()}"
    ]  # fmt: skip
    assert os.name != "posix" or path.stat().st_mode & 0o777 == 0o600


def test_a_change_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = write_users(tmp_path / "utenti")
    before = path.read_bytes()

    def change(users: dict[str, User]) -> None:
        users.clear()
        raise UsageError("no")

    with pytest.raises(UsageError):
        change_users(path, change)
    assert path.read_bytes() == before


@posix
def test_what_root_changes_stays_whose_it_was(tmp_path: Path) -> None:
    """The server that reads it may run as another user, and must not be shut out."""
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    path = write_users(tmp_path / "utenti")
    os.chown(path, 0, 4321)
    path.chmod(0o640)
    change_users(path, lambda users: users.pop("anna"))
    status = path.stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (0, 4321, 0o640)


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    file = UserFile(write_users(tmp_path / "utenti"))
    assert set(file.users()) == {"anna", "bruno"}
    write_users(file.path, f"anna:cerca:{hashed()}")
    assert [user.may_label for user in file.users().values()] == [False]
    write_users(file.path, "rovinata")
    for _ in range(2):
        with pytest.raises(UserFileError, match="riga 1"):
            file.users()
    file.path.unlink()
    with pytest.raises(UserFileError, match="non c'è"):
        file.users()
    write_users(file.path)
    assert set(file.users()) == {"anna", "bruno"}


@pytest.mark.parametrize("name", ["", "anna rossi", "a:b", "#anna", "a" * 65, "a\nb", "a/b"])
def test_what_cannot_be_a_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        check_name(name)


def test_accents_are_the_same_however_they_are_typed() -> None:
    decomposed = "citta\u0300 di mare"
    assert decomposed != PASSWORD and is_right(hashed(), decomposed)
    assert not is_right(hashed(), "citta di mare")
