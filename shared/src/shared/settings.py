"""The environment, parsed once into a frozen model: the only place that reads it."""

import os
from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.errors import ConfigurationError


class Settings(BaseModel):
    """What every function of every service is told by its template."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    stage: str
    bus_name: str


SettingsModel = TypeVar("SettingsModel", bound=BaseModel)


def load(model: type[SettingsModel], environ: Mapping[str, str] = os.environ) -> SettingsModel:
    """Answers the settings in the environment: field `bus_name` is the variable `BUS_NAME`.

    Raises ConfigurationError naming every variable that is missing or wrong.
    """
    values = {
        field: environ[field.upper()] for field in model.model_fields if field.upper() in environ
    }
    try:
        return model.model_validate(values)
    except ValidationError as error:
        wrong = [f"{str(e['loc'][0]).upper()} ({e['msg']})" for e in error.errors()]
        raise ConfigurationError(
            f"environment variables missing or wrong: {', '.join(wrong)}; "
            "the function's template sets them"
        ) from error
