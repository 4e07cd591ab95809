"""Prints the functions that the SAM CLI finds in templates, as `sam local invoke` finds them: JSON, by template."""

import json
import sys

from samcli.lib.providers.sam_function_provider import SamFunctionProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider


def functions_of(template):
    stacks, _ = SamLocalStackProvider.get_stacks(template)
    return [
        {"id": function.full_path, "handler": function.handler, "code": function.codeuri}
        for function in SamFunctionProvider(stacks).get_all()
    ]


print(json.dumps({template: functions_of(template) for template in sys.argv[1:]}))
