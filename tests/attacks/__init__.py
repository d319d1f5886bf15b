"""Tries to get in, to lose something, or to make cercafoto say what is not so."""
