"""Sidecars that others own, link, lock, change or forge: others' data stays unchanged."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from cercafoto.base.seals import Seals
from cercafoto.labels.sidecars.merge import keywords, merge
from cercafoto.labels.sidecars.packet import EMPTY
from cercafoto.labels.sidecars.wanted import Wanted
from cercafoto.labels.sidecars.write import XmpReport, undo_sidecars, write_sidecars
from cercafoto.photos import metadata, xmp
from cercafoto.photos.beside import read_beside
from cercafoto.photos.facts import Facts
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.read_file import FoundFile, SidecarEntry
from tests.conftest import Cli
from tests.support.waiting import PATIENCE

BEFORE = merge(EMPTY, [("vacanze",)], "altri")
AFTER = merge(BEFORE, [("mare",)], "e.txt")
T = TypeVar("T")
OTHER = 4321  # id of a user and a group that do not exist

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows ACLs to Python")
root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away"
)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    folder = tmp_path / "foto"
    folder.mkdir()
    path = folder / "a.jpg"
    path.write_bytes(b"foto")
    return path


@pytest.fixture
def sidecar(photo: Path) -> Path:
    """Return the photo's sidecar, written by another program."""
    path = Path(f"{photo}.xmp")
    path.write_bytes(BEFORE)
    return path


def label(photo: Path, *labels: str, rehearsal: bool = False) -> XmpReport:
    """Write labels beside the photo. Waiting for anything fails the test."""
    wanted = Wanted(os.fsencode(photo), {"e.txt": [(name,) for name in labels or ("mare",)]})
    return within_seconds(lambda: write_sidecars([wanted], seals(photo), rehearsal))


def undo(photo: Path) -> XmpReport:
    return undo_sidecars(seals(photo))


def seals(photo: Path) -> Seals:
    """Return the seals of an archive two folders above the photo."""
    return Seals(photo.parents[1] / "archivio", photo.parents[1] / "configurazione")


