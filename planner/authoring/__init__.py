"""Rule files: the lint, a new qualification, two versions compared."""
