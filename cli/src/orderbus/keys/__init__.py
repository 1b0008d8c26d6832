"""`orderbus keys`: what signs tracking tokens, and how it is replaced."""
