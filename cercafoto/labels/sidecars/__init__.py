"""Write labels to XMP sidecars beside the photos."""
