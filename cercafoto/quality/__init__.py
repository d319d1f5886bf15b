"""How sharp and how well exposed photos are."""
