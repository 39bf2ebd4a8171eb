"""The brief as JSON for other programs, and the schema that says what is in it."""

from __future__ import annotations

import msgspec

from fgd.core.serialization import decode
from fgd.model import Brief

SCHEMA = "https://json-schema.org/draft/2020-12/schema"


def brief_json(brief: Brief) -> bytes:
    """The whole brief, one key after the other as ``schema`` describes them."""
    data = msgspec.json.encode(brief, order="deterministic")
    return msgspec.json.format(data, indent=1) + b"\n"


def read_brief(data: bytes) -> Brief:
    """The brief back from its JSON. Raises ``msgspec.ValidationError`` if it is none."""
    return decode(data, Brief)


def schema() -> bytes:
    """JSON Schema (draft 2020-12) of ``brief.json``, published as ``docs/brief.schema.json``."""
    described = {"$schema": SCHEMA, "title": "fgd brief"} | msgspec.json.schema(Brief)
    data = msgspec.json.encode(described, order="deterministic")
    return msgspec.json.format(data, indent=1) + b"\n"
