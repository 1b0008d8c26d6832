"""First starts of the functions, before a person waits for them.

On AWS a cold start takes a fraction of a second beside many others; here a dozen on two cores would
make the very first order look slow. Every call is one that changes nothing: an empty batch, a
checkout without content, an order that does not exist.
"""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx

from local_stack import project, signing_keys
from local_stack.aws import Aws
from shared.tokens import SigningKey, sign

NO_ORDER = "00000000-0000-0000-0000-000000000000"
SECONDS = 60.0
_PING = {
    "requestContext": {"requestId": "warm-up", "connectionId": "none", "eventType": "MESSAGE"},
    "body": '{"action": "ping"}',
}


def warm_up(aws: Aws, stage: str, api_url: str) -> int:
    """Returns when the functions on an order's path have started once; answers how many calls."""
    queues = [
        *(f"orderbus-{stage}-{service}-on-inbox" for service in project.SERVICES),
        f"orderbus-{stage}-notifications-on-pushes",
    ]
    calls: list[Callable[[], object]] = [
        *(lambda name=name: _invoke(aws, name, {"Records": []}) for name in queues),
        lambda: _invoke(aws, f"orderbus-{stage}-notifications-on-frame", _PING),
        *(lambda call=call: _request(*call) for call in _requests(aws, stage, api_url)),
    ]
    with ThreadPoolExecutor(len(calls)) as pool:
        for done in [pool.submit(call) for call in calls]:
            done.result()
    return len(calls)


def _requests(aws: Aws, stage: str, api_url: str) -> list[tuple[str, str, str]]:
    token = _token_for_no_order(aws, stage)
    order = f"{api_url}/orders/{NO_ORDER}"
    return [
        ("POST", f"{api_url}/orders", token),
        ("GET", order, token),
        ("GET", f"{order}/updates", token),
    ]


def _invoke(aws: Aws, function: str, event: object) -> None:
    aws.functions.invoke(FunctionName=function, Payload=json.dumps(event))


def _request(method: str, url: str, token: str) -> None:
    httpx.request(method, url, headers={"authorization": f"Bearer {token}"}, timeout=SECONDS)


def _token_for_no_order(aws: Aws, stage: str) -> str:
    name = signing_keys.private_name(stage)
    stored = aws.ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    key = SigningKey.from_parameter(stored)
    return sign(key, NO_ORDER, issued_at=datetime.now(UTC), lifetime=timedelta(minutes=1))
