"""Errors of the training package."""

from __future__ import annotations


class InputError(ValueError):
    """An input that cannot be used; the message names the file and, where it has lines, the
    line."""
