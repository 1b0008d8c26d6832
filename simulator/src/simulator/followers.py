"""Those who follow an order over a WebSocket: they try again until they hear, and come back."""

import json
from functools import partial

from simulator.aws.connections import Connection
from simulator.followings import Following
from simulator.websocket_api import WebSocketApi
from simulator.world import World

ADDRESS = "203.0.113.7"
"""Of documentation, and no loopback."""
MOST_TRIES = 60
LONGEST_PAUSE = 120.0
NOTICED_SECONDS = 20.0
"""How long the gateway takes, in the mean, to notice that a client is gone."""


def follow(world: World, transaction_id: str, token: str, *, after: int = 0) -> None:
    """Opens a connection and subscribes until the first update is there; it may break later."""
    (api,) = world.sockets
    following = Following(transaction_id)
    for attempt in range(MOST_TRIES):
        if not following.lasts:
            following = Following(transaction_id)
            following.connection = api.connect(following.hear, ADDRESS)
            world.followings.append(following)
        if following.connection is not None:
            _subscribe(api, following.connection, transaction_id, token, after)
        world.loop.sleep(min(2.0**attempt, LONGEST_PAUSE))
        if following.updates:
            break
    if world.dice.strikes(world.dice.rates.disconnected):
        world.start(partial(_break, world, following, token), world.random.expovariate(1 / 60))


def _subscribe(
    api: WebSocketApi, connection: Connection, transaction_id: str, token: str, after: int
) -> None:
    about = {"transaction_id": transaction_id, "token": token, "after": after}
    api.send(connection, json.dumps({"action": "subscribe"} | about))


def _break(world: World, following: Following, token: str) -> None:
    """Breaks a connection; the gateway may fail to tell of it. Whoever it was comes back."""
    connection = following.connection
    if connection is None or not connection.is_alive:
        return
    world.note("fault", f"{connection.id} of {following.transaction_id} breaks")
    connection.is_broken = True
    world.loop.sleep(world.random.expovariate(1 / NOTICED_SECONDS))
    if world.random.random() < 3 / 4:
        world.sockets[0].disconnect(connection)
    connection.is_open = False
    last = max(following.sequences, default=0)
    follow(world, following.transaction_id, token, after=last)
