"""Tests."""

import os
import signal
import sys
import threading

# Ignore what the person's environment says: libraries read some of it once, when they are imported.
# Processes that tests start inherit the rest.
if "pytest" in sys.modules:
    _NOT_OURS = ("HF_", "HUGGINGFACE_", "TRANSFORMERS_", "CERCAFOTO_", "XDG_", "PG")
    for _name in [*os.environ]:
        if _name.startswith(_NOT_OURS) or _name.lower().endswith("_proxy"):
            del os.environ[_name]
    for _name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "PYTHONWARNINGS"):
        os.environ.pop(_name, None)
    os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8")

# Programs started in the background of a shell, or by nohup, ignore signals, and so would their
# children; tests send these signals to see the effect.
if threading.current_thread() is threading.main_thread():
    for _name, _usual in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
        _number = getattr(signal, _name, None)
        if _number is not None and signal.getsignal(_number) is signal.SIG_IGN:
            signal.signal(_number, _usual)
