"""What pyproject.toml cannot express: training/ is installed as the package cercafoto.training, and
the links of README.md lead to the repository where PyPI shows it."""

import re
from pathlib import Path

from setuptools import find_namespace_packages, find_packages, setup

REPOSITORY = "https://github.com/cercafoto/cercafoto"
README = Path("README.md").read_text(encoding="utf-8")
README = re.sub(r"(!\[[^]]*\]\()(?=\w+/)", rf"\1{REPOSITORY}/raw/main/", README)

setup(
    long_description=re.sub(r"\]\((?!https?:|#)", f"]({REPOSITORY}/blob/main/", README),
    long_description_content_type="text/markdown",
    packages=[
        *find_namespace_packages(include=["cercafoto", "cercafoto.*"], exclude=["*.__pycache__"]),
        "cercafoto.training",
        # What builds the table of places is for a checkout only.
        *(f"cercafoto.training.{name}" for name in find_packages("training", exclude=["places"])),
    ],
    package_dir={"cercafoto.training": "training"},
)
