"""What people hand in, as data."""
