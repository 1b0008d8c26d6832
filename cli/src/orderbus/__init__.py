"""The `orderbus` command."""
