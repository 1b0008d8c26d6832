"""The boto3 clients, made once per worker, with time-outs that fit a function's life."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

_CONFIG = Config(
    connect_timeout=1,
    read_timeout=3,
    tcp_keepalive=True,
    # "standard" retries throttling and transient errors with jitter; past it SQS redelivers.
    retries={"mode": "standard", "total_max_attempts": 3},
)

_ONCE = _CONFIG.merge(
    Config(read_timeout=2, retries={"total_max_attempts": 1}, max_pool_connections=32)
)


@cache
def client(service: str, endpoint_url: str | None = None, *, once: bool = False) -> Any:  # noqa: ANN401 - boto3 makes its clients' classes at run time
    """Answers this worker's client of an AWS service (a boto3 low-level client).

    `endpoint_url` is for services whose address is a resource of ours. `once`: it tries once, for
    three seconds at most, and may be used side by side; for who comes again by other means.
    """
    config = _ONCE if once else _CONFIG
    return boto3.client(service, endpoint_url=endpoint_url, config=config)  # type: ignore[call-overload]
