"""Read files out of clones of public repositories, as they were at a commit.

Nothing is checked out: `git cat-file` reads the clone, bare or not. A clone is only read.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType

from cercafoto.training.training_errors import InputError

HOST = "https://github.com"
DEEPEST = 2  # folders between a given folder and a clone


def find_clones(folders: Sequence[Path], repositories: Iterable[str]) -> dict[str, Path]:
    """Return repository ("owner/name") -> git directory of a clone, of those that are there.

    A clone is known by the address of its remote `origin`, or by its own folder if that is named
    `owner+name` or `name`; the first way that finds one counts.
    folders: where clones lie, two folders deep at most; may be clones themselves.
    Raises InputError for a folder that cannot be read, and without git.
    """
    if shutil.which("git") is None:
        raise InputError("git: not installed, and clones cannot be read without it")
    by_name: dict[str, Path] = {}
    for folder in folders:
        try:
            clones = list(_clones(folder, DEEPEST))
        except OSError as error:
            raise InputError(f"{error.filename}: cannot be read ({error.strerror})") from error
        for clone, git_dir in clones:
            for name in (_origin(git_dir), clone.absolute().name.removesuffix(".git")):
                by_name.setdefault(name.lower(), git_dir)
    found = {}
    for repository in repositories:
        whole = repository.lower()
        names = [whole, whole.replace("/", "+"), whole.split("/")[1]]
        if git_dirs := [by_name[name] for name in names if name in by_name]:
            found[repository] = git_dirs[0]
    return found


def clone_command(repository: str, folder: Path) -> list[str]:
    """Return the command that clones a repository into `folder`, where `find_clones` finds it."""
    target = folder / repository.replace("/", "+")
    return ["git", "clone", "--bare", f"{HOST}/{repository}", str(target)]


def _clones(folder: Path, depth: int) -> Iterator[tuple[Path, Path]]:
    """Yield the clones at most `depth` folders below a folder, each with its git directory."""
    if (folder / ".git").exists():
        yield folder, folder / ".git"
    elif (folder / "HEAD").is_file() and (folder / "objects").is_dir():
        yield folder, folder
    elif depth:
        for below in sorted(folder.iterdir()):
            if below.is_dir():
                yield from _clones(below, depth - 1)


def _origin(git_dir: Path) -> str:
    """Return "owner/name" from the address of a clone's `origin`, "" if it has none."""
    ran = subprocess.run(
        _git(git_dir, "config", "--get", "remote.origin.url"),
        stdout=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    address = ran.stdout.strip().rstrip("/").removesuffix(".git")
    return "/".join(address.replace(":", "/").split("/")[-2:])


def _git(git_dir: Path, *words: str) -> list[str]:
    return ["git", f"--git-dir={git_dir}", *words]


class CommittedFiles:
    """The committed files of a clone. Threads may read at the same time.

    Use it in a `with` statement, which ends git.
    """

    def __init__(self, git_dir: Path) -> None:
        self._git_dir = git_dir
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            _git(git_dir, "cat-file", "--batch"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self) -> CommittedFiles:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._process.communicate()

    def read(self, commit: str, path: str) -> bytes | None:
        """Return a file's content at a commit; at HEAD if the clone lacks the commit or the file
        in it; None if it is in neither. Raises InputError if git cannot read the clone."""
        with self._lock:
            for revision in (commit, "HEAD"):
                try:
                    content = self._read(f"{revision}:{path}")
                except (OSError, ValueError) as error:
                    raise InputError(f"{self._git_dir}: git cannot read this clone") from error
                if content is not None:
                    return content
        return None

    def _read(self, name: str) -> bytes | None:
        """Return the file with a name that git understands, None if there is none. Raises OSError
        and ValueError if git does not answer."""
        questions, answers = self._process.stdin, self._process.stdout
        assert questions is not None and answers is not None
        questions.write(f"{name}\n".encode())
        questions.flush()
        head = answers.readline()
        if head.endswith(b" missing\n"):
            return None
        _, kind, size = head.split()
        content = answers.read(int(size))
        answers.read(1)  # a line feed
        return content if kind == b"blob" else None
