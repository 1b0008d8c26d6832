"""The local AWS under Orderbus: starts it, deploys the templates to it and seeds it."""
