"""What is made up for a gateway must not reach another machine, nor end what the test itself needs, and must keep the rules that
no JSON Schema can say: a request that is meant to be valid would else be refused for its values."""

import os
import re
from urllib.parse import urlsplit

import schemathesis

NOBODY = "nobody.portcullis.invalid"
FAR_AHEAD = "2099-01-01T00:00:00Z"
ENTITY_TAGS = re.compile(r'^(\*|(W/)?"[^"]*"(\s*,\s*(W/)?"[^"]*")*)$')


def is_meant_to_be_valid(case):
    return case.meta is None or case.meta.generation.mode.is_positive


@schemathesis.hook
def before_call(context, case, **kwargs):
    move_upstream(case.body)
    spare_own_project(case)
    if is_meant_to_be_valid(case):
        keep_rules(case)


def move_upstream(body):
    """The gateway connects to whatever is registered: the name is moved to where no name is."""
    upstream = body.get("upstream") if isinstance(body, dict) else None
    url = upstream.get("url") if isinstance(upstream, dict) else None
    if not isinstance(url, str) or not url.lower().startswith("https://"):
        return
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return  # It is none, and is refused.
    if host:
        upstream["url"] = re.sub(re.escape(host), NOBODY, url, count=1, flags=re.IGNORECASE)


def spare_own_project(case):
    own = os.environ["PORTCULLIS_PROJECT_ID"]
    if case.method == "DELETE" and (case.path_parameters or {}).get("id") == own:
        case.path_parameters["id"] = "pr_0000000000000000"


def keep_rules(case):
    # A cursor is signed by the gateway, for one list.
    case.query.pop("cursor", None)
    # A span begins before it ends, and usage is kept for a year.
    for end in ("from", "to"):
        case.query.pop(end, None)
    # As JSON an answer has fewer rows than as a file.
    if case.query.get("format", "json") == "json" and str(case.query.get("limit", "")).isdigit():
        case.query["limit"] = min(int(case.query["limit"]), 100)
    # A key ends in the future, and is held to servers that there are.
    if isinstance(case.body, dict):
        if isinstance(case.body.get("expires_at"), str):
            case.body["expires_at"] = FAR_AHEAD
        if case.body.get("mcp_server_ids"):
            case.body["mcp_server_ids"] = []
    # What is made up for a header with a pattern does not always have it.
    if not ENTITY_TAGS.match((case.headers or {}).get("if-match") or "*"):
        case.headers["if-match"] = "*"
