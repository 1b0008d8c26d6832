"""What the template tells the authorizer."""

from pydantic import BaseModel, ConfigDict, Json

from shared.identity import Identity


class Settings(BaseModel):
    """The environment of the authorizer: it publishes nothing and needs no bus."""

    model_config = ConfigDict(frozen=True)

    stage: str
    tracking_public_keys_parameter: str
    identity: Json[Identity]
