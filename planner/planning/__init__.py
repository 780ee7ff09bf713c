"""One learner: the plan, prices and alternatives, robustness, reasons."""
