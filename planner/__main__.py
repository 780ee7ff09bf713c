"""`python -m planner` is `nvq-planner`."""

from planner.cli import main

main()
