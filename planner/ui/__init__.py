"""The web pages: widgets in, one call to the planner, tables out."""
