"""Every event that notifications consumes: all that belong to a transaction, and products."""

from shared.events import CATALOGUE
from shared.inbox import Consumes

CONSUMES: Consumes = frozenset(
    (service, model)
    for service in ("orders", "inventory", "payments")
    for model in CATALOGUE[service]
)
