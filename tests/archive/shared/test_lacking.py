"""Where PostgreSQL or pgvector is absent, tests of shared archives are passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import postgres

pytest.importorskip("psycopg")


def test_pgvector_of_another_version_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine with several versions only one may have it; and pg_config may be absent."""
    programs = tmp_path / "99" / "bin"
    programs.mkdir(parents=True)
    monkeypatch.setattr(postgres, "_PROGRAMS", [programs])
    (programs / "initdb").touch()
    assert postgres.lacking() == "there is no pgvector here"
    (tmp_path / "99" / "share" / "extension").mkdir(parents=True)
    (tmp_path / "99" / "share" / "extension" / "vector.control").touch()
    assert postgres.lacking() is None
