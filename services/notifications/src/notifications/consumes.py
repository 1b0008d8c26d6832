"""Every event that notifications consumes: all that belong to a transaction."""

from shared.events import CATALOGUE, ProductChanged
from shared.inbox import Consumes

CONSUMES: Consumes = frozenset(
    (service, model)
    for service in ("orders", "inventory", "payments")
    for model in CATALOGUE[service]
    if model is not ProductChanged
)
