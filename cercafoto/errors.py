"""The error tree: every class carries a message, a hint for the person and an exit code.

Messages say what happened and to which file; the hint says what to do next. Both are Italian,
since a person reads them; the command line prints them on stderr and exits with `exit_code`.
"""

from __future__ import annotations


class CercafotoError(Exception):
    """Anything cercafoto stops for. `exit_code` is 1 unless a subclass says otherwise."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(CercafotoError):
    """The words on the command line cannot be carried out as they are."""

    exit_code = 2


class FolderNotFoundError(UsageError):
    """A folder or file named by the person is not there."""


class LabelFileError(UsageError):
    """A label file is missing, empty, undecodable or has a duplicate."""


class ImageError(CercafotoError):
    """One picture cannot be read. While indexing it costs that picture, never the run."""


class PassingImageError(ImageError):
    """The disk or the moment is to blame, not the picture: the next run tries again."""


class MissingExtraError(ImageError):
    """A picture is sound, but what reads it, the extra named `extra`, is not installed."""

    def __init__(self, message: str, extra: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.extra = extra

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str, str]]:
        """Let it pass from process to process: `Exception` only takes the message along."""
        return type(self), (self.message, self.extra, self.hint)


class ModelError(CercafotoError):
    """A model folder is damaged, incomplete or unknown."""


class UnknownModelError(ModelError):
    """A model named by the person is not on this machine."""

    exit_code = UsageError.exit_code


class ModelDownloadError(ModelError):
    """A download from the Hub failed; what arrived is kept and resumed."""


class DeviceError(CercafotoError):
    """The device that was asked for, a GPU say, does not start."""


class ClusterError(CercafotoError):
    """The machines that were to read and embed do not answer, or do so no longer."""


class ArchiveError(CercafotoError):
    """The catalogue cannot be opened, read or written."""


class ArchiveBusyError(ArchiveError):
    """Another process is writing to the archive."""


class DiskFullError(ArchiveError):
    """The disk that holds the archive or the models is full."""


def first_line(error: Exception, max_length: int = 160) -> str:
    """Shorten another program's error to what fits into a message; its name where it says
    nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:max_length]
