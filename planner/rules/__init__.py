"""The one idea: a weighted sum between two limits, measured, told to the solver, and explained."""
