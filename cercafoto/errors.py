"""Errors that cercafoto raises: each has a message, a hint and an exit code.

The message says what happened and to which file, the hint what to do next. Both are Italian. The
command line prints them on stderr and exits with `exit_code`.
"""

from __future__ import annotations


class CercafotoError(Exception):
    """Base class of all errors that the person may read.

    message: in Italian, what happened and to which file.
    hint: in Italian, what to do next; "" if there is no advice.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(CercafotoError):
    """The person asks for something impossible or contradictory."""

    exit_code = 2


class FolderNotFoundError(UsageError):
    """A folder or file that the person named does not exist."""


class LabelFileError(UsageError):
    """A label file is missing, empty, undecodable or has a duplicate."""


class ImageError(CercafotoError):
    """One picture cannot be read. An indexing run skips the picture and goes on."""


class PassingImageError(ImageError):
    """A picture could not be read for a reason that may pass. The next run tries again."""


class MissingExtraError(ImageError):
    """A picture needs the optional package group `extra`, which is not installed."""

    def __init__(self, message: str, extra: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.extra = extra

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str, str]]:
        """Return what pickle needs: by default pickle would call the class without `extra`."""
        return type(self), (self.message, self.extra, self.hint)


class ModelError(CercafotoError):
    """A model folder is damaged, incomplete or unknown."""


class UnknownModelError(ModelError):
    """A model that the person named is not on this machine."""

    exit_code = UsageError.exit_code


class ModelDownloadError(ModelError):
    """A download from the Hub failed. The next try continues after the part that arrived."""


class DeviceError(CercafotoError):
    """The requested device, such as a GPU, does not start."""


class ClusterError(CercafotoError):
    """The cluster that should read and embed the photos does not answer."""


class ArchiveError(CercafotoError):
    """The catalogue cannot be opened, read or written."""


class ArchiveBusyError(ArchiveError):
    """Another process is writing to the archive."""


class DiskFullError(ArchiveError):
    """The disk that holds the archive or the models is full."""


def first_line(error: Exception, max_length: int = 160) -> str:
    """Return the first line of an error's text, or the name of its class if the text is empty; at
    most `max_length` characters."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:max_length]
