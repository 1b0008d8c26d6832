"""The example of the client's README runs as it stands."""

import asyncio
import os
import re
import sys

import pytest
from fake_order import STORY
from fake_shop import FakeShop
from project import ROOT

pytestmark = pytest.mark.anyio


async def test_the_readmes_example_prints_every_step_of_an_order(stage: FakeShop) -> None:
    readme = (ROOT / "clients" / "python" / "README.md").read_text()
    [example] = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    stage.goes_on = True
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-c", example),
        env=os.environ | {"ORDERBUS_API_URL": stage.api_url},
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0
    steps = [f"{sequence} {status}" for sequence, (status, _) in enumerate(STORY, start=1)]
    assert printed.decode().splitlines() == steps
    assert stage.seen["subscribe"] == 1
