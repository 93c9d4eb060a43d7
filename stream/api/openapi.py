"""The OpenAPI document: from the table of operations and the types, so that it cannot say anything else."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from stream.api import bodies
from stream.api.tokens import Role
from stream.pipeline.documents.intake import Published
from stream.pipeline.feeds.ports import SourceState
from stream.pipeline.notify import AlertStory, DeliveryState, Silence, Status
from stream.schemas import dedented

MAX_LIMIT, MAX_NAME = 1000, 100
NDJSON = "application/x-ndjson"
MAX_INT64 = (1 << 63) - 1
LIMIT = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": 50}
FLAG = {"type": "boolean", "default": False}
PATH_PARAMETERS = {
    "alert": {"type": "string", "minLength": 8, "maxLength": 100},
    "silence": {"type": "string", "maxLength": 100},
    "receiver": {"type": "string", "maxLength": 41},
    "source": {"type": "string", "maxLength": 41},
    "delivery": {"type": "integer", "minimum": 1, "maximum": MAX_INT64},
}
ERRORS = {
    400: "The request makes no sense; the message says what would.",
    401: "There is no token, or not one of ours.",
    403: "The token may do other things, but not this.",
    404: "There is no such thing.",
    408: "The body did not come in time.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    429: "Too many requests; Retry-After says when to come again.",
    503: "The store or the broker does not answer, or too much is going on; try again.",
}


@dataclass(frozen=True)
class Operation:
    """One operation of the API.

    Attributes:
        role: what a token needs to call it.
        answer, body: the types of what it returns and takes.
        query: the schemas of the query's parameters, by name.
        status: of an answer without error.
        lines: whether the body may also be JSON lines, of ``body`` each, and is handed on as lines.
        unprocessable: says of an answer that nothing of what was asked came about: its status is then 422.
        errors: statuses beside ERRORS, each with what it means.
    """

    name: str
    method: str
    path: str
    summary: str
    role: Role
    answer: type
    body: type | None = None
    query: dict[str, dict[str, Any]] = field(default_factory=dict)
    status: int = 200
    errors: dict[int, str] = field(default_factory=dict)
    lines: bool = False
    unprocessable: Callable[[Any], bool] | None = None


def _nothing_published(answer: Published) -> bool:
    return not answer.published


TOPIC: dict[str, Any] = {"type": "string", "enum": ["news", "social"], "default": "news"}
STATUS = {"type": "string", "enum": [status.value for status in Status]}
RECEIVER = {"type": "string", "maxLength": MAX_NAME}
OPERATIONS = (
    Operation(
        "listAlerts",
        "GET",
        "/v1/alerts",
        "List alerts, newest first.",
        Role.READ,
        bodies.AlertList,
        query={"status": STATUS, "limit": LIMIT},
    ),
    Operation("getAlert", "GET", "/v1/alerts/{alert}", "All that is known of an alert.", Role.READ, AlertStory),
    Operation(
        "acknowledgeAlert",
        "POST",
        "/v1/alerts/{alert}/acknowledge",
        "Acknowledge an alert, with its group.",
        Role.ACT,
        bodies.AlertList,
        bodies.Acknowledge,
    ),
    Operation(
        "listSilences",
        "GET",
        "/v1/silences",
        "List silences.",
        Role.READ,
        bodies.SilenceList,
        query={"ended": FLAG},
    ),
    Operation(
        "addSilence",
        "POST",
        "/v1/silences",
        "Keep alerts quiet.",
        Role.ACT,
        bodies.MadeSilence,
        body=bodies.NewSilence,
        status=201,
    ),
    Operation("endSilence", "DELETE", "/v1/silences/{silence}", "End a silence now.", Role.ACT, Silence),
    Operation("listReceivers", "GET", "/v1/receivers", "List receivers.", Role.READ, bodies.ReceiverList),
    Operation(
        "enableReceiver",
        "POST",
        "/v1/receivers/{receiver}/enable",
        "Let a receiver's deliveries go again.",
        Role.ACT,
        bodies.Enabled,
    ),
    Operation(
        "disableReceiver",
        "POST",
        "/v1/receivers/{receiver}/disable",
        "Keep a receiver's deliveries back.",
        Role.ACT,
        bodies.ReceiverList,
        bodies.Disable,
    ),
    Operation(
        "testReceiver",
        "POST",
        "/v1/receivers/{receiver}/test",
        "Send a notification of type alert.test.",
        Role.ACT,
        bodies.Tested,
        errors={502: "The receiver did not take it."},
    ),
    Operation(
        "listDeliveries",
        "GET",
        "/v1/deliveries",
        "List deliveries, newest first.",
        Role.READ,
        bodies.DeliveryList,
        query={"receiver": RECEIVER, "undelivered": FLAG, "limit": LIMIT},
    ),
    Operation(
        "getDelivery",
        "GET",
        "/v1/deliveries/{delivery}",
        "A delivery and its payload.",
        Role.READ,
        bodies.OneDelivery,
    ),
    Operation(
        "retryDelivery",
        "POST",
        "/v1/deliveries/{delivery}/retry",
        "Make a delivery that was not taken due at once.",
        Role.ACT,
        DeliveryState,
    ),
    Operation(
        "publishDocuments",
        "POST",
        "/v1/documents",
        "Publish documents to the stream: one as JSON, or JSON lines; gzip is taken, too.",
        Role.PUBLISH,
        Published,
        bodies.NewDocument,
        query={"topic": TOPIC},
        status=202,
        lines=True,
        unprocessable=_nothing_published,
    ),
    Operation(
        "listSources",
        "GET",
        "/v1/sources",
        "List sources that are read, and how each is.",
        Role.READ,
        bodies.SourceList,
    ),
    Operation("getSource", "GET", "/v1/sources/{source}", "How a source is.", Role.READ, SourceState),
)


def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    _, components = msgspec.json.schema_components(bodies.ALL, ref_template="#/components/schemas/{name}")
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    openapi = {
        "openapi": "3.1.0",
        "info": {
            "title": "Bellwether",
            "version": "1",
            "description": "Alerts, silences, receivers, deliveries, sources, and documents for the stream."
            " Times are RFC 3339. A token's role is read, act or publish; whoever may act may read.",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": dedented(components),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(openapi))
    return plain


def _operation(operation: Operation) -> dict[str, Any]:
    names = re.findall("{(.+?)}", operation.path)
    query = [{"name": name, "in": "query", "schema": schema} for name, schema in operation.query.items()]
    path = [{"name": name, "in": "path", "required": True, "schema": PATH_PARAMETERS[name]} for name in names]
    errors = {**ERRORS, **operation.errors}
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"Role: {operation.role}.",
        "parameters": [*path, *query],
        "responses": {
            str(operation.status): {"description": "Done.", "content": _json(operation.answer)},
            **{str(code): {"description": why, "content": _json(bodies.Problem)} for code, why in errors.items()},
        },
    }
    if operation.body is not None:
        required = any(item.required for item in msgspec.structs.fields(operation.body))
        described["requestBody"] = {"required": required, "content": _json(operation.body)}
        if operation.lines:
            lines = {"type": "string", "description": f"{operation.body.__name__}, one a line."}
            described["requestBody"]["content"][NDJSON] = {"schema": lines}
    if operation.unprocessable is not None:
        refusal = {"description": "Nothing of it could be taken.", "content": _json(operation.answer)}
        described["responses"]["422"] = refusal
    return described


def _json(kind: type) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}}
