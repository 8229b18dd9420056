"""The published JSON Schema of a rule; selectors are checked in full by the parser, here by their shape."""

from __future__ import annotations

from typing import Any, Final

from landbridge.rules import vocabulary as v
from landbridge.rules.reading import RULE_KEYS

_TERM: Final = r"[a-z]+(=|>|<)[^\s]+"
_SELECTOR: Final = rf"^({_TERM}(\s+{_TERM})*)?$"
_UNLESS: Final = rf"^({_TERM}(\s+{_TERM})*(\s+/\s+{_TERM}(\s+{_TERM})*)*)?$"
_DATE: Final = r"^(\d{4}-\d{2}-\d{2})?$"
_MEANING: Final = {
    "id": "unique lower-case slug",
    "title": "what the rule does, in one line",
    "by": "who made it: ISO3, @GROUP or an actor, joined by commas",
    "action": "what is done",
    "who": "selector of the movement: terms joined by blanks, all must hold",
    "where": "selector of the place",
    "effect": "what the rule does to it",
    "value": "number, or a schedule [[YYYY-MM-DD, number], ...]",
    "unit": "unit of the value, see $defs",
    "unless": "alternatives of selectors joined by ' / ' under which the rule does not apply",
    "from": "first day in force",
    "until": "last day in force",
    "strength": "share of traffic that obeys",
    "overrides": "ids of rules that this permit lifts where it applies, joined by commas",
    "source": "legal act and article",
    "confidence": "how sure date and scope are",
    "basis": "what the value rests on",
    "note": "remark",
}


def rule_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a rule as scenarios and `landbridge rules show --json` write it."""
    kinds: dict[str, dict[str, Any]] = {key: {"type": "string"} for key in RULE_KEYS}
    kinds["id"] |= {"pattern": f"^{v.SLUG.pattern}$"}
    kinds["action"] |= {"enum": list(v.ACTIONS)}
    kinds["effect"] |= {"enum": list(v.EFFECTS)}
    kinds["who"] |= {"pattern": _SELECTOR}
    kinds["where"] |= {"pattern": _SELECTOR}
    kinds["unless"] |= {"pattern": _UNLESS}
    kinds["from"] |= {"pattern": _DATE}
    kinds["until"] |= {"pattern": _DATE}
    kinds["value"] = {"type": ["number", "string"]}
    kinds["strength"] = {"type": ["number", "string"], "minimum": 0, "maximum": 1, "default": 1}
    kinds["unit"] |= {"enum": list(dict.fromkeys(u for units in v.EFFECT_UNITS.values() for u in units))}
    kinds["confidence"] |= {"enum": ["high", "medium", "low"]}
    kinds["basis"] |= {"enum": ["observed", "estimated", "assumed"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "landbridge rule",
        "type": "object",
        "additionalProperties": False,
        "required": ["id", "by", "action", "effect", "source"],
        "properties": {key: kind | {"description": _MEANING[key]} for key, kind in kinds.items()},
        "allOf": [
            {
                "if": {"properties": {"effect": {"const": effect}}},
                "then": {"properties": {"unit": {"enum": list(units)}}},
            }
            for effect, units in v.EFFECT_UNITS.items()
        ],
    }
