"""What pyproject.toml cannot say: where the packages lie, training/ being installed inside
cercafoto/, and that hnswlib is required where it can be had.

hnswlib is compiled while it is installed: PyPI has no wheel of it. A marker cannot ask for a
compiler, so this does, on the machine that installs cercafoto from its source. One that has none
goes without the graph: searches are exact there, as they are in every command.
"""

import tempfile
from pathlib import Path

from setuptools import Distribution, Extension, find_namespace_packages, find_packages, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import BaseError, CompileError, LinkError

REQUIRED = [
    "click>=8.1,<9",  # Click 9 drops names that the Typer below imports
    "filelock>=3.16",
    "huggingface-hub>=0.30",
    "jinja2>=3.1",
    "numpy>=1.26",
    "onnx>=1.17",
    "onnxruntime>=1.20",
    "pathspec>=0.12",
    "pillow>=11.3",
    "pillow-heif>=1.1",
    "platformdirs>=4.2",
    "python-dateutil>=2.9",
    "rich>=13.7",
    "simplemma>=2.0",  # forms of Italian words; opened only where a word looks misspelt
    "sqlite-utils>=3.38",
    "starlette>=1.0",
    "tokenizers>=0.20",
    "typer>=0.20,<0.26",  # later: a Click of its own, then pydantic, to read a command line
    "uvicorn>=0.34",
    "watchfiles>=1.0",
]
GRAPH = "hnswlib>=0.8"

# As hnswlib does: C++ of 2014, Python's headers, a library that Python can load.
PROBE = """
#include <Python.h>
#include <memory>
static auto made = std::make_unique<int>(0);
static PyModuleDef module = {PyModuleDef_HEAD_INIT, "probe", 0, -1, 0};
PyMODINIT_FUNC PyInit_probe(void) { return PyModule_Create(&module); }
"""


def compiles() -> bool:
    """Tell whether this machine makes a module for Python of C++."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "probe.cpp")
        source.write_text(PROBE, encoding="utf-8")
        probe = Extension("probe", [str(source)], language="c++")
        command = build_ext(Distribution({"ext_modules": [probe]}))
        command.build_temp = command.build_lib = folder
        command.ensure_finalized()
        try:
            command.run()
        except (BaseError, CompileError, LinkError, OSError):
            return False
    return True


setup(
    packages=[
        *find_namespace_packages(include=["cercafoto", "cercafoto.*"], exclude=["*.__pycache__"]),
        "cercafoto.training",
        *(f"cercafoto.training.{name}" for name in find_packages("training")),
    ],
    package_dir={"cercafoto.training": "training"},
    install_requires=[*REQUIRED, *([GRAPH] if compiles() else [])],
)
