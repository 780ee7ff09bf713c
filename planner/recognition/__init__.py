"""What a person or a centre can reach, from facts."""
