"""The receivers of merchant webhooks of a stage, in its parameter store."""

import base64
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from pydantic import SecretStr, ValidationError

from local_stack.webhook_receivers import name
from notifications.receivers import Configured, Receiver
from shared.errors import OrderbusError
from shared.records import is_error

MOST_RECEIVERS = 10
"""Each gets every change of every order; a parameter holds 4 KB."""


class WebhooksError(OrderbusError):
    """What the operator asked for can't be done; the message says why."""


@dataclass(frozen=True)
class Office:
    """One stage's receivers."""

    ssm: Any
    """A boto3 client."""
    stage: str

    def receivers(self) -> tuple[Receiver, ...]:
        """Answers the receivers; none are configured until the first is added."""
        try:
            answer = self.ssm.get_parameter(Name=name(self.stage), WithDecryption=True)
        except ClientError as error:
            if is_error(error, "ParameterNotFound"):
                return ()
            raise
        return Configured.model_validate_json(answer["Parameter"]["Value"]).receivers

    def add(self, receiver_id: str, url: str) -> str:
        """Adds a receiver; answers the secret to hand to whoever runs it."""
        known = self.receivers()
        if any(receiver.id == receiver_id for receiver in known):
            raise WebhooksError(
                f"{receiver_id} is there already; remove it first, or choose another name"
            )
        if len(known) >= MOST_RECEIVERS:
            raise WebhooksError(
                f"a stage has at most {MOST_RECEIVERS} receivers; use the SNS topic"
            )
        secret = new_secret()
        with _explained():
            added = Receiver(id=receiver_id, url=url, secrets=(SecretStr(secret),))
        self._write((*known, added))
        return secret

    def rotate(self, receiver_id: str) -> str:
        """Adds a secret, by which deliveries are signed from now on, too; answers it."""
        secret = new_secret()
        receiver = self._receiver(receiver_id)
        newest = (SecretStr(secret), *receiver.secrets)
        with _explained():
            self._replace(Receiver(id=receiver_id, url=receiver.url, secrets=newest))
        return secret

    def retire(self, receiver_id: str) -> int:
        """Lets only the newest secret sign; answers how many older ones there were."""
        receiver = self._receiver(receiver_id)
        self._replace(receiver.model_copy(update={"secrets": receiver.secrets[:1]}))
        return len(receiver.secrets) - 1

    def remove(self, receiver_id: str) -> None:
        """Removes a receiver; what is on its way to it is dropped."""
        self._receiver(receiver_id)
        self._write(tuple(other for other in self.receivers() if other.id != receiver_id))

    def _receiver(self, receiver_id: str) -> Receiver:
        for receiver in self.receivers():
            if receiver.id == receiver_id:
                return receiver
        raise WebhooksError(f"there is no receiver {receiver_id} on {self.stage}")

    def _replace(self, changed: Receiver) -> None:
        self._write(tuple(changed if r.id == changed.id else r for r in self.receivers()))

    def _write(self, receivers: tuple[Receiver, ...]) -> None:
        document = {
            "receivers": [
                receiver.model_dump(mode="json")
                | {"secrets": [secret.get_secret_value() for secret in receiver.secrets]}
                for receiver in receivers
            ]
        }
        self.ssm.put_parameter(
            Name=name(self.stage),
            Value=json.dumps(document, separators=(",", ":")),
            Type="SecureString",
            Overwrite=True,
        )


def new_secret() -> str:
    """Answers a secret as Standard Webhooks writes them: 24 random bytes."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise WebhooksError(f"{wrong['loc'][0]} {wrong['msg']}") from error
