"""What payments decides: pure functions over frozen values."""