def within_seconds(action: Callable[[], T]) -> T:
    results: list[T] = []
    thread = threading.Thread(target=lambda: results.append(action()), daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert results, "it waits, or failed"
    return results[0]


def is_refused(photo: Path, reason: str) -> None:
    """Check that nothing is written, that the person learns the reason, and that nothing can be
    undone."""
    listed = sorted(os.listdir(photo.parent))
    report = label(photo)
    assert report.changed == []
    ((path, why),) = report.problems
    assert path == os.fsencode(photo)
    assert reason in why
    assert "resta com'è" in why
    assert sorted(os.listdir(photo.parent)) == listed
    assert undo(photo) == XmpReport()


# -- what a sidecar keeps ------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("mode", [0o600, 0o444])
def test_permissions_stay_when_written_and_when_undone(
    photo: Path, sidecar: Path, mode: int
) -> None:
    sidecar.chmod(mode)
    assert label(photo).problems == []
    assert (sidecar.read_bytes(), sidecar.stat().st_mode & 0o7777) == (AFTER, mode)
    assert undo(photo).problems == []
    assert (sidecar.read_bytes(), sidecar.stat().st_mode & 0o7777) == (BEFORE, mode)


@root
def test_another_owner_stays(photo: Path, sidecar: Path) -> None:
    os.chown(sidecar, OTHER, OTHER)
    sidecar.chmod(0o640)
    assert label(photo).problems == []
    status = sidecar.stat()
    assert sidecar.read_bytes() == AFTER
    assert (status.st_uid, status.st_gid, status.st_mode & 0o7777) == (OTHER, OTHER, 0o640)


@root
def test_a_folder_that_hands_down_its_group_does_not_change_that_of_a_sidecar(
    photo: Path, sidecar: Path
) -> None:
    os.chown(photo.parent, -1, OTHER)
    photo.parent.chmod(0o2775)
    assert label(photo).problems == []
    assert (sidecar.read_bytes(), sidecar.stat().st_gid) == (AFTER, os.getegid())


@posix
def test_an_owner_that_cannot_stay_is_a_refusal(
    photo: Path, sidecar: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fstat
    own = sidecar.stat().st_ino

    def of_another(handle: int) -> os.stat_result:
        status = real(handle)
        if status.st_ino != own:
            return status
        return os.stat_result([OTHER if at == 4 else field for at, field in enumerate(status)])

    def denied(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fstat", of_another)
    monkeypatch.setattr(os, "fchown", denied)
    is_refused(photo, "è di un altro utente o gruppo")
    assert sidecar.read_bytes() == BEFORE


@linux
def test_extended_attributes_of_a_sidecar_stay(photo: Path, sidecar: Path) -> None:
    try:
        os.setxattr(sidecar, "user.nota", b"di Anna")
    except OSError:
        pytest.skip("this file system has no attributes")
    assert label(photo).problems == []
    assert sidecar.read_bytes() == AFTER
    assert os.getxattr(sidecar, "user.nota") == b"di Anna"


@linux
def test_an_attribute_that_cannot_stay_is_a_refusal(
    photo: Path, sidecar: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    try:
        os.setxattr(sidecar, "user.nota", b"di Anna")
    except OSError:
        pytest.skip("this file system has no attributes")
    monkeypatch.setattr(os, "setxattr", denied)
    is_refused(photo, "ha attributi (user.nota)")


def acl(*arguments: object) -> str:
    if shutil.which("setfacl") is None or shutil.which("getfacl") is None:
        pytest.skip("setfacl is not installed (Debian: acl)")
    done = subprocess.run([*map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"this file system has no ACL: {done.stderr}")
    return done.stdout


@linux
def test_the_acl_of_a_sidecar_stays(photo: Path, sidecar: Path) -> None:
    acl("setfacl", "-m", f"u:{OTHER}:r,g:{OTHER}:rw", sidecar)
    before = acl("getfacl", "-cn", sidecar)
    assert label(photo).problems == []
    assert sidecar.read_bytes() == AFTER
    assert acl("getfacl", "-cn", sidecar) == before


@linux
def test_the_acl_of_a_folder_lets_nobody_else_in(photo: Path, sidecar: Path) -> None:
    sidecar.chmod(0o640)
    before = acl("getfacl", "-cn", sidecar)
    acl("setfacl", "-d", "-m", f"u:{OTHER}:rw", photo.parent)
    assert label(photo).problems == []
    assert sidecar.read_bytes() == AFTER
    assert acl("getfacl", "-cn", sidecar) == before


# -- what is no file of its own ------------------------------------------------------------------


@posix
def test_a_hard_link_is_not_broken(photo: Path, sidecar: Path) -> None:
    twin = photo.parents[1] / "copia.xmp"
    os.link(sidecar, twin)
    is_refused(photo, "ha altri nomi")
    assert sidecar.samefile(twin)
    assert twin.read_bytes() == BEFORE


@posix
@pytest.mark.parametrize("target", ["vero.xmp", "a.jpg", "manca.xmp"])
def test_a_link_is_not_followed(photo: Path, target: str) -> None:
    real = photo.parent / target
    if target == "vero.xmp":
        real.write_bytes(BEFORE)
    Path(f"{photo}.xmp").symlink_to(real)
    is_refused(photo, "collegamento simbolico")
    assert Path(f"{photo}.xmp").is_symlink()


@posix
def test_a_folder_is_no_sidecar_and_nobody_waits_for_a_pipe(photo: Path) -> None:
    pipe = Path(f"{photo}.xmp")
    pipe.mkdir()
    is_refused(photo, "non è un file")
    pipe.rmdir()
    os.mkfifo(pipe)
    is_refused(photo, "non è un file")
    entry = SidecarEntry(os.fsencode(pipe), 0, 0)  # it took the place of a file that was listed
    found = within_seconds(lambda: read_beside(FoundFile(b"", 0, 0, entry), PhotoFolders(dict)))
    assert found == Facts()


@root
def test_a_device_is_not_read(photo: Path) -> None:
    device = Path(f"{photo}.xmp")
    try:
        os.mknod(device, 0o20666, os.makedev(1, 5))  # zeros without end
        device.open("rb").close()
    except OSError:
        pytest.skip("no devices can be made here")
    is_refused(photo, "non è un file")


@posix
def test_the_command_names_the_photo_and_ends_with_3(
    cli: Cli, photos: Path, tmp_path: Path
) -> None:
    assert cli("index", photos)[0] == 0
    labels = tmp_path / "e.txt"
    labels.write_text("rosso\nblu\n", "utf-8")
    (photos / "rosso.png.xmp").write_bytes(EMPTY)
    os.link(photos / "rosso.png.xmp", tmp_path / "copia.xmp")
    code, _, err = cli("tag", "--labels", labels, "--xmp")
    assert code == 3
    assert f"{photos}/rosso.png: il file .xmp ha altri nomi" in err
    assert keywords((photos / "blu.png.xmp").read_bytes()) == ["blu"]


# -- other programs at the same time -------------------------------------------------------------


def while_writing(
    monkeypatch: pytest.MonkeyPatch, times: set[int], edit: Callable[[], None]
) -> None:
    """Let another program edit at the given waits for the disk: at the first the new content is
    ready, at the second the journal also has it."""
    real, calls = os.fsync, [0]

    def edited(handle: int) -> None:
        real(handle)
        calls[0] += 1
        if calls[0] in times:
            edit()

    monkeypatch.setattr(os, "fsync", edited)


@pytest.mark.parametrize("time", [1, 2])
def test_an_edit_between_reading_and_writing_is_kept(
    photo: Path, sidecar: Path, monkeypatch: pytest.MonkeyPatch, time: int
) -> None:
    edited = BEFORE.replace(b"vacanze", b"montagn")  # as long, and as old
    when = sidecar.stat().st_mtime_ns

    def edit() -> None:
        sidecar.write_bytes(edited)
        os.utime(sidecar, ns=(when, when))

    while_writing(monkeypatch, {time}, edit)
    report = label(photo)
    assert (len(report.changed), report.problems) == (1, [])
    assert keywords(sidecar.read_bytes()) == ["montagn", "mare"]
    assert undo(photo).problems == []
    assert sidecar.read_bytes() == edited
    assert undo(photo) == XmpReport()


@pytest.mark.parametrize("time", [1, 2])
def test_a_sidecar_that_appears_meanwhile_is_not_replaced(
    photo: Path, monkeypatch: pytest.MonkeyPatch, time: int
) -> None:
    sidecar = Path(f"{photo}.xmp")
    while_writing(monkeypatch, {time}, lambda: sidecar.write_bytes(BEFORE) and None)
    assert label(photo).problems == []
    assert keywords(sidecar.read_bytes()) == ["vacanze", "mare"]
    assert undo(photo).problems == []
    assert sidecar.read_bytes() == BEFORE


def test_a_sidecar_that_never_stands_still_is_left(
    photo: Path, sidecar: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def edit() -> None:
        sidecar.write_bytes(sidecar.read_bytes() + b"\n")

    while_writing(monkeypatch, set(range(100)), edit)
    is_refused(photo, "continua a cambiare")
    assert sidecar.read_bytes().strip() == BEFORE.strip()


def test_an_edit_while_undoing_is_kept(
    photo: Path, sidecar: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    label(photo)
    while_writing(monkeypatch, {1}, lambda: sidecar.write_bytes(BEFORE + b"\n") and None)
    assert len(undo(photo).problems) == 1
    assert sidecar.read_bytes() == BEFORE + b"\n"


# Kill a run at each system call in turn, and check the files each time.
KILLED = r"""
import os, shutil, sys
from pathlib import Path
from cercafoto.labels.sidecars import packet, merge  # imported before the first fork
from cercafoto.labels.sidecars.wanted import Wanted
from cercafoto.labels.sidecars.write import undo_sidecars, write_sidecars
from cercafoto.photos.scan import Walk
from tests.attacks.test_sidecars import AFTER, BEFORE, seals

CALLS = "open fdopen lstat stat fstat listxattr fchmod chmod fsync link replace unlink".split()
top, is_new = Path(sys.argv[1]), sys.argv[2] == "new"

def run(photo):
    wanted = Wanted(os.fsencode(photo), {"e.txt": [("mare",)]})
    return write_sidecars([wanted], seals(photo))

def killed_at(number, photo):
    left = [number]
    def counted(real):
        def call(*arguments, **options):
            left[0] -= 1
            if left[0] < 0:
                os._exit(9)
            return real(*arguments, **options)
        return call
    for name in CALLS:
        if hasattr(os, name):
            setattr(os, name, counted(getattr(os, name)))
    run(photo)
    os._exit(0)

for number in range(1000):
    photo = top / str(number) / "foto" / "a.jpg"
    photo.parent.mkdir(parents=True)
    photo.write_bytes(b"foto")
    sidecar = Path(f"{photo}.xmp")
    if not is_new:
        sidecar.write_bytes(BEFORE)
        sidecar.chmod(0o640)
    before = None if is_new else BEFORE
    after = merge.merge(packet.EMPTY, [("mare",)], "e.txt") if is_new else AFTER
    child = os.fork()
    if child == 0:
        killed_at(number, photo)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 9), code
    content = sidecar.read_bytes() if sidecar.exists() else None
    assert content in (before, after), (number, content)
    for path in photo.parent.iterdir():
        if path not in (photo, sidecar):
            assert path.name.startswith(".cercafoto-"), path
            assert is_new or path.stat().st_mode & 0o037 == 0, (number, path)
    assert [file.path for file in Walk(os.fsencode(photo.parent))] == [os.fsencode(photo)]
    assert run(photo).problems == [], number
    assert sidecar.read_bytes() == after and sidecar.stat().st_nlink == 1
    assert sorted(photo.parent.iterdir()) == [photo, sidecar], (number, os.listdir(photo.parent))
    assert undo_sidecars(seals(photo)).problems == []
    assert (sidecar.read_bytes() if sidecar.exists() else None) == before, number
    if code == 0:
        assert number > 10
        break
"""


@posix
@pytest.mark.parametrize("kind", ["new", "old"])
def test_a_run_killed_at_any_moment_leaves_nothing_behind(tmp_path: Path, kind: str) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path), kind]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=2 * PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr


# -- packets made to cost time and memory --------------------------------------------------------


def packet(inside: str) -> bytes:
    names = " ".join(
        f'xmlns:{prefix}="{uri}"'
        for prefix, uri in {
            "rdf": xmp.RDF, "dc": xmp.DC, "digiKam": xmp.DIGIKAM, "cercafoto": xmp.OURS
        }.items()
    )  # fmt: skip
    return f"<rdf:RDF {names}><rdf:Description>{inside}</rdf:Description></rdf:RDF>".encode()


def bag(name: str, items: list[str]) -> str:
    inside = "".join(f"<rdf:li>{item}</rdf:li>" for item in items)
    return f"<{name}><rdf:Bag>{inside}</rdf:Bag></{name}>"


MEASURED = r"""
import os, sys
from pathlib import Path
from cercafoto.base.seals import Seals
from cercafoto.labels.sidecars.wanted import Wanted
from cercafoto.labels.sidecars.write import write_sidecars
from cercafoto.photos import metadata

photo = Path(sys.argv[1])
labels = [(name,) for name in sys.argv[2:]]
metadata.read_sidecar(Path(f"{photo}.xmp").read_bytes())
seals = Seals(photo.parent / "archivio", photo.parent / "configurazione")
report = write_sidecars([Wanted(os.fsencode(photo), {"e.txt": labels})], seals)
print(report.problems, len(report.changed))
print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])  # kB
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says how much memory was taken")
@pytest.mark.parametrize("kind", ["added", "removed"])
def test_many_keywords_take_little_time_and_memory(photo: Path, kind: str) -> None:
    sidecar = Path(f"{photo}.xmp")
    words = [f"k{number}" for number in range(100_000)]
    if kind == "added":
        sidecar.write_bytes(packet(bag("dc:subject", words) + bag("digiKam:TagsList", ["k0"])))
        labels, rest = ["mare"], [*words, "mare"]
    else:  # all of them put there by the same label file
        claims = [f"e.txt|{word}" for word in words]
        sidecar.write_bytes(packet(bag("dc:subject", words) + bag("cercafoto:Etichette", claims)))
        labels, rest = ["k7"], ["k7"]
    command = [sys.executable, "-c", MEASURED, str(photo), *labels]
    # It takes a second; with time quadratic in the keywords it would take minutes.
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    outcome, peak = done.stdout.splitlines()
    assert outcome == "[] 1"
    assert int(peak) < {"added": 95_000, "removed": 200_000}[kind], peak
    assert keywords(sidecar.read_bytes()) == rest


LAUGHS = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<!DOCTYPE x [<!ENTITY a0 'ha'>" + LAUGHS.encode() + b"]><x>&a9;</x>", "entità"),
        (b"<a>" * 1_000_000, "troppi elementi"),
        (packet("<dc:x/>" * 450_000), "troppi elementi"),
        (packet(" " * (9 << 20)), "troppo grande"),
        (
            packet(f'<x xmlns:u="urn:{"u" * 4_000_000}">{"<u:i/>" * 300_000}</x>'),
            "spazio di nomi",
        ),
        (packet(bag("cercafoto:Etichette", ["e.txt" + "|a" * 1_000_000])), "troppe etichette"),
    ],
    ids=["laughs", "deep", "wide", "9 MB", "namespace", "genera"],
)
def test_a_packet_made_to_cost_is_refused_at_once(photo: Path, content: bytes, reason: str) -> None:
    Path(f"{photo}.xmp").write_bytes(content)
    is_refused(photo, reason)
    assert within_seconds(lambda: metadata.read_sidecar(content)) == Facts()


def test_a_sidecar_never_grows_larger_than_can_be_read(photo: Path, sidecar: Path) -> None:
    content = packet(bag("dc:subject", ["a"]) + " " * (xmp.MAX_BYTES - 700))
    assert len(content) < xmp.MAX_BYTES
    sidecar.write_bytes(content)
    is_refused(photo, "diventerebbe troppo grande")


def test_text_in_a_million_pieces_is_read_at_once() -> None:
    content = packet(f"<dc:title>{'a<!---->' * 1_000_000}</dc:title>")
    found = within_seconds(lambda: xmp.properties(content))
    assert found == {f"{xmp.DC} title": ["a" * 1_000_000]}
