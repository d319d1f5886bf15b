"""Other users of a machine that runs `index --ray` cannot reach Ray's files and sockets."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from cercafoto.base.locked_folder import LOCK, make_locked_folder
from cercafoto.indexing.cluster.cluster_options import ClusterChoices
from cercafoto.indexing.cluster.ray_connection import connected
from cercafoto.indexing.cluster.ray_folder import PREFIX
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.skipif(os.name != "posix", reason="users and sockets of POSIX")

LONGEST_SOCKET = "session_2026-11-28_16-51-32_123456_4194304/sockets/plasma_store"


class PretendRay:
    """Lets all users write to its folder, as Ray does."""

    exceptions = SimpleNamespace(RayError=RuntimeError)

    def __init__(self) -> None:
        self.folder = Path()

    def init(self, *, _temp_dir: str, **_: object) -> None:
        self.folder = Path(_temp_dir)
        os.makedirs(self.folder, exist_ok=True)
        self.folder.chmod(0o777)

    def shutdown(self) -> None:
        pass


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="", dir="/tmp") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> PretendRay:
    pretended = PretendRay()
    monkeypatch.setitem(sys.modules, "ray", pretended)
    monkeypatch.setattr(os, "environ", {**os.environ})  # `connected` adds to it
    return pretended


def test_nobody_else_comes_to_the_files_of_ray(ray: PretendRay, temporary: Path) -> None:
    with connected(ClusterChoices(), 1, False, 0):
        above = [path for path in ray.folder.parents if temporary in path.parents]
        assert above
        assert all(stat.S_IMODE(path.stat().st_mode) == 0o700 for path in above)
        if sys.platform == "linux":
            assert len(os.fsencode(ray.folder / LONGEST_SOCKET)) <= 107
    assert list(temporary.iterdir()) == []


KILLED = """
import os, signal, sys
from cercafoto.indexing.cluster.ray_connection import connected
from cercafoto.indexing.cluster.cluster_options import ClusterChoices
from tests.attacks.test_ray_folder import PretendRay
sys.modules["ray"] = PretendRay()
with connected(ClusterChoices(), 1, False, 0) as ray:
    (ray.folder / "raylet.out").write_text("/home/nonna/Foto")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_next_run_removes_what_a_killed_one_left(ray: PretendRay, temporary: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED],
        env=os.environ | {"TMPDIR": str(temporary)},
        cwd=Path(__file__).parents[2],
        timeout=PATIENCE,
    )
    assert done.returncode == -9
    (left,) = temporary.iterdir()
    with connected(ClusterChoices(), 1, False, 0):
        assert not left.exists()


def test_no_other_folder_is_taken_for_one_that_was_left(ray: PretendRay, temporary: Path) -> None:
    mine = temporary / "mine"
    mine.mkdir()
    (mine / LOCK).touch()
    (mine / "foto.jpg").write_text("ciao")
    (temporary / f"{PREFIX}abcdefgh").symlink_to(mine)
    (temporary / f"{PREFIX}unlocked").mkdir()
    (temporary / f"{PREFIX}12345678").write_text("un file")
    _, lock = make_locked_folder(PREFIX, str(temporary))
    before = sorted(temporary.iterdir())
    with connected(ClusterChoices(), 1, False, 0):
        pass
    assert sorted(temporary.iterdir()) == before
    assert (mine / "foto.jpg").exists()
    lock.release()
