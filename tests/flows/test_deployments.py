"""What is served and deployed fits the flows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from fgd.project import Project
from flows import batch, deployments, programme, session

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

ROOT = Path(__file__).resolve().parent.parent.parent


def test_what_is_served_fits_its_flows(project: Project) -> None:
    """Every parameter exists and would be accepted, here and in prefect.yaml."""
    import yaml  # type: ignore[import-untyped]

    made = {made.name: made for made in deployments.deployments(project.root)}
    assert set(made) == {"watch", "nightly", "on-demand"}
    served: list[tuple[Any, Any]] = [
        (batch.process_batch, made["watch"].parameters),
        (programme.write_programmes, made["nightly"].parameters),
    ]
    text = re.sub(r"\{\{ \$(\w+) \}\}", r"\1", (ROOT / "prefect.yaml").read_text())
    pooled = {found["name"]: found for found in yaml.safe_load(text)["deployments"]}
    flows: dict[str, Any] = {
        "pool": session.process_session,
        "watch-pool": batch.process_batch,
        "nightly-pool": programme.write_programmes,
    }
    assert set(pooled) == set(flows)
    for name, each in flows.items():
        assert pooled[name]["entrypoint"].endswith(f":{each.fn.__name__}")
        served.append(
            (each, pooled[name]["parameters"] | ({"session": "x"} if name == "pool" else {}))
        )
    for each, parameters in served:
        each.validate_parameters(dict(parameters))
