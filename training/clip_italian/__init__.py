"""CLIP-Italian reproduced: model, recipe, training loop."""
