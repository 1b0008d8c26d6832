"""What orders decides: pure functions over frozen values."""
