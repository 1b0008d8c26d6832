"""Tables on moto, made from the real templates."""

from typing import Any

from project import resources

_TAKEN = (
    "BillingMode",
    "AttributeDefinitions",
    "KeySchema",
    "GlobalSecondaryIndexes",
)


def create(client: Any, stack: str, logical_id: str) -> str:  # noqa: ANN401 - boto3 client
    """Makes the table of a stack's template and answers its name."""
    properties = resources(stack, "AWS::DynamoDB::Table")[logical_id]["Properties"]
    name = str(properties["TableName"]["Fn::Sub"]).replace("${Stage}", "test")
    arguments = {key: properties[key] for key in _TAKEN if key in properties}
    client.create_table(TableName=name, **arguments)
    return name
