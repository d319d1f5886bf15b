"""The colours of test photos, by name."""

PAINT = {
    "rosso": (250, 10, 10),
    "verde": (10, 250, 10),
    "blu": (10, 10, 250),
    "giallo": (250, 250, 10),
    "viola": (250, 10, 250),
}
