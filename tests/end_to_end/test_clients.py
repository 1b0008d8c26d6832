"""The public clients on a bad network: each order once, each of its steps once and in order."""

import asyncio
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from backstage import Backstage
from flaky_network import FlakyNetwork
from project import ROOT
from shop import Order, Shop, cart

from local_stack import LocalStack
from orderbus_client import Orderbus

pytestmark = pytest.mark.end_to_end

SEED = 1948
PRICE = 300
ENDS = {
    "pm_sandbox_approve": "CONFIRMED",
    "pm_sandbox_decline": "REJECTED",
    "pm_sandbox_capture_fail": "CANCELLED",
    "pm_sandbox_outage": "CONFIRMED",
}
"""What becomes of an order, by its payment method."""
JAVASCRIPT = """
const { client, api, websocket, carts } = JSON.parse(process.argv[1]);
const { Orderbus } = await import(client);
const shop = new Orderbus(api, { websocketUrl: websocket });
const follow = async (cart) => {
  const { transaction_id: id, tracking_token: token } = await shop.placeOrder(cart);
  const updates = [];
  for await (const update of shop.trackOrder(id, token)) updates.push(update);
  return { id, token, updates };
};
console.log(JSON.stringify(await Promise.all(carts.map(follow))));
"""

Document = dict[str, Any]


@dataclass(frozen=True)
class Story:
    """What a client made of one cart of each payment method."""

    sku: str
    network: FlakyNetwork
    followed: list[Document]


def in_python(api: str, websocket: str, carts: list[Any]) -> list[Document]:
    """Places and follows the carts' orders, all at once, with the Python client."""

    async def follow(shop: Orderbus, wanted: Any) -> Document:  # noqa: ANN401 - any JSON
        placed = await shop.place_order(wanted)
        following = shop.track_order(placed.transaction_id, placed.tracking_token)
        updates = [update async for update in following]
        return {"id": placed.transaction_id, "token": placed.tracking_token, "updates": updates}

    async def follow_all() -> list[Document]:
        async with Orderbus(api, websocket) as shop:
            return await asyncio.gather(*(follow(shop, wanted) for wanted in carts))

    return asyncio.run(follow_all())


def in_javascript(api: str, websocket: str, carts: list[Any]) -> list[Document]:
    """Places and follows the carts' orders, all at once, with the JavaScript client in Node."""
    client = Path(ROOT / "clients/js/index.js").as_uri()
    settings = {"client": client, "api": api, "websocket": websocket, "carts": carts}
    command = ["node", "--input-type=module", "-e", JAVASCRIPT, json.dumps(settings)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


CLIENTS = {"python": in_python, "javascript": in_javascript}


@pytest.fixture(scope="module")
def stories(stack: LocalStack, backstage: Backstage) -> dict[str, Story]:
    """Lets both clients work at the same time, each on a bad network of its own."""

    def told(client: str) -> Story:
        sku = backstage.new_product(stock=100, price=PRICE)
        carts = [cart((sku, 1), method=method, price=PRICE) for method in ENDS]
        with FlakyNetwork(stack.port, SEED) as network:
            addresses = network.through(stack.api_url), network.through(stack.websocket_url)
            assert stack.api_url not in addresses
            return Story(sku, network, CLIENTS[client](*addresses, carts))

    with ThreadPoolExecutor() as pool:
        found = dict(zip(CLIENTS, pool.map(told, CLIENTS), strict=True))
    for client, story in found.items():
        print(client, story.network.fates)  # noqa: T201 - told when a test fails
    return found


def _documents(updates: list[Document]) -> list[Document]:
    """Answers what equal sequences have in common: all but what the receiver was taken to have."""
    return [{n: v for n, v in update.items() if n != "from_sequence"} for update in updates]


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_orders_once_and_tells_every_step_once_whatever_the_network_does(
    shop: Shop, backstage: Backstage, stories: dict[str, Story], client: str
) -> None:
    story = stories[client]
    placed = [followed["id"] for followed in story.followed]
    assert sorted(backstage.orders_of(story.sku)) == sorted(placed)
    for (method, end), followed in zip(ENDS.items(), story.followed, strict=True):
        updates = followed["updates"]
        order = Order(shop, followed["id"], followed["token"], {})
        assert [u["sequence"] for u in updates] == list(range(1, len(updates) + 1)), method
        assert _documents(updates) == _documents(order.steps())
        assert (updates[-1]["final"], updates[-1]["status"]) == (True, end)


@pytest.mark.parametrize("client", CLIENTS)
def test_the_network_was_bad_and_the_websocket_went_through_it_too(
    stack: LocalStack, stories: dict[str, Story], client: str
) -> None:
    network = stories[client].network
    assert network.fates["refused"] > 0
    assert network.fates["cut"] > 0
    path = stack.websocket_url.split(f":{stack.port}", 1)[1]
    assert any(asked.startswith(f"GET {path} ") for asked in network.asked)
