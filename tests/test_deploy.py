"""What ``deploy/`` says exists: commands, pools, variables, versions; and a backup comes back."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import requires
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
SCRIPTS = sorted(DEPLOY.glob("*.sh"))
POOLS = set(re.findall(r"^ +name: (fgd[\w-]*)$", (ROOT / "prefect.yaml").read_text(), re.M))


def constraints() -> dict[str, str]:
    """The versions that were tested together."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "constraints.txt").read_text(), re.M))


def commands() -> Iterator[list[str]]:
    """Every command of the compose file and of the units."""
    for service in SERVICES.values():
        if command := service.get("command"):
            for line in command[2].split("&&") if command[0] == "sh" else [shlex.join(command)]:
                yield shlex.split(line.replace("${FGD_ALERTS:-}", ""))
        if test := service.get("healthcheck", {}).get("test"):
            yield [str(word) for word in test[1:]]
    for unit in UNITS:
        for line in re.findall(r"^Exec\w+=(.+)$", unit.read_text(), re.M):
            yield shlex.split(line)


def test_the_compose_file_is_one() -> None:
    """Against the specification's own schema."""
    pytest.importorskip("check_jsonschema")
    schema = ["--builtin-schema", "vendor.compose-spec"]
    command = [sys.executable, "-m", "check_jsonschema", *schema, str(DEPLOY / "compose.yaml")]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_can_do_little(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert service["restart"] in ("unless-stopped", "on-failure:5")
    assert "healthcheck" in service or name == "deployments"
    assert service.get("user") == "postgres" if name == "postgres" else "user" not in service
    for port in service.get("ports", ()):
        assert port.startswith("127.0.0.1:")
    if name != "postgres":
        assert service["environment"]["DO_NOT_TRACK"] == "1"
        assert service["environment"]["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"


def test_no_container_reaches_the_outside() -> None:
    networks = COMPOSE["networks"]
    assert networks["inside"]["internal"] is True
    masquerade = networks["front"]["driver_opts"]["com.docker.network.bridge.enable_ip_masquerade"]
    assert masquerade == "false"
    assert {name for name, each in SERVICES.items() if "front" in each["networks"]} == {"server"}
    assert {next(iter(each["networks"])) for each in SERVICES.values()} == {"inside"}


def test_the_image_runs_as_nobody_special() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("USER ")] == ["USER fgd"]
    copied = {word for line in lines if line.startswith("COPY") for word in line.split()[1:-1]}
    assert all((ROOT / path).exists() for path in copied)
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    allowed = {line[1:] for line in ignored if line.startswith("!")}
    assert {path.partition("/")[0] for path in copied} == allowed


def test_every_command_exists() -> None:
    """Programs, modules and files are there, and Prefect takes these options."""
    from prefect.cli._app import _app

    for words in commands():
        program = Path(words[0]).name
        for word in words:
            if found := re.fullmatch(r"(?:/opt/fgd/)?(deploy/\S+)", word):
                path = ROOT / found[1]
                assert path.is_file()
                assert path.suffix == ".py" or os.access(path, os.X_OK)
        if program == "prefect":
            plain = [re.sub(r"\$\{\w+\}|%\w", "1", word) for word in words[1:]]
            _app.parse_args([word for word in plain if word != "--no-prompt"], exit_on_error=False)
        elif "-m" in words:
            assert find_spec(words[words.index("-m") + 1])
        else:
            assert program in {"python", "python3", "pg_isready", "backup.sh"}, words


def test_every_pool_has_a_worker_and_every_worker_a_pool() -> None:
    assert POOLS
    said = [" ".join(words) for words in commands()]
    served = {pool for line in said for pool in re.findall(r"worker start --pool ([\w-]+)", line)}
    assert served == POOLS
    # The light pool is made by the worker that serves it.
    assert sum("-m flows.warm" in line for line in said) == 2
    watched = (DEPLOY / "systemd" / "fgd-health.service").read_text()
    assert set(re.findall(r"--pool ([\w-]+)", watched)) == POOLS | {"fgd-light"}


def test_every_variable_is_in_the_example() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))
    told = set(re.findall(r"^(\w+)=", (DEPLOY / "env.example").read_text(), re.M))
    assert asked - told == {"FGD_TORCH_INDEX"}
    assert told <= asked
    example = (DEPLOY / "systemd" / "fgd.env.example").read_text()
    told = set(re.findall(r"^(\w+)=", example, re.M)) | {"FGD_LIMIT"}
    for unit in UNITS:
        assert set(re.findall(r"\$\{?([A-Z]\w+)\}?", unit.read_text())) <= told


