"""Labels written beside photos, as XMP."""
