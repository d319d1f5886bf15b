"""Run a command line and return its exit code; errors become Italian messages on stderr.

Heavy imports wait until a command needs them, so that `--help` answers at once.
"""

from __future__ import annotations

import atexit
import errno
import gc
import os
import signal
import sys
import threading

import click
import typer

from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.base.paths import printable
from cercafoto.cli import click_italian, shell_completion
from cercafoto.cli.app import DONE, FAILED, INTERRUPTED, program
from cercafoto.cli.common import is_moving
from cercafoto.cli.console import (
    OutputError,
    discard,
    notice,
    open_closed_streams,
    report_error,
)
from cercafoto.errors import CercafotoError, UsageError


def run(arguments: list[str] | None = None) -> int:
    """Carry out a command line and return the exit code.

    arguments: words of the command line, without the program's name; None: the process's own.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A file name that the terminal's encoding cannot show is escaped instead of failing.
            stream.reconfigure(errors="backslashreplace")
    ctx = None
    try:
        completed = shell_completion.answer(program)
        if completed is not None:
            return completed
        # Not program.main(): that would handle interruptions and closed pipes itself.
        words = sys.argv[1:] if arguments is None else arguments
        with program.make_context("cercafoto", list(words)) as ctx:
            code = int(program.invoke(ctx) or DONE)
        sys.stdout.flush()
        return code
    except typer.Exit as exit_:
        sys.stdout.flush()
        return exit_.exit_code
    except CercafotoError as error:
        if is_moving(ctx):
            error.hint = error.hint.replace(_UNTOUCHED, _PERHAPS_MOVED)
        report_error(error)
        return error.exit_code
    except KeyboardInterrupt:
        notice("Interrotto. Quello che era già fatto resta: lo stesso comando riprende da qui.")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has seen enough (`| head`).
        discard(sys.stdout)
        return DONE
    except click_italian.NoArgumentsError as error:
        notice(error.text)
        return UsageError.exit_code
    except click.UsageError as error:
        report_error(click_italian.explain(error))
        return UsageError.exit_code
    except OSError as error:
        _trace()
        if _is_about_stdout(error):
            discard(sys.stdout)
            why = os_error_in_italian(error, "scrivere")
            report_error(CercafotoError(f"Lo standard output non si può scrivere: {why}."))
            return FAILED
        if error.filename and error.errno in {errno.EACCES, errno.EPERM}:
            said = f"Non hai il permesso di usare {printable(error.filename)}."
        else:
            where = f"{printable(error.filename)}: " if error.filename else ""
            said = f"{where}{os_error_in_italian(error, 'usare')}."
        report_error(CercafotoError(said, _details(ctx)))
        return FAILED
    except Exception as error:
        _trace()
        said = f"Errore inatteso: {type(error).__name__}: {error}"
        report_error(CercafotoError(said, _details(ctx)))
        return FAILED


_UNTOUCHED = "Le foto non sono state toccate."  # errors of a damaged archive say it too
_PERHAPS_MOVED = (
    "Qualche foto può essere già stata spostata: «cercafoto doppioni --annulla» rimette tutto "
    "dov'era."
)


def _details(ctx: click.Context | None) -> str:
    photos = _PERHAPS_MOVED if is_moving(ctx) else _UNTOUCHED
    return f"{photos} Con CERCAFOTO_DEBUG=1 vedi i dettagli da segnalare."


def _is_about_stdout(error: OSError) -> bool:
    """Whether an error comes from writing to stdout: what was not written is still buffered, and
    cannot be written now either."""
    if isinstance(error, OutputError):
        return True
    try:
        sys.stdout.flush()
    except OSError:
        return True
    return False


def _trace() -> None:
    """Write the traceback of the current error to stderr if CERCAFOTO_DEBUG is set."""
    if os.environ.get("CERCAFOTO_DEBUG"):
        import traceback

        notice(traceback.format_exc())


def main() -> None:
    """Run the `cercafoto` command and exit."""
    open_closed_streams()
    # A closed terminal or a shutdown ends a run as Ctrl-C does: finished work is kept. A signal
    # that is already ignored (nohup) stays ignored.
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    # Imports and rows make many objects and hardly any reference cycle. Collecting garbage after
    # every 700 objects took 25 ms of a cold search and a tenth of labelling 100,000 photos.
    gc.set_threshold(100_000, 20, 20)
    code = run()
    if code == DONE:
        _leave()
    sys.exit(code)


def _leave() -> None:
    """End the process at once with exit code DONE. Return, for a normal exit, if other threads are
    running or the output cannot be flushed.

    A normal exit first unloads numpy and ONNX Runtime, which is 30 ms of a cold search.
    """
    if threading.active_count() > 1:
        return  # a normal exit waits for threads
    # A `with` has closed all our files, locks and processes by now. Other libraries register what
    # they must close with atexit.
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return  # a normal exit reports the error, with another exit code
    os._exit(DONE)
