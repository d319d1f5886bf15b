"""The command line: arguments in, exit code out. What happens is in `library`, how it looks in
`render`. Heavy imports wait until a command needs them, so that `--help` answers at once."""

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
from cercafoto.cli.console import notice, report_error
from cercafoto.errors import CercafotoError, UsageError


def run(arguments: list[str] | None = None) -> int:
    """Carry out a command line (without the program's name) and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A name that the terminal's encoding lacks is shown escaped, never a traceback.
            stream.reconfigure(errors="backslashreplace")
    try:
        completed = shell_completion.answer(program)
        if completed is not None:
            return completed
        # Not program.main(): it takes interruptions and closed pipes into its own hands.
        words = sys.argv[1:] if arguments is None else arguments
        with program.make_context("cercafoto", list(words)) as ctx:
            code = int(program.invoke(ctx) or DONE)
        sys.stdout.flush()
        return code
    except typer.Exit as exit_:
        sys.stdout.flush()
        return exit_.exit_code
    except CercafotoError as error:
        report_error(error)
        return error.exit_code
    except KeyboardInterrupt:
        notice("Interrotto. Quello che era già fatto resta: lo stesso comando riprende da qui.")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has seen enough (`| head`). Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except click_italian.NoArgumentsError as error:
        notice(error.text)
        return UsageError.exit_code
    except click.UsageError as error:
        report_error(click_italian.explain(error))
        return UsageError.exit_code
    except OSError as error:
        _trace()
        if error.filename and error.errno in {errno.EACCES, errno.EPERM}:
            said = f"Non hai il permesso di usare {printable(error.filename)}."
        else:
            where = f"{printable(error.filename)}: " if error.filename else ""
            said = f"{where}{os_error_in_italian(error, 'usare')}."
        report_error(CercafotoError(said, _DETAILS))
        return FAILED
    except Exception as error:
        _trace()
        report_error(CercafotoError(f"Errore inatteso: {type(error).__name__}: {error}", _DETAILS))
        return FAILED


_DETAILS = "Le foto non sono state toccate. Con CERCAFOTO_DEBUG=1 vedi i dettagli da segnalare."


def _trace() -> None:
    """Show where an error comes from, to who asks for it."""
    if os.environ.get("CERCAFOTO_DEBUG"):
        import traceback

        notice(traceback.format_exc())


def main() -> None:
    """Entry point of the `cercafoto` command."""
    # A closed terminal or a shutdown ends a run as Ctrl-C does: finished work is kept. Under nohup
    # a signal is ignored, and stays so.
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    # Imports and rows make many objects and hardly any cycle: looking for some after every 700 took
    # 25 ms of a cold search and a tenth of labelling 100,000 photos.
    gc.set_threshold(100_000, 20, 20)
    code = run()
    if code == DONE:
        _leave()
    sys.exit(code)


def _leave() -> None:
    """End the process at once with DONE: Python would first take numpy and ONNX Runtime apart,
    which is 30 ms of a cold search. Return where the usual way out has something left to do."""
    if threading.active_count() > 1:
        return  # it waits for threads
    # Every file, lock and process of ours is closed by a `with` by now; what other libraries have
    # to close is theirs to register, and both streams hold no more than this writes.
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return  # Python reports it, and exits with another code
    os._exit(DONE)
