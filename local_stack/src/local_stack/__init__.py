"""The local AWS under Orderbus: starts it, deploys the templates to it and seeds it."""

from local_stack.errors import LocalStackError
from local_stack.running import LocalStack, running

__all__ = ["LocalStack", "LocalStackError", "running"]
