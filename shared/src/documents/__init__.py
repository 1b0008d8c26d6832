"""The documents of the HTTP API and of the channels, served by the API itself."""