def test_units_name_one_another() -> None:
    names = {path.name for path in (DEPLOY / "systemd").iterdir()}
    for unit in [*UNITS, *(DEPLOY / "systemd").glob("*.timer")]:
        text = unit.read_text()
        for name in re.findall(r"\bfgd[\w-]*(?:@[\w-]*)?\.(?:service|target|timer)\b", text):
            assert re.sub(r"@[\w-]+\.", "@.", name) in names, f"{unit.name}: {name}"


def test_versions_agree() -> None:
    """The image, the constraints and the project ask for versions that go together."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    image = re.search(r"python:(\d+\.\d+)-", (ROOT / "Dockerfile").read_text())
    assert image
    assert Version(image[1]) in Requirement(f"python{project['requires-python']}").specifier
    known = {name.lower(): version for name, version in constraints().items()}
    for line in project["dependencies"]:
        wanted = Requirement(line)
        assert known[wanted.name.lower()] in wanted.specifier
    postgres = re.search(r":(\d+)", SERVICES["postgres"]["image"])
    assert postgres
    assert int(postgres[1]) >= 15  # Prefect: 14.9 or newer


def test_the_bounds_beside_prefect_are_still_needed() -> None:
    """When this fails, drop the upper bounds on fastapi and SQLAlchemy: see docs/flows.md."""
    asked = [Requirement(line) for line in requires("prefect") or ()]
    (fastapi,) = (each.specifier for each in asked if each.name == "fastapi")
    assert fastapi.contains("0.151"), "Prefect asks for an older fastapi by itself"
    assert Version(constraints()["prefect"]) < Version("3.9"), "it takes SQLAlchemy 2.1"


def test_runs_of_a_pool_send_heartbeats_before_they_count_as_lost() -> None:
    """A worker's process has read its settings before the flows could set any."""
    from flows.automations import SILENT

    shared = yaml.safe_load((ROOT / "prefect.yaml").read_text())["definitions"]["env"]
    assert 3 * int(shared["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"]) < SILENT.total_seconds()


def test_whoever_deploys_says_where_the_checkout_is() -> None:
    """``prefect.yaml`` takes it from $PWD, which only a shell sets."""
    unit = (DEPLOY / "systemd" / "fgd-deployments.service").read_text()
    assert "Environment=PWD=/opt/fgd\n" in unit
    assert "WorkingDirectory=/opt/fgd\n" in unit
    assert SERVICES["deployments"]["environment"]["PWD"] == "/srv/fgd"
    assert "\nWORKDIR /srv/fgd\n" in (ROOT / "Dockerfile").read_text()


def test_what_a_run_came_to_lies_where_every_worker_reads_it() -> None:
    """A batch asks what the sessions that it sent came to; another machine has done them."""
    name = "PREFECT_RESULTS_LOCAL_STORAGE_PATH"
    for worker in ("heavy", "light", "watch"):
        assert SERVICES[worker]["environment"][name].startswith("/project/.fgd/")
    example = (DEPLOY / "systemd" / "fgd.env.example").read_text()
    (project,) = re.findall(r"^FGD_PROJECT=(.+)$", example, re.M)
    assert f"{name}={project}/.fgd/" in example


