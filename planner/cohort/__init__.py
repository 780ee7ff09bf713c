"""Many learners: the batch plan, minimal selections, delivery in groups."""
