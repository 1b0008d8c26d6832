"""`orderbus webhooks`: who gets merchant webhooks, and the secrets that sign them."""
