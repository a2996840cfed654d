"""docker-compose.yml and the Dockerfile keep what they promise. No container engine runs here: the file is checked."""

import json
import re
import stat
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
OURS = ("dashboard", "jobs")
# The schema is draft 2019-09 in name but calls its identifiers `id`; the reader of that draft knows them as plain data.
SCHEMA = json.loads((ROOT / "tests/data/compose-spec.json").read_text())


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def services(compose):
    return compose["services"]


def test_the_file_follows_the_compose_schema(compose):
    jsonschema.Draft201909Validator(SCHEMA).validate(compose)


def test_the_schema_would_notice(compose):
    broken = compose | {"services": compose["services"] | {"jobs": {"imagen": "x"}}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft201909Validator(SCHEMA).validate(broken)


def test_who_is_there(services):
    assert set(services) == {"neo4j", "dashboard", "jobs"}
    assert services["neo4j"]["image"] == "neo4j:5.26-community"


def test_bolt_stays_on_the_internal_network(compose, services):
    assert compose["networks"]["bolt"]["internal"] is True
    assert services["neo4j"]["networks"] == ["bolt"]
    assert services["jobs"]["networks"] == ["bolt"]
    for name in ("neo4j", "jobs"):
        assert "ports" not in services[name]
        assert "network_mode" not in services[name]


def test_only_the_dashboard_is_published_and_only_on_loopback(services):
    assert services["dashboard"]["ports"] == ["127.0.0.1:8501:8501"]


def test_bolt_is_the_only_listener_and_neo4j_reports_to_nobody(services):
    environment = services["neo4j"]["environment"]
    for name in (
        "server_http_enabled",
        "server_https_enabled",
        "dbms_usage__report_enabled",
        "client_allow__telemetry",
    ):
        assert environment[f"NEO4J_{name}"] == "false", name
    # 5.26 has no network discovery and refuses the settings that turn it off; a calendar image would need them
    assert services["neo4j"]["image"].startswith("neo4j:5.26")
    assert not [name for name in environment if "fleet" in name]


def test_the_password_comes_from_secrets_and_stands_nowhere(compose, services):
    assert services["neo4j"]["environment"]["NEO4J_AUTH_FILE"] == "/run/secrets/neo4j_auth"
    assert services["neo4j"]["secrets"] == ["neo4j_auth"]
    for name in OURS:
        assert services[name]["environment"]["VINCULO_NEO4J_PASSWORD_FILE"] == "/run/secrets/neo4j_password"
        assert services[name]["secrets"] == ["neo4j_password"]
    for name, service in services.items():
        for key in service["environment"]:
            assert not key.endswith(("_AUTH", "_PASSWORD")), f"{name}: {key}"
    for secret in compose["secrets"].values():
        assert secret["file"].startswith("./secrets/")


def test_secrets_are_ignored_by_git_and_kept_out_of_the_image():
    ignored = subprocess.run(["git", "check-ignore", "-q", "secrets/neo4j_auth"], cwd=ROOT)
    assert ignored.returncode == 0
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert set(rules[1:]) == {
        *("!analytics", "!dashboard", "!graph", "!ingest", "!deploy/jobs-health"),
        *("!LICENSE", "!README.md", "!constraints.txt", "!pyproject.toml", "**/__pycache__"),
    }


def test_our_services_use_the_store_by_its_url_and_wait_for_it(services):
    for name in OURS:
        assert services[name]["environment"]["VINCULO_STORE"] == "neo4j://neo4j:7687"
        assert services[name]["depends_on"] == {"neo4j": {"condition": "service_healthy"}}
        assert "VINCULO_DEV" not in services[name]["environment"]


def test_every_service_has_a_health_check(services):
    assert "RETURN 1" in services["neo4j"]["healthcheck"]["test"][1]
    assert "/_stcore/health" in services["dashboard"]["healthcheck"]["test"][-1]
    assert services["jobs"]["healthcheck"]["test"] == ["CMD", "jobs-health"]


def test_data_is_kept_in_volumes(compose, services):
    mounted = {volume.split(":")[0] for service in services.values() for volume in service["volumes"]}
    assert mounted == set(compose["volumes"]) == {"neo4j-data", "neo4j-logs", "vinculo-data"}
    assert "neo4j-data:/data" in services["neo4j"]["volumes"]


def test_no_service_has_more_rights_than_it_needs(services):
    for name, service in services.items():
        user, _, group = service["user"].partition(":")
        assert int(user) > 0, name
        assert int(group) > 0, name
        assert service["cap_drop"] == ["ALL"], name
        assert "cap_add" not in service, name
        assert "privileged" not in service, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}, name
        assert service["pids_limit"] > 0, name
    for name in OURS:
        assert services[name]["read_only"] is True
        assert services[name]["tmpfs"]


