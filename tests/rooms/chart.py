"""Renders the Helm chart as Helm does, for the few actions that its templates may use.

Helm itself is a Go program. The chart keeps to the actions below, and anything else raises, so that
the manifests can be checked without it. `python -m tests.rooms.chart FILE` compares with what
`helm template keysmith ... --values deploy/helm/example-values.yaml` wrote to FILE.
"""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[2]
CHART: Final = ROOT / "deploy/helm/keysmith"
EXAMPLE: Final = ROOT / "deploy/helm/example-values.yaml"
BLOCK: Final = re.compile(r"\s*\{\{- (if|range) ([^}]*) \}\}(.*?)\s*\{\{- end \}\}", re.DOTALL)
ACTION: Final = re.compile(r"\{\{ ([^}]*) \}\}")


def merged(values: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Lay values over the chart's own, map by map."""
    both = dict(values)
    for name, value in over.items():
        below = both.get(name)
        both[name] = merged(below, value) if isinstance(value, dict) and below else value
    return both


def values_with(over: Mapping[str, Any]) -> dict[str, Any]:
    """Give the chart's values with others over them."""
    return merged(yaml.safe_load((CHART / "values.yaml").read_text()), over)


def render(over: Mapping[str, Any], release: str = "keysmith") -> list[dict[str, Any]]:
    """Render every manifest of the chart. Raises `ValueError` for an action that is not known."""
    known = {"Values": values_with(over), "Release": {"Name": release}}
    texts = [_rendered(path.read_text(), known) for path in sorted(CHART.glob("templates/*.yaml"))]
    return [document for text in texts for document in yaml.safe_load_all(text) if document]


def _rendered(text: str, known: Mapping[str, Any]) -> str:
    text = BLOCK.sub(lambda found: _block(found, known), text)
    text = ACTION.sub(lambda found: _action(found[1], known), text)
    if "{{" in text:
        raise ValueError(f"an action that the tests can't render: {text[text.index('{{') :][:60]}")
    return text


def _block(found: re.Match[str], known: Mapping[str, Any]) -> str:
    kind, head, body = found.groups()
    if kind == "if":
        return body if _value(head, known) else ""
    variables, path = head.split(" := ")
    if variables != "$name, $value":
        raise ValueError(f"a range over other variables: {variables}")
    pairs = sorted(_value(path, known).items())
    return "".join(
        body.replace("{{ $name }}", name).replace("{{ $value | quote }}", json.dumps(value))
        for name, value in pairs
    )


def _action(action: str, known: Mapping[str, Any]) -> str:
    if path := re.fullmatch(r"toJson (\.[\w.]+)", action):
        return json.dumps(_value(path[1], known))
    if path := re.fullmatch(r"(\.[\w.]+) \| quote", action):
        return json.dumps(_value(path[1], known))
    if either := re.fullmatch(r"(\.[\w.]+) \| default (\.[\w.]+)", action):
        return str(_value(either[1], known) or _value(either[2], known))
    return str(_value(action, known))


def _value(path: str, known: Mapping[str, Any]) -> Any:
    if not re.fullmatch(r"(\.\w+)+", path):
        raise ValueError(f"an action that the tests can't render: {path}")
    value: Any = known
    for part in path[1:].split("."):
        value = value[part]
    return value


def main(file: str) -> int:
    """Compare with Helm's own rendering."""
    ours = render(yaml.safe_load(EXAMPLE.read_text()))
    theirs = [each for each in yaml.safe_load_all(Path(file).read_text()) if each]

    def order(document: dict[str, Any]) -> tuple[str, str]:
        return document["kind"], document["metadata"]["name"]

    same = sorted(ours, key=order) == sorted(theirs, key=order)
    print("Helm renders what the tests checked." if same else "Helm renders something else.")  # noqa: T201
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
