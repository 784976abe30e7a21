"""What the facts mean: pure functions from interactions to readings and standings."""
