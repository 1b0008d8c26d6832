"""The whole pipeline in one process: the product's handlers and templates, a fake AWS, one seed."""