def test_the_image_runs_as_nobody_special():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    stages = [line.split()[1] for line in lines if line.startswith("FROM ")]
    assert len(set(stages)) == 1
    assert stages[0].startswith("python:3.11.")
    assert stages[0].count(".") == 2, "the tag is pinned to a patch release"
    assert [line for line in lines if line.startswith("USER ")] == ["USER vinculo"]
    assert lines.index("USER vinculo") < next(n for n, line in enumerate(lines) if line.startswith("ENTRYPOINT"))
    text = "\n".join(lines)
    assert "PIP_NO_CACHE_DIR=1" in text
    assert "HEALTHCHECK" in text
    assert "PIP_CONSTRAINT=/src/constraints.txt" in text


def test_make_secrets_makes_one_password_and_keeps_it(tmp_path):
    folder = tmp_path / "secrets"
    subprocess.run([ROOT / "deploy/make-secrets", folder], check=True)
    password = (folder / "neo4j_password").read_text()
    assert len(password) == 48
    assert (folder / "neo4j_auth").read_text() == f"neo4j/{password}"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    again = subprocess.run([ROOT / "deploy/make-secrets", folder], check=True, capture_output=True, text=True)
    assert "stays as it is" in again.stderr
    assert (folder / "neo4j_password").read_text() == password


@pytest.fixture(scope="module")
def provider():
    return yaml.safe_load((ROOT / "deploy/oidc.yml").read_text())


def test_what_is_laid_over_for_a_provider_follows_the_schema_and_touches_the_dashboard_alone(provider):
    jsonschema.Draft201909Validator(SCHEMA).validate(provider)
    assert set(provider) == {"services", "networks", "secrets"} and set(provider["services"]) == {"dashboard"}
    assert set(provider["services"]["dashboard"]) == {"command", "networks", "secrets", "environment"}
    assert provider["networks"] == {"provider": {}}


def test_the_providers_secrets_come_from_files(provider, services):
    ours = provider["services"]["dashboard"]
    known = {f"VINCULO_{name}" for name in re.findall(r'_text\("([A-Z_]+)"', (ROOT / "graph/settings.py").read_text())}
    files = {name for name in ours["environment"] if name.endswith("_FILE")}
    assert set(ours["environment"]) - files <= known
    assert {ours["environment"][f] for f in files} == {"/run/secrets/oidc_secret", "/run/secrets/cookie_secret"}
    assert not any(name.endswith("_SECRET") for name in ours["environment"])
    assert set(ours["secrets"]) == {"neo4j_password", *provider["secrets"]}
    assert {s["file"].rpartition("/")[0] for s in provider["secrets"].values()} == {"./secrets"}
    assert ours["command"][:5] == services["dashboard"]["command"][:5]


def test_what_is_laid_over_for_notices_touches_the_jobs_alone_and_keeps_the_password_in_a_file():
    laid = yaml.safe_load((ROOT / "deploy/mail.yml").read_text())
    jsonschema.Draft201909Validator(SCHEMA).validate(laid)
    assert set(laid["services"]) == {"jobs"} and laid["networks"] == {"mail": {}}
    ours = laid["services"]["jobs"]
    assert set(ours) == {"networks", "secrets", "environment"} and ours["networks"] == ["bolt", "mail"]
    source = (ROOT / "graph/settings.py").read_text()
    known = {f"VINCULO_{name}" for name in re.findall(r'_(?:text|number|one_of)\("([A-Z_]+)"', source)}
    assert set(ours["environment"]) - known == {"VINCULO_SMTP_PASSWORD_FILE"}
    assert ours["environment"]["VINCULO_SMTP_PASSWORD_FILE"] == "/run/secrets/smtp_password"
    assert ours["secrets"] == ["neo4j_password", *laid["secrets"]]
    assert laid["secrets"] == {"smtp_password": {"file": "./secrets/smtp_password"}}
