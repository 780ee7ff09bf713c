"""`python -m planner` is `nvq-planner`."""

from planner.cli.commands import main

main()
