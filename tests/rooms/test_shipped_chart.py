"""The Helm chart: its manifests by Kubernetes' schemas, and what they promise about the pods."""

import json
import tomllib
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema
import kubernetes_validate  # type: ignore[import-untyped]  # it ships no types
import pytest
import yaml

from tests.rooms.chart import CHART, EXAMPLE, _rendered, render, values_with

ROOT: Final = Path(__file__).parents[2]
SCHEMA: Final = json.loads((CHART / "values.schema.json").read_text())
VERSIONS: Final = ("1.30", "1.37")
PARTS: Final = ("web", "worker")


def example() -> dict[str, Any]:
    """Give a customer's values."""
    values: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text())
    return values


@cache
def manifests() -> tuple[dict[str, Any], ...]:
    """Render the chart with the customer's values."""
    return tuple(render(example()))


def of(kind: str, name: str) -> dict[str, Any]:
    """Find one manifest."""
    (found,) = (m for m in manifests() if (m["kind"], m["metadata"]["name"]) == (kind, name))
    return found


def pod(part: str) -> dict[str, Any]:
    """Give the pod of a deployment."""
    found: dict[str, Any] = of("Deployment", f"keysmith-{part}")["spec"]["template"]["spec"]
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_would_accept_every_manifest(version: str) -> None:
    """By its own schemas, without unknown fields."""
    for manifest in manifests():
        kubernetes_validate.validate(manifest, version, strict=True)
    assert sorted(manifest["kind"] for manifest in manifests()) == [
        *("Deployment", "Deployment", "Ingress"),
        *("PodDisruptionBudget", "PodDisruptionBudget", "Service"),
    ]


def test_the_schemas_refuse_a_wrong_manifest() -> None:
    """The check above can fail."""
    wrong = deepcopy(of("Service", "keysmith")) | {"spec": {"ports": [{"port": "many"}]}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


@pytest.mark.parametrize("part", PARTS)
def test_a_pod_has_no_rights_and_writes_nothing(part: str) -> None:
    """Not root, no capability, no token of the cluster, a read-only file system."""
    (container,) = pod(part)["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "privileged": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod(part)["securityContext"]["runAsNonRoot"] is True
    assert pod(part)["securityContext"]["runAsUser"] == 10001
    assert pod(part)["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod(part)["automountServiceAccountToken"] is False


@pytest.mark.parametrize("part", PARTS)
def test_a_pod_runs_its_part_and_is_probed_on_the_admin_port(part: str) -> None:
    """The command is the Procfile's; the kubelet reaches the probes by the pod's address."""
    (container,) = pod(part)["containers"]
    assert container["command"] == ["python", "-m", "bot", part]
    assert container["envFrom"] == [{"secretRef": {"name": "keysmith"}}]
    env = {each["name"]: each["value"] for each in container["env"]}
    assert env == example()["env"] | {"PORT": "3000", "ADMIN_PORT": "0.0.0.0:3001"}
    assert {"name": "admin", "containerPort": 3001} in container["ports"]
    paths = {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}
    for probe, path in paths.items():
        assert container[probe]["httpGet"] == {"path": path, "port": "admin"}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_survives_a_node_and_a_deploy(part: str) -> None:
    """Two pods on different nodes, one of them at a time goes, with time to finish."""
    deployment = of("Deployment", f"keysmith-{part}")["spec"]
    assert deployment["replicas"] == 2
    assert deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert pod(part)["terminationGracePeriodSeconds"] == 30
    labels = deployment["selector"]["matchLabels"]
    assert (
        of("PodDisruptionBudget", f"keysmith-{part}")["spec"]["selector"]["matchLabels"] == labels
    )
    (spread,) = pod(part)["topologySpreadConstraints"]
    assert spread["labelSelector"]["matchLabels"] == labels
    assert deployment["template"]["metadata"]["labels"] == labels


def test_the_service_leads_to_the_web_pods_alone() -> None:
    """The admin port is in no Service."""
    service = of("Service", "keysmith")["spec"]
    labels = of("Deployment", "keysmith-web")["spec"]["template"]["metadata"]["labels"]
    assert service["selector"] == labels
    assert [port["targetPort"] for port in service["ports"]] == ["http"]


def test_the_ingress_is_off_unless_asked_for() -> None:
    """A chart must not open an address by itself."""
    assert not [m for m in render({"env": {}}) if m["kind"] == "Ingress"]


def accepts(over: Mapping[str, Any]) -> bool:
    """Whether the schema of the values takes them."""
    return bool(jsonschema.Draft7Validator(SCHEMA).is_valid(values_with(over)))


@pytest.mark.parametrize(
    ("over", "accepted"),
    [
        (example(), True),
        ({}, False),
        ({"env": example()["env"] | {"KEYSMITH_KEYS": "c2VjcmV0"}}, False),
        ({"env": example()["env"] | {"PORT": "80"}}, False),
        ({"env": example()["env"] | {"LINK_TTL": 600}}, False),
        (example() | {"secretName": ""}, False),
        (example() | {"worker": {"replicas": 0}}, False),
        (example() | {"wokrer": {"replicas": 2}}, False),
    ],
)
def test_the_schema_of_the_values(over: Mapping[str, Any], accepted: bool) -> None:  # noqa: FBT001
    """Helm refuses a release whose values are incomplete, misspelt, or hold a secret."""
    assert accepts(over) is accepted


def test_the_chart_has_the_version_of_the_package() -> None:
    """Chart, image and package are one release."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert {chart["version"], chart["appVersion"]} == {project["version"]}
    assert values_with({})["image"] == f"keysmith:{project['version']}"
    assert f"ARG VERSION={project['version']}\n" in (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize(
    "text", ['{{ include "x" . }}', "{{- with .Values }}{{- end }}", "{{ .Values.a | b64enc }}"]
)
def test_an_action_beyond_the_rendered_ones_is_refused(text: str) -> None:
    """A template that the tests can't render as Helm does must not pass unseen."""
    with pytest.raises(ValueError, match="can't render"):
        _rendered(text, {"Values": {}, "Release": {}})
