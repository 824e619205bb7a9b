"""Dashboard, alerts, SLOs and the table of metrics name what the bot serves, and nothing else."""

import json
import re
from collections.abc import Iterator
from typing import Final

import pytest
import yaml

from bot.adapters.redis.stock import AGES, ASIDE, QUEUES
from bot.domain.audit import Head
from bot.flows.stock import Queue, Stock
from handlers.metrics import Metrics
from tests.promtool import ROOT, needs_promtool, promtool

DEPLOY: Final = ROOT / "deploy"
OPERATING: Final = (ROOT / "docs/operating.md").read_text()
GRAFANA: Final = json.loads((DEPLOY / "grafana.json").read_text())
ALERTS: Final = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())
RULES: Final = [rule for group in ALERTS["groups"] for rule in group["rules"]]
NAME: Final = re.compile(r"\b(?:keysmith|process|python)_[a-z_]+\b")
SELECTOR: Final = re.compile(r"([a-z_]+)\{([^}]*)\}")
MATCHER: Final = re.compile(r'([a-z_]+)(=|!=|=~|!~)"([^"]*)"')
ADDED: Final = {"le", "instance", "job"}
"""Labels of every metric, or of every histogram."""


def served() -> dict[str, dict[str, set[str]]]:
    """Each name of a sample, with the values of its labels, as far as they are known ahead."""
    metrics = Metrics()
    metrics.calls.called("slack", "users.info", "200", 0.1, 1.0)
    metrics.calls.refused_by_slack("users.info")
    metrics.jobs.labels("key:show", "failed").inc()
    queues = dict.fromkeys(QUEUES, Queue(0, 0.0))
    stock = Stock(
        *(Head(), "master", queues, dict.fromkeys(map(str, ASIDE), 0), dict.fromkeys(AGES, 0)),
        *(Queue(0, 0.0), {"open": 0, "expired": 0}, False),
    )
    metrics.stock.show(stock)
    found: dict[str, dict[str, set[str]]] = {}
    for family in metrics.registry.collect():
        for sample in family.samples:
            labels = found.setdefault(sample.name, {})
            for label, value in sample.labels.items():
                labels.setdefault(label, set()).add(value)
    return found


SERVED: Final = served()
OPEN: Final = {"service", "method", "status", "action", "outcome", "role", "job"}
"""Labels with more values than one page shows."""


def queries() -> Iterator[tuple[str, str]]:
    """Every query of the dashboard, the alerts and the SLOs, and where it is."""
    for panel in GRAFANA["panels"]:
        for target in panel.get("targets", ()):
            yield f"panel {panel['title']}", target["expr"]
    for rule in RULES:
        yield rule["alert"], rule["expr"]
    _, _, slos = OPERATING.partition("## Service level objectives")
    for query in re.findall(r"^```promql\n(.*?)```", slos, re.MULTILINE | re.DOTALL):
        yield "SLO", query


QUERIES: Final = [*queries()]


@pytest.mark.parametrize(("where", "query"), QUERIES)
def test_every_query_asks_for_what_is_served(where: str, query: str) -> None:
    """No panel stays empty and no alert silent because of a name"""
    names = {*NAME.findall(query)}
    assert names, where
    assert names <= SERVED.keys()
    for name, matchers in SELECTOR.findall(query):
        for label, how, value in MATCHER.findall(matchers):
            assert label in SERVED[name].keys() | ADDED, (name, label)
            if label not in OPEN | ADDED and how in {"=", "!="}:
                assert value in SERVED[name][label], (name, label, value)
    for labels in re.findall(r"\bby \(([^)]*)\)", query):
        known = ADDED.union(*(SERVED[name] for name in names))
        assert {*re.split(r",\s*", labels)} <= known, labels


def test_there_are_three_slos_and_no_panel_twice() -> None:
    """Ack, effect and answers"""
    assert [where for where, _ in QUERIES].count("SLO") == 3
    ids = [panel["id"] for panel in GRAFANA["panels"]]
    assert len({*ids}) == len(ids) > 20


def test_the_table_of_metrics_is_complete() -> None:
    """docs/operating.md has each metric with its labels, and no other"""
    rows = re.findall(r"^\| `(keysmith_\w+)` \| ([^|]*)\|", OPERATING, re.MULTILINE)
    documented = {name: {*re.findall(r"`(\w+)`", labels)} for name, labels in rows}
    exposed = {
        re.sub("_(bucket|count|sum)$", "", name): labels.keys() - {"le"}
        for name, labels in SERVED.items()
        if name.startswith("keysmith_")
    }
    assert exposed == documented


def test_every_metric_is_on_the_dashboard() -> None:
    """What is worth counting is worth a look"""
    shown = {*NAME.findall(json.dumps(GRAFANA))}
    bare = {re.sub("_(bucket|count|sum)$", "", name) for name in shown}
    assert {re.sub("_(bucket|count|sum)$", "", n) for n in SERVED if n[:9] == "keysmith_"} <= bare


def test_every_alert_says_what_to_do_and_is_tested() -> None:
    """A summary, a runbook, a severity, and a case in which it fires"""
    tests = (DEPLOY / "alerts.test.yaml").read_text()
    for rule in RULES:
        assert rule["annotations"].keys() == {"summary", "runbook"}
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert f'alertname="{rule["alert"]}"' in tests


def test_every_alert_has_a_case_in_which_it_does_not_fire() -> None:
    """Its metrics have values on a good day: of what has none, no alert could fire"""
    cases = yaml.safe_load((DEPLOY / "alerts.test.yaml").read_text())["tests"]
    (good,) = (each for each in cases if each["name"] == "a good day")
    assert [] == good["promql_expr_test"][0]["exp_samples"]
    values = {NAME.findall(each["series"])[0] for each in good["input_series"]}
    assert [] == [it["alert"] for it in RULES if not {*NAME.findall(it["expr"])} <= values]


@needs_promtool
def test_promtool_accepts_the_alerts_and_their_tests_pass() -> None:
    """The rules are evaluated over made-up series"""
    promtool("check", "rules", str(DEPLOY / "alerts.yaml"))
    assert "SUCCESS" in promtool("test", "rules", str(DEPLOY / "alerts.test.yaml"))
