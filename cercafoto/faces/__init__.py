"""Find faces in photos, group like ones, and keep the names that the person gives them."""
