"""Bytes of any format to upright RGB, in processes of their own."""
