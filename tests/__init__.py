"""Tests."""

import os
import signal
import sys
import threading

# Whatever is in the environment: some of it is read once, when a library is imported. Not for the
# processes that tests start, which have some of these from them.
if "pytest" in sys.modules:
    _NOT_OURS = ("HF_", "HUGGINGFACE_", "TRANSFORMERS_", "CERCAFOTO_", "XDG_", "PG")
    for _name in [*os.environ]:
        if _name.startswith(_NOT_OURS) or _name.lower().endswith("_proxy"):
            del os.environ[_name]
    for _name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "PYTHONWARNINGS"):
        os.environ.pop(_name, None)
    os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8")

# What is started in the background of a shell, or by nohup, has signals ignored, and so would all
# that tests start; they send these to see what comes of it.
if threading.current_thread() is threading.main_thread():
    for _name, _usual in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
        _number = getattr(signal, _name, None)
        if _number is not None and signal.getsignal(_number) is signal.SIG_IGN:
            signal.signal(_number, _usual)
