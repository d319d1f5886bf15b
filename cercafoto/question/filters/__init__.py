"""Filters: what must hold of a photo, each declared once."""
