"""Without PostgreSQL or pgvector, tests of shared archives are skipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import postgres

pytest.importorskip("psycopg")


def test_pgvector_of_another_version_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of several PostgreSQL versions only one may have pgvector; pg_config may be missing."""
    programs = tmp_path / "99" / "bin"
    programs.mkdir(parents=True)
    monkeypatch.setattr(postgres, "_PROGRAMS", [programs])
    (programs / "initdb").touch()
    assert postgres.lacking() == "there is no pgvector here"
    (tmp_path / "99" / "share" / "extension").mkdir(parents=True)
    (tmp_path / "99" / "share" / "extension" / "vector.control").touch()
    assert postgres.lacking() is None
