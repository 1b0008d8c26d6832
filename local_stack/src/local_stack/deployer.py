"""Deploys the templates to the local AWS, stack by stack, as the teams deploy them."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local_stack import archive, cors, event_sources, project, stacks, templates
from local_stack.aws import ACCOUNT, REGION, Aws
from local_stack.build import Target, build, template_of
from local_stack.errors import DeployError
from local_stack.host_layer import HostLayers
from local_stack.progress import Progress
from local_stack.uploads import Uploads

API_ID = "orderbus"
WEBSOCKET_API_ID = "orderbus-live"
API_IDS = {"HTTP": API_ID, "WEBSOCKET": WEBSOCKET_API_ID}
MOST_AT_ONCE = 2
"""Batches of one queue at the same time, AWS's smallest cap.

Each is a process of its own here: dozens of them starting together on two cores keep everybody
waiting for longer than they save.
"""
SSM_NAME_TYPE = "AWS::SSM::Parameter::Value<"


@dataclass
class Deployer:
    """Deploys everything for one stage."""

    aws: Aws
    state: Path
    progress: Progress
    stage: str = "dev"
    given: Mapping[str, str] = field(default_factory=dict)
    """Parameters beside the defaults, for every stack that has one of such a name."""
    storefront_url: str = ""
    """Where the shop's pages will be served."""
    _layer_arn: str = field(default="", init=False)

    @property
    def api_url(self) -> str:
        """The HTTP API's address, known before it exists because its id is pinned."""
        return f"{self.aws.endpoint_url}/_aws/execute-api/{API_ID}/$default"

    @property
    def websocket_url(self) -> str:
        """The WebSocket API's address."""
        gateway = self.aws.endpoint_url.replace("http://", "ws://")
        return f"{gateway}/_aws/execute-api/{WEBSOCKET_API_ID}/live"

    def deploy(self, after_shared: Callable[[], None]) -> None:
        """Returns when every stack is deployed and the bus is proven to exist."""
        with self.progress.step("build") as step:
            artefacts = build(Target.HOST)
            uploads = Uploads(
                self.aws.s3, f"orderbus-{self.stage}-artefacts", HostLayers(self.state)
            )
            addresses = uploads.upload(artefacts)
            step.note(f"{len(artefacts)} artefacts")
        for stack in project.STACKS:
            self._deploy_stack(stack, addresses[stack])
            if stack == "shared":
                after_shared()
        uploads.forget_others()
        event_sources.resume(self.aws)

    def _deploy_stack(self, stack: str, addresses: Mapping[str, str]) -> None:
        with self.progress.step(f"stack {stack}") as step:
            template, removed, stripped = localised(template_of(stack), addresses)
            body = json.dumps(template)
            name = f"orderbus-{self.stage}-{stack}"
            outcome = stacks.apply(self.aws.cloudformation, name, body, self.parameters(template))
            step.note(outcome)
            if stack == "shared":
                self._after_shared(name)
                if cors.ensure(self.aws.client("apigatewayv2"), API_ID, template):
                    step.skipped("CorsConfiguration from a template: set by API")
            for resource in removed:
                step.skipped(self._made_otherwise(resource, templates.defaults(template)))
            if stripped:
                step.skipped(f"condition events:source of {', '.join(stripped)}: left out")

    def parameters(self, template: templates.Template) -> dict[str, str]:
        """Answers what a template's parameters are given; the others keep their defaults."""
        given: dict[str, str] = {}
        for name, definition in template.get("Parameters", {}).items():
            value = self._value_of(name, definition.get("Type", "String"))
            if value is not None:
                given[name] = value
        return given

    def _value_of(self, name: str, parameter_type: str) -> str | None:
        if parameter_type.startswith(SSM_NAME_TYPE):
            return f"/orderbus/{self.stage}/{kebab(name)}"
        known = {
            "Stage": self.stage,
            "PublicApiUrl": self.api_url,
            "PublicWebsocketUrl": self.websocket_url,
            "WebsocketEndpoint": self.websocket_url.replace("ws://", "http://"),
            "SandboxActionUrl": f"{self.storefront_url}bank.html#",
            "OpenToLoopback": "true",
            "SharedLayerArn": self._layer_arn,
            **self.given,
        }
        return self._mqtt_url() if name == "MqttUrl" else known.get(name)

    def _mqtt_url(self) -> str:
        """Answers the address of MQTT: MiniStack knows it by its host."""
        iot = self.aws.client("iot")
        endpoint = iot.describe_endpoint(endpointType="iot:Data-ATS")["endpointAddress"]
        port = self.aws.endpoint_url.rpartition(":")[2]
        return f"ws://{endpoint.partition(':')[0]}:{port}/mqtt"

    def _after_shared(self, name: str) -> None:
        outputs = stacks.outputs(self.aws.cloudformation, name)
        self._layer_arn = outputs["SharedLayerArn"]
        bus = outputs["BusName"]
        try:
            self.aws.events.describe_event_bus(Name=bus)
        except self.aws.events.exceptions.ResourceNotFoundException as error:
            # PutEvents accepts any name, so that nothing else would notice.
            raise DeployError(f"{name}: the event bus {bus} was not made.") from error

    def _made_otherwise(self, resource: templates.Removed, defaults: Mapping[str, str]) -> str:
        if resource.type == archive.TYPE:
            bus = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/orderbus-{self.stage}"
            archive.ensure(self.aws.events, resource, {**defaults, "Stage": self.stage}, bus)
            return f"{resource.type} {resource.logical_id}: made by API"
        return f"{resource.type} {resource.logical_id}: left out"


def localised(
    template: templates.Template, addresses: Mapping[str, str]
) -> tuple[templates.Template, tuple[templates.Removed, ...], tuple[str, ...]]:
    """Answers a template as MiniStack takes it, and what that cost."""
    kept, removed = templates.without_unknown_types(template)
    kept, stripped = templates.without_source_condition(kept)
    kept = templates.with_code(kept, addresses)
    kept = templates.with_capped_concurrency(kept, MOST_AT_ONCE)
    kept = templates.without_default_identity_source(kept)
    return templates.with_api_ids(kept, API_IDS), removed, stripped


def kebab(name: str) -> str:
    """Answers a parameter's name as the parameter store's names are written."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
