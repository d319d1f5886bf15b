"""Attempts to break in, to lose data, or to make cercafoto say something false."""
