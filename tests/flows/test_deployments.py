"""What is served and deployed fits the flows."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId
from prefect.schedules import Interval

from fgd.workspace.project import Project
from flows import automations, batch, deployments, nightly, session
from tests.flows.conftest import table

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

EVERY = Interval(timedelta(minutes=10))
REQUIRED = {"session": {"session": "x"}, "alert": {"sentence": "x"}}
ROOT = Path(__file__).resolve().parent.parent.parent


def test_what_is_served_fits_its_flows(project: Project) -> None:
    """Every parameter exists and would be accepted, here and in prefect.yaml."""
    import yaml

    served: list[tuple[Any, Any]] = []
    flows_served: tuple[Any, ...] = (
        batch.process_batch, nightly.write_programmes, nightly.keep_days,
        automations.check_arrivals, session.process_session, automations.alert,
    )  # fmt: skip
    made = deployments.deployments(project.root, EVERY)
    for each, deployed in zip(flows_served, made, strict=True):
        assert deployed.flow_name == each.name
        served.append((each, deployed.parameters | REQUIRED.get(each.name, {})))
    text = re.sub(r"\{\{ \$(\w+) \}\}", r"\1", (ROOT / "prefect.yaml").read_text())
    pooled = {found["name"]: found for found in yaml.safe_load(text)["deployments"]}
    flows: dict[str, Any] = {
        "pool": session.process_session,
        "alert-pool": automations.alert,
        "noon-pool": automations.check_arrivals,
        "watch-pool": batch.process_batch,
        "nightly-pool": nightly.write_programmes,
        "retention-pool": nightly.keep_days,
    }
    assert set(pooled) == set(flows)
    for name, each in flows.items():
        assert pooled[name]["entrypoint"].endswith(f":{each.fn.__name__}")
        served.append((each, pooled[name].get("parameters", {}) | REQUIRED.get(each.name, {})))
    for each, parameters in served:
        each.validate_parameters(dict(parameters))


def test_a_schedule_makes_runs(project: Project) -> None:
    """The server turns what is served into runs; with some versions of SQLAlchemy it cannot."""
    (watch, *_) = deployments.deployments(project.root, EVERY)
    identity: Any = watch.apply()
    with get_client(sync_client=True) as client:
        made = client.request("POST", "/deployments/{id}/schedule", path_params={"id": identity})
        assert made.is_success
        wanted = DeploymentFilter(id=DeploymentFilterId(any_=[identity]))
        runs = client.read_flow_runs(deployment_filter=wanted)
        client.delete_deployment(identity)
    assert {run.state.name for run in runs if run.state} == {"Scheduled"}
    assert {run.parameters["again"] for run in runs} == {False}


def test_the_first_look_is_at_once(project: Project) -> None:
    """And not one interval after somebody began to watch."""
    (watch, *_) = deployments.deployments(project.root, deployments.from_now(3600.0))
    identity: Any = watch.apply()
    with get_client(sync_client=True) as client:
        client.request("POST", "/deployments/{id}/schedule", path_params={"id": identity})
        wanted = DeploymentFilter(id=DeploymentFilterId(any_=[identity]))
        due = sorted(
            run.next_scheduled_start_time
            for run in client.read_flow_runs(deployment_filter=wanted)
            if run.next_scheduled_start_time
        )
        client.delete_deployment(identity)
    assert due[0].timestamp() - time.time() < 10
    assert (due[1] - due[0]).total_seconds() == 3600


def test_pools_are_made_without_asking_anybody(prefect_server: Path) -> None:
    """Prefect's own command asks an outside host which kinds of workers there are."""
    for _ in range(2):  # what is there stays
        assert deployments.main(["--pools"]) == 0
    assert set(deployments.POOLS) <= {
        name for (name,) in table(prefect_server, "select name from work_pool")
    }
