"""Structured logs with the transaction id on every line, and one line of metrics per invocation."""

from functools import cache

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit


@cache
def logger() -> Logger:
    """Answers this worker's logger; POWERTOOLS_SERVICE_NAME names the service on each line."""
    return Logger(utc=True)


@cache
def metrics() -> Metrics:
    """Answers this worker's metrics (CloudWatch embedded metric format)."""
    return Metrics(namespace="Orderbus")


def count(name: str, value: int = 1) -> None:
    """Adds to a count of this invocation's metrics line."""
    metrics().add_metric(name=name, unit=MetricUnit.Count, value=value)
