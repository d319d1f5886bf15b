"""Make the table of places that the package ships. From a checkout only: the wheel lacks it."""
