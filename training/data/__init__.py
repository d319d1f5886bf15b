"""Make pairs of photos and Italian captions from what the owners of the sources publish."""
