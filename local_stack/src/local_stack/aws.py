"""boto3 pointed at the local AWS, whatever the developer's own AWS settings say."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
import botocore.config
import botocore.session

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_lambda.client import LambdaClient
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_ssm.client import SSMClient

REGION = "us-east-1"
ACCOUNT = "000000000000"

_OWN_SETTINGS = ("profile", "config_file", "credentials_file", "ca_bundle", "region")
_NO_PROFILE: dict[str, Any] = dict.fromkeys(_OWN_SETTINGS, (None, None, None, None))


class Aws:
    """Clients of the local AWS as its root user."""

    def __init__(self, endpoint_url: str) -> None:
        self.endpoint_url = endpoint_url
        self._clients: list[Any] = []
        self.session = boto3.Session(
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 -- MiniStack's well-known root
            region_name=REGION,
            botocore_session=botocore.session.Session(session_vars=_NO_PROFILE),
        )

    def client(self, service: str) -> Any:  # noqa: ANN401 -- boto3 has a type per service name
        """Answers a client of any service."""
        config = botocore.config.Config(
            retries={"mode": "standard"}, max_pool_connections=32, proxies={}
        )
        made = self.session.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.endpoint_url,
            config=config,
        )
        self._clients.append(made)
        return made

    def close(self) -> None:
        """Closes every connection; a client that is used again opens new ones."""
        for client in self._clients:
            client.close()

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        """CloudFormation."""
        client: CloudFormationClient = self.client("cloudformation")
        return client

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """DynamoDB."""
        client: DynamoDBClient = self.client("dynamodb")
        return client

    @cached_property
    def events(self) -> "EventBridgeClient":
        """EventBridge."""
        client: EventBridgeClient = self.client("events")
        return client

    @cached_property
    def functions(self) -> "LambdaClient":
        """Lambda (a word of Python's)."""
        client: LambdaClient = self.client("lambda")
        return client

    @cached_property
    def s3(self) -> "S3Client":
        """S3."""
        client: S3Client = self.client("s3")
        return client

    @cached_property
    def sqs(self) -> "SQSClient":
        """SQS."""
        client: SQSClient = self.client("sqs")
        return client

    @cached_property
    def ssm(self) -> "SSMClient":
        """The parameter store."""
        client: SSMClient = self.client("ssm")
        return client
