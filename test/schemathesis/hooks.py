"""What is made up for a gateway must not reach another machine, nor end what the test itself needs. And it must keep the rules that
no JSON Schema can say: a request that is meant to be valid would else be refused for its values."""

import os
import re

import schemathesis

NOBODY = "nobody.portcullis.invalid"
FAR_AHEAD = "2099-01-01T00:00:00Z"
END_OF_TIME = "9999-12-31T23:59:59Z"
OTHERS = "(others)"
# Wherever a client of the web finds an authority: behind slashes of both kinds, however many, and what it leaves out.
AUTHORITY = re.compile(r"^([\s\0-\x1f]*https?:)[/\\\s]*[^/\\?#]*", re.IGNORECASE)
ENTITY_TAGS = re.compile(r'^(\*|(W/)?"[^"]*"(\s*,\s*(W/)?"[^"]*")*)$')
OWN = {
    os.environ["PORTCULLIS_PROJECT_ID"]: "pr_0000000000000000",
    os.environ["PORTCULLIS_API_KEY_ID"]: "key_0mwzie3qil7SzPEUYr6DmCr",
    os.environ["PORTCULLIS_MCP_SERVER_ID"]: "srv_0mwzie3pacvezPyYmLqoUVD",
}


@schemathesis.deserializer("application/x-ndjson", "text/csv")
def as_text(context, response):
    return response.text


@schemathesis.hook
def before_call(context, case, **kwargs):
    spare_own(case)
    move_upstream(case)
    if case.meta is None or case.meta.generation.mode.is_positive:
        keep_rules_of_query(case.query)
        keep_rules_of_body(case.body)
        # What is made up for a header with a pattern does not always have it.
        if not ENTITY_TAGS.match((case.headers or {}).get("if-match") or "*"):
            case.headers["if-match"] = "*"


def spare_own(case):
    """The project, the key and the server that the test itself uses stay as they are."""
    own = (case.path_parameters or {}).get("id")
    if case.method != "GET" and own in OWN:
        case.path_parameters["id"] = OWN[own]


def move_upstream(case):
    """The gateway connects to whatever is registered: the name is moved to where no name is, and a server never to another."""
    upstream = case.body.get("upstream") if isinstance(case.body, dict) else None
    url = upstream.get("url") if isinstance(upstream, dict) else None
    if isinstance(url, str):
        upstream["url"] = AUTHORITY.sub(rf"\1//{NOBODY}", url)


def keep_rules_of_query(query):
    # A cursor is signed by the gateway, for one list.
    query.pop("cursor", None)
    # A span begins before it ends; of usage it has no more than a year.
    if "group_by" in query:
        query.pop("from", None)
    elif "from" in query and "to" in query:
        query["to"] = END_OF_TIME
    # What readiness calls the others is no server, though it stands where one does.
    if query.get("mcp_server_id") == OTHERS:
        query.pop("mcp_server_id")
    # As JSON an answer has fewer rows than as a file.
    if query.get("format", "json") == "json" and str(query.get("limit", "")).isdigit():
        query["limit"] = min(int(query["limit"]), 100)


def keep_rules_of_body(body):
    if not isinstance(body, dict):
        return
    # A key ends in the future, and is held to servers that there are.
    if isinstance(body.get("expires_at"), str):
        body["expires_at"] = FAR_AHEAD
    if body.get("mcp_server_ids"):
        body["mcp_server_ids"] = [os.environ["PORTCULLIS_MCP_SERVER_ID"]]
    # The names of headers are the same in any case, and stand once.
    upstream = body.get("upstream")
    if isinstance(upstream, dict) and isinstance(upstream.get("headers"), dict):
        upstream["headers"] = {name.lower(): value for name, value in upstream["headers"].items()}
