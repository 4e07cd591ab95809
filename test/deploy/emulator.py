"""ministack, with what the product needs of API Gateway and this version of ministack leaves out.

Each addition first makes sure that the emulator still lacks it, so that none outlives its reason.
"""

import contextvars
import inspect
import json
import os
import queue
import re
import signal
import sys
import threading
import time

from ministack.app import main
from ministack.core import lambda_runtime
from ministack.services import apigateway_v1 as rest
from ministack.services import cloudwatch_logs as logs
from ministack.services.cloudformation import provisioners

request = contextvars.ContextVar("request")


def missing(is_missing, what):
    if not is_missing:
        raise SystemExit(f"ministack does this itself now, take it out of test/deploy/emulator.py: {what}")


def streaming_integrations():
    """An integration that streams (response-transfer-mode.html): its URI, and an answer with exactly the bytes and the
    headers of the function. It still comes whole: see streaming-worker.mjs."""
    lambda_of, invoke = rest._extract_lambda_ref_from_integration_uri, rest._invoke_lambda_proxy_v1
    suffix = "/response-streaming-invocations"
    missing(lambda_of(f"x/functions/arn{suffix}") != "arn", "streaming integrations")

    async def invoke_exactly(*args, **options):
        status, headers, body = await invoke(*args, **options)
        return status, {name: value for name, value in headers.items() if value != ""}, body

    rest._extract_lambda_ref_from_integration_uri = lambda uri: lambda_of(uri.replace(suffix, "/invocations"))
    rest._invoke_lambda_proxy_v1 = invoke_exactly


def bodies_without_a_type():
    """`*/*` holds for a body without a type too, which counts as JSON (api-gateway-payload-encodings-workflow.html)."""
    matches = rest._media_type_matches
    missing(not matches("", ["*/*"]), "bodies without a type")
    rest._media_type_matches = lambda media_type, types: "*/*" in types or matches(media_type, types)


def request_contexts():
    """What the request context of an event always has (set-up-lambda-proxy-integrations.html, and for an authorizer
    api-gateway-lambda-authorizer-input.html): one id and one time for authorizer and function."""
    execute, new_uuid = rest._handle_execute_in_scope, rest.new_uuid
    event_for_function, call_authorizer = rest._build_lambda_event_v1, rest._invoke_authorizer_lambda

    async def execute_request(api_id, stage, method, path, headers, *others):
        # What API Gateway sets itself, whatever the client sends.
        headers = {**headers, "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http"}
        request.set({
            "requestId": new_uuid(),
            "requestTimeEpoch": int(time.time() * 1000),
            "domainName": headers["host"],
            "path": f"/{stage}{path}",
        })
        return await execute(api_id, stage, method, path, headers, *others)

    missing("domainName" not in inspect.getsource(event_for_function), "request contexts")

    def complete(event):
        event["requestContext"].update(request.get())
        return event

    rest._handle_execute_in_scope = execute_request
    rest.new_uuid = lambda: request.get({}).get("requestId") or new_uuid()
    rest._build_lambda_event_v1 = lambda *args, **options: complete(event_for_function(*args, **options))
    rest._invoke_authorizer_lambda = lambda authorizer, event, *scope: call_authorizer(authorizer, complete(event), *scope)


def authorizer_context_in_gateway_responses():
    """`$context.authorizer.*` in the body of a gateway response (api-gateway-mapping-template-reference.html)."""
    context_of, render = rest._stringify_context, rest._gateway_error_response
    missing("context.authorizer" not in inspect.getsource(render), "the authorizer's context in gateway responses")

    def remember(context):
        values = context_of(context)
        request.get()["authorizer"] = values
        return values

    def render_with_context(error, details):
        status, headers, body = render(error, details)
        values = request.get().get("authorizer", {})
        return status, headers, re.sub(
            rb"\$context\.authorizer\.(\w+)", lambda name: values.get(name[1].decode(), "").encode(), body
        )

    rest._stringify_context, rest._gateway_error_response = remember, render_with_context


def alarms_of_expressions():
    """An alarm of an expression over metrics. It is there, and watches the first of them."""
    record = provisioners._cw_metric_alarm_record

    def record_with_expression(name, properties):
        metrics = properties.get("Metrics")
        if metrics:
            first = next(metric["MetricStat"]["Metric"] for metric in metrics if "MetricStat" in metric)
            properties = {**properties, **first, "Metrics": None}
        return record(name, properties)

    try:
        record("", {"Metrics": [{}]})
    except ValueError as error:
        missing("metric math" in str(error), "alarms of expressions")
    provisioners._cw_metric_alarm_record = record_with_expression


def log_filters_of_json():
    """A subscription filter that asks for a member of a JSON event (FilterAndPatternSyntaxForMetricFilters.html)."""
    matches = logs._subscription_pattern_matches
    missing(not matches('{ $.a = "b" }', '{"a":"b"}'), "log filters of JSON")

    def matches_json(pattern, message):
        asked = re.fullmatch(r'\{ \$\.(\w+) = "(\w+)" \}', pattern)
        if not asked:
            return matches(pattern, message)
        try:
            event = json.loads(message)
        except ValueError:
            return False
        return isinstance(event, dict) and event.get(asked[1]) == asked[2]

    logs._subscription_pattern_matches = matches_json


def output_without_waiting():
    """What a function has printed. The emulator waits 50 ms for one that prints nothing; streaming-worker.mjs tells."""
    end_of_output = "~ end of output ~"

    def drain(worker):
        lines = []
        try:
            while (line := worker._stderr_queue.get(timeout=1)) != end_of_output:
                lines.append(line)
        except queue.Empty:
            pass  # The process has ended.
        return "\n".join(lines)

    missing(hasattr(lambda_runtime.Worker, "_drain_stderr_bounded"), "output without waiting")
    lambda_runtime.Worker._drain_stderr_bounded = drain


def end_with_parent():
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


streaming_integrations()
bodies_without_a_type()
request_contexts()
authorizer_context_in_gateway_responses()
alarms_of_expressions()
log_filters_of_json()
output_without_waiting()
threading.Thread(target=end_with_parent, daemon=True).start()
main()
