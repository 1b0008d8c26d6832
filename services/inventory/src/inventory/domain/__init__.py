"""What inventory decides: pure functions over frozen values."""
