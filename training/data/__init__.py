"""From what the owners of the data publish to lines of photos and Italian captions."""
