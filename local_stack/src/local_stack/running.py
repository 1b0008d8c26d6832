"""The whole local stack: MiniStack with everything deployed and seeded on it."""

import contextlib
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from botocore.exceptions import ClientError

from local_stack import catalogue, event_sources, signing_keys, webhook_receivers, webhook_secret
from local_stack.aws import Aws
from local_stack.deployer import Deployer
from local_stack.emulator import Emulator, answers
from local_stack.errors import DeployError, EmulatorError
from local_stack.gateway_port import choose_port
from local_stack.progress import Progress
from local_stack.storefront_server import StorefrontServer
from local_stack.warm_up import warm_up

QUIESCE_SECONDS = 5.0
"""What functions at work get to finish their batch before a stop; longer ones are redelivered."""


class LocalStack:
    """A running stack: its addresses, clients, and ways to stop, kill and start it again."""

    def __init__(
        self,
        state: Path,
        port: int | None,
        stage: str,
        progress: Progress,
        *,
        seeded: bool,
        parameters: Mapping[str, str],
    ) -> None:
        self.state = state
        self.stage = stage
        self.port = choose_port(port)
        self.aws = Aws(f"http://127.0.0.1:{self.port}")
        self._progress = progress
        self._seeded = seeded
        self._emulator = Emulator(self.port, state)
        self._deployer = Deployer(self.aws, state, progress, stage, parameters)
        self._storefront = StorefrontServer(self.port)
        self._up = False

    @property
    def endpoint_url(self) -> str:
        """The address of every AWS API."""
        return self.aws.endpoint_url

    @property
    def api_url(self) -> str:
        """The address of the product's own API."""
        return self._deployer.api_url

    @property
    def websocket_url(self) -> str:
        """The address of the product's WebSocket API."""
        return self._deployer.websocket_url

    @property
    def storefront_url(self) -> str:
        """The address of the shop's page."""
        return self._storefront.url

    @property
    def pid(self) -> int:
        """MiniStack's process id."""
        return self._emulator.pid

    @property
    def _complete(self) -> Path:
        """Marks a state that a whole deployment has reached."""
        return self.state / "complete"

    def start(self) -> None:
        """Returns when everything is deployed and the catalogue is known to orders."""
        if self.state.exists() and not self._complete.exists():
            self._forget()  # a first run that broke off: there is nothing of value in it
        with self._progress.step("MiniStack") as step:
            self._emulator.start()
            step.note(self.endpoint_url)
        try:
            self._deploy_and_seed()
            self._storefront.start(self.api_url, self.websocket_url)
        except ClientError as error:
            self._give_up()
            raise DeployError(f"{error} ({self._emulator.log_file})") from error
        except BaseException:
            self._give_up()
            raise
        self._complete.touch()
        addresses_file(self.state).write_text(json.dumps(self._addresses()))
        self._up = True

    def _give_up(self) -> None:
        self._storefront.stop()
        self._emulator.stop()

    def _deploy_and_seed(self) -> None:
        # Before the templates, one of which is told where the page will be.
        self._deployer.storefront_url = self._storefront.take_port()
        self._deployer.deploy(after_shared=self._ensure_secrets)
        with self._progress.step("first starts") as step:
            step.note(f"{warm_up(self.aws, self.stage, self.api_url)} functions called")
        if self._seeded:
            with self._progress.step("catalogue") as step:
                step.note(f"{catalogue.seed(self.aws, self.stage)} products added")

    def _addresses(self) -> dict[str, str]:
        return {
            "api_url": self.api_url,
            "storefront_url": self.storefront_url,
            "endpoint_url": self.endpoint_url,
        }

    def _forget(self) -> None:
        for name in ("state", "s3", "tmp", "layers"):
            shutil.rmtree(self.state / name, ignore_errors=True)

    def _ensure_secrets(self) -> None:
        signing_keys.ensure(self.aws.ssm, self.stage)
        webhook_secret.ensure(self.aws.ssm, self.stage)
        webhook_receivers.ensure(self.aws.ssm, self.stage)

    def wait(self) -> None:
        """Raises once MiniStack ends by itself, which it should not."""
        self._emulator.wait()

    def stop(self) -> None:
        """Returns when the state is written and nothing that was started is left."""
        addresses_file(self.state).unlink(missing_ok=True)
        self._storefront.stop()
        if self._up:
            self._up = False
            self._quiesce()
        self._emulator.stop()
        self.aws.close()

    def _quiesce(self) -> None:
        """Lets the functions at work finish.

        MiniStack writes its services' states one after the other while its queues go on: a
        message that moves meanwhile could be in none of them.
        """
        with contextlib.suppress(Exception):  # a dead emulator has nothing to finish
            event_sources.pause(self.aws)
            event_sources.wait_until_idle(self.aws, QUIESCE_SECONDS)

    def restart(self) -> None:
        """Stops in good order and starts again on the same state and port."""
        self.stop()
        self.start()

    def kill(self) -> None:
        """Ends MiniStack as a power cut does."""
        self._up = False
        self._emulator.kill()

    def workers(self) -> list[int]:
        """Answers the process ids of the function workers that run now."""
        return self._emulator.workers()


def addresses_file(state: Path) -> Path:
    """Where a stack that is up says how it is reached."""
    return state / "addresses.json"


def addresses(state: Path) -> dict[str, str]:
    """Answers `api_url`, `storefront_url` and `endpoint_url` of the stack that runs on a state."""
    file = addresses_file(state)
    found: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    if not found or not answers(found["endpoint_url"]):
        raise EmulatorError(f"Nothing runs on {state}. Start it: make run")
    return found


@contextlib.contextmanager
def running(
    state: Path,
    port: int | None = None,
    *,
    stage: str = "dev",
    progress: Progress | None = None,
    seeded: bool = True,
    parameters: Mapping[str, str] | None = None,
) -> Iterator[LocalStack]:
    """Runs the whole stack on the state for as long as the block lasts.

    `parameters` are given to every stack whose template has one of such a name.
    """
    stack = LocalStack(
        state.resolve(),
        port,
        stage,
        progress or Progress(),
        seeded=seeded,
        parameters=parameters or {},
    )
    stack.start()
    try:
        yield stack
    finally:
        stack.stop()
