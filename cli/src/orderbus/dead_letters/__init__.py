"""`orderbus dead-letters`: what died, why, and how it gets back to work."""
