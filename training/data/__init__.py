"""Preparation of data: from what its owners publish to lines of photos and Italian captions."""
