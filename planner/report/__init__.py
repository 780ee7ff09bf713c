"""The tables and workbooks that screen, command line and downloads share."""
