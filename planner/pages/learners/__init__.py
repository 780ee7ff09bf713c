"""The learners of a visit: listed, each with a verdict, and who of them is behind."""
