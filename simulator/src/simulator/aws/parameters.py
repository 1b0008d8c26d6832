"""SSM's parameter store."""

from collections import Counter
from typing import Any

from simulator.aws.errors import AwsError, only


class ParameterStore:
    """Parameters by name; each is a string, whether it is marked as secret or not."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self._versions: Counter[str] = Counter()

    def get_parameter(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """GetParameter."""
        only(parameters, "Name", "WithDecryption")
        name = parameters["Name"]
        if name not in self.values:
            raise AwsError("ParameterNotFound", name)
        return {"Parameter": {"Name": name, "Value": self.values[name]}}

    def get_parameters(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """GetParameters."""
        only(parameters, "Names", "WithDecryption")
        found = [n for n in parameters["Names"] if n in self.values]
        return {
            "Parameters": [{"Name": n, "Value": self.values[n]} for n in found],
            "InvalidParameters": [n for n in parameters["Names"] if n not in self.values],
        }

    def put_parameter(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """PutParameter."""
        only(parameters, "Name", "Value", "Type", "Overwrite")
        if parameters["Name"] in self.values and not parameters.get("Overwrite", False):
            raise AwsError("ParameterAlreadyExists", parameters["Name"])
        self.values[parameters["Name"]] = parameters["Value"]
        self._versions[parameters["Name"]] += 1
        return {"Version": self._versions[parameters["Name"]]}
