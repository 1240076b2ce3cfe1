"""The HTTP side as an OpenAPI document, made of the tables the server is built of.

document   the whole description, as plain data
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from .routes import IDS, JSON, ROUTES, Query, Route, Sentence

Json = dict[str, Any]  # JSON Schema and OpenAPI are open-ended

_INTRODUCTION = """\
Pixels over HTTP, by id. Commands and events go over the WebSocket /ws (bridge/wire.py).

A bridge listens on http://127.0.0.1:7866 and http://[::1]:7866, unless it was told another port; \
bridge.json in its data folder says where (bridge/access/access.py). Every address but \
/openapi.json, /health, /pair and /studio/ needs the header `Authorization: Bearer TOKEN`, or with \
GET `?token=TOKEN`, for <img>. An error is a 4xx or 5xx with {"message": one sentence}. Bodies are \
sent as they are: Content-Encoding is refused with 415. Raw pixels are chunky, row by row, 16 bits \
little-endian.

/studio/ serves the browser studio: ps-plugin/studio/ there, ps-plugin/ at /studio/panel/.
"""

_WHY = {
    400: "The request is wrong",
    401: "The token is missing or wrong",
    403: "Host or Origin is foreign",
    404: "What is named is not here",
    408: "The body did not arrive in time",
    413: "The body is too large",
    415: "The body is of another kind",
    429: "Too many ask",
    507: "Quota or disk are used up",
}


def document(version: str) -> Json:
    """The description of this bridge."""
    types = [t for route in ROUTES for t in (route.taken, route.given) if t is not None]
    _, components = msgspec.json.schema_components(
        [*types, Sentence], ref_template="#/components/schemas/{name}"
    )
    paths: dict[str, Json] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pentimento bridge",
            "version": version,
            "description": _INTRODUCTION,
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "query": {"type": "apiKey", "in": "query", "name": "token"},
            },
        },
    }


def _operation(route: Route) -> Json:
    errors = (*((401,) if route.token else ()), 403, *route.errors)
    operation: Json = {
        "operationId": route.name,
        "summary": route.summary,
        **({"description": route.detail} if route.detail else {}),
        "parameters": [*_path_parameters(route.path), *map(_query_parameter, route.query)],
        "responses": {"200": _answer(route)} | {str(code): _refusal(code) for code in errors},
    }
    if route.token:
        reading = [{"query": []}] if route.method == "GET" else []
        operation["security"] = [{"bearer": []}, *reading]
    if route.takes:
        content = {kind: _schema(kind, route.taken) for kind in route.takes}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _path_parameters(path: str) -> list[Json]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": f"^{IDS[name].pattern}$"},
        }
        for name in re.findall(r"{(\w+)}", path)
    ]


def _query_parameter(query: Query) -> Json:
    schema: Json = {"type": query.kind}
    if query.values:
        schema["enum"] = list(query.values)
    if query.default:
        schema["default"] = query.default
    return {"name": query.name, "in": "query", "required": query.default is None, "schema": schema}


def _answer(route: Route) -> Json:
    answer: Json = {
        "description": route.summary,
        "content": {kind: _schema(kind, route.given) for kind in route.gives},
    }
    if route.headers:
        answer["headers"] = {name: {"schema": {"type": "string"}} for name in route.headers}
    return answer


def _refusal(code: int) -> Json:
    return {"description": _WHY[code], "content": {JSON: _schema(JSON, Sentence)}}


def _schema(kind: str, type: Any) -> Json:  # a type as msgspec takes it
    if kind != JSON:
        return {"schema": {"type": "string", "format": "binary"}}
    if type is None:
        return {"schema": {"type": "object"}}
    (schema,), _ = msgspec.json.schema_components(
        [type], ref_template="#/components/schemas/{name}"
    )
    return {"schema": schema}
