"""The web page, a room for each place that a person goes to."""
