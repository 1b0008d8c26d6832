"""Public keys as a stage publishes them, in memory."""

from dataclasses import dataclass, field

from local_stack.signing_keys import new_pair
from shared.keys import KeysUnavailableError, PublicKeys
from shared.tokens import SigningKey


@dataclass
class PublishedKeys:
    """Where tracking tokens' keys are published."""

    published: PublicKeys = field(default_factory=lambda: PublicKeys({}))
    reads: int = 0
    out_of_reach: bool = False

    def read(self) -> PublicKeys:
        """Answers the keys as published now."""
        self.reads += 1
        if self.out_of_reach:
            raise KeysUnavailableError
        return self.published

    def rotate(self) -> SigningKey:
        """Publishes a new key beside the old ones."""
        private, jwks = new_pair()
        fresh = PublicKeys.from_jwks(jwks)
        self.published = PublicKeys({**self.published.by_kid, **fresh.by_kid})
        return SigningKey.from_parameter(private)

    def withdraw(self, kid: str) -> None:
        """Publishes a key no longer."""
        self.published = PublicKeys({k: v for k, v in self.published.by_kid.items() if k != kid})