def test_prefect_forgets_runs_by_default() -> None:
    """What ``prefect.toml`` says of it is understood by the version in use."""
    code = (
        "from prefect.settings import get_current_settings as now\n"
        "it = now().server.services.db_vacuum\n"
        "print(sorted(it.enabled_vacuum_types), it.retention_period.days)"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        cwd=ROOT,
        env=clean,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "['events', 'flow_runs', 'orphans'] 90"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_parse(script: Path) -> None:
    subprocess.run(["sh", "-n", str(script)], check=True)
    if shutil.which("shellcheck"):
        subprocess.run(["shellcheck", str(script)], check=True)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A small project, a database of Prefect's on SQLite, and one backup of both."""
    if not shutil.which("rsync"):
        pytest.skip("apt-get install rsync")
    work = tmp_path / "project" / "outputs" / "one" / "work" / "abc"
    work.mkdir(parents=True)
    (work / "sound.wav").write_bytes(b"RIFF")
    (work / "transcript.json").write_text("{}")
    folder = tmp_path / "project" / "recordings" / "one"
    folder.mkdir(parents=True)
    (folder / "decisions.jsonl").write_text('{"voice": "V1"}\n')
    (tmp_path / "project" / ".fgd").mkdir()
    (tmp_path / "home").mkdir()
    with sqlite3.connect(tmp_path / "home" / "prefect.db") as database:
        database.execute("create table flow_run (name text)")
        database.execute("insert into flow_run values ('session')")
    database.close()
    assert call(tmp_path, "backup.sh", "--project", "project", "--to", "backups") == ""
    return tmp_path


def call(where: Path, script: str, *arguments: str, home: str = "home") -> str:
    """Run one of the scripts; what it complained of."""
    clean = {name: value for name, value in os.environ.items() if name != "FGD_DATABASE"}
    done = subprocess.run(
        [str(DEPLOY / script), *arguments],
        check=False,
        cwd=where,
        env=clean | {"PREFECT_HOME": str(where / home)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode == 0) == (not done.stderr), done.stderr
    return done.stderr


def backups(where: Path) -> list[Path]:
    """The backups that were made, oldest first."""
    return sorted(path for path in (where / "backups").iterdir() if path.is_dir())


def test_a_backup_comes_back(kept: Path) -> None:
    (made,) = backups(kept)
    arguments = ("--from", str(made), "--project", "again")
    assert call(kept, "restore.sh", *arguments, home="new") == ""
    again = kept / "again"
    files = {str(path.relative_to(again)) for path in again.rglob("*") if path.is_file()}
    assert files == {"recordings/one/decisions.jsonl", "outputs/one/work/abc/transcript.json"}
    database = sqlite3.connect(kept / "new" / "prefect.db")
    assert database.execute("select * from flow_run").fetchall() == [("session",)]
    database.close()
    assert "again/recordings is not empty" in call(kept, "restore.sh", *arguments, home="other")
    arguments = ("--from", str(made), "--project", "third")
    assert "is there already" in call(kept, "restore.sh", *arguments, home="new")
    assert not (kept / "third").exists()


def test_backups_share_what_did_not_change_and_old_ones_go(kept: Path) -> None:
    (first,) = backups(kept)
    old = first.rename(first.with_name("2020-01-01T000000Z"))
    partial = kept / "backups" / "2020-01-02T000000Z.partial"
    partial.mkdir()
    assert call(kept, "backup.sh", "--project", "project", "--to", "backups", "--keep", "2") == ""
    assert not partial.exists()
    one, two = backups(kept)
    assert one == old
    decisions = "project/recordings/one/decisions.jsonl"
    assert (one / decisions).stat().st_ino == (two / decisions).stat().st_ino
    two.rename(two.with_name("2020-01-03T000000Z"))
    assert call(kept, "backup.sh", "--project", "project", "--to", "backups", "--keep", "2") == ""
    assert [path.name[:4] for path in backups(kept)] == ["2020", backups(kept)[-1].name[:4]]
    assert not old.exists()


def test_what_cannot_be_kept_or_brought_back_is_said(kept: Path) -> None:
    assert "no recordings/" in call(kept, "backup.sh", "--project", "home", "--to", "backups")
    inside = ("--project", "project", "--to", "project/backups")
    assert "inside of the project" in call(kept, "backup.sh", *inside)
    assert "a whole number" in call(
        kept, "backup.sh", "--project", "project", "--to", "backups", "--keep", "x"
    )
    assert "this is no backup" in call(kept, "restore.sh", "--from", "home", "--project", "again")
