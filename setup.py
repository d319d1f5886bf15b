"""Install training/ as the package cercafoto.training, which pyproject.toml cannot express."""

from setuptools import find_namespace_packages, find_packages, setup

setup(
    packages=[
        *find_namespace_packages(include=["cercafoto", "cercafoto.*"], exclude=["*.__pycache__"]),
        "cercafoto.training",
        # What builds the table of places is for a checkout only.
        *(f"cercafoto.training.{name}" for name in find_packages("training", exclude=["places"])),
    ],
    package_dir={"cercafoto.training": "training"},
)
