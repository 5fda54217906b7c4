"""Places on the ground: states, counties, towns. Knows nothing of agreements."""
