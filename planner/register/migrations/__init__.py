"""The steps from one form of the register to the next, in Alembic's batch mode."""
