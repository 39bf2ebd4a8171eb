"""What is served and deployed fits the flows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from fgd.workspace.project import Project
from flows import batch, deployments, programmes, session

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

ROOT = Path(__file__).resolve().parent.parent.parent


def test_what_is_served_fits_its_flows(project: Project) -> None:
    """Every parameter exists and would be accepted, here and in prefect.yaml."""
    import yaml

    made = {made.name: made for made in deployments.deployments(project.root)}
    assert set(made) == {"watch", "nightly", "on-demand"}
    served: list[tuple[Any, Any]] = [
        (batch.process_batch, made["watch"].parameters),
        (programmes.write_programmes, made["nightly"].parameters),
    ]
    text = re.sub(r"\{\{ \$(\w+) \}\}", r"\1", (ROOT / "prefect.yaml").read_text())
    pooled = {found["name"]: found for found in yaml.safe_load(text)["deployments"]}
    flows: dict[str, Any] = {
        "pool": session.process_session,
        "watch-pool": batch.process_batch,
        "nightly-pool": programmes.write_programmes,
    }
    assert set(pooled) == set(flows)
    for name, each in flows.items():
        assert pooled[name]["entrypoint"].endswith(f":{each.fn.__name__}")
        served.append(
            (each, pooled[name]["parameters"] | ({"session": "x"} if name == "pool" else {}))
        )
    for each, parameters in served:
        each.validate_parameters(dict(parameters))


def test_a_schedule_makes_runs(project: Project) -> None:
    """The server turns what is served into runs; with some versions of SQLAlchemy it cannot."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId

    (watch, *_) = deployments.deployments(project.root, every=600)
    identity: Any = watch.apply()
    with get_client(sync_client=True) as client:
        made = client.request("POST", "/deployments/{id}/schedule", path_params={"id": identity})
        assert made.is_success
        wanted = DeploymentFilter(id=DeploymentFilterId(any_=[identity]))
        runs = client.read_flow_runs(deployment_filter=wanted)
        client.delete_deployment(identity)
    assert {run.state.name for run in runs if run.state} == {"Scheduled"}
    assert {run.parameters["again"] for run in runs} == {False}
