"""The published JSON Schema of a scenario file, made from the models that read it."""

from __future__ import annotations

from typing import Any

from landbridge.scenario.schema import ACTIONS, Header


def scenario_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a scenario: the header's keys, and one list for each kind of action.

    The text of a [[rule]]'s selectors is checked in full by the rule language; see `landbridge.rules.rule_schema`.
    """
    header = Header.model_json_schema()
    actions = {
        cls.kind_of_action: {
            "type": "array",
            "description": " ".join((cls.__doc__ or "").split()),
            "items": {k: v for k, v in cls.model_json_schema(by_alias=True).items() if k != "description"},
        }
        for cls in ACTIONS
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "landbridge scenario",
        "type": "object",
        "additionalProperties": False,
        "required": header["required"],
        "properties": header["properties"] | actions,
    }
