"""What notifications decides: pure functions over frozen values."""
