"""Tests of the Italian messages for errors of the system."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from cercafoto.base.os_reasons import os_error_in_italian


@pytest.mark.parametrize(
    "number",
    [errno.EISDIR, errno.ENOSPC, errno.EACCES, errno.EINVAL, errno.EXDEV, errno.ENOTEMPTY, 9999],
)
def test_no_english_text_of_the_system_is_shown(number: int) -> None:
    said = os_error_in_italian(OSError(number, os.strerror(number)), "scrivere")
    assert said and os.strerror(number).split()[0].lower() not in said.lower().split()


def test_a_folder_instead_of_a_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(OSError) as caught:
        tmp_path.read_bytes()
    assert os_error_in_italian(caught.value) in ("è una cartella", "non hai il permesso di leggere")


def test_an_error_without_a_number_keeps_its_text() -> None:
    assert os_error_in_italian(OSError("il disco è altrove")) == "il disco è altrove"
