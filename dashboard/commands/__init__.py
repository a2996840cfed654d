"""The commands, one module a group; ``dashboard/cli.py`` puts them together."""
