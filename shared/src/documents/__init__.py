"""The document of the HTTP API, served by the API itself."""
