"""Tests."""

import os
import sys

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
