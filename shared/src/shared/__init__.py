"""The shared plumbing and contracts of all services."""
