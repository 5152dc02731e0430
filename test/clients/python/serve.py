"""Drives Python's clients: one line of JSON in, one out. What to ask comes along, so that it is the same as everywhere."""
import json
import sys

import chat
import messages
import responses

DRIVERS = {"chat": chat, "responses": responses, "messages": messages}


def fault(error):
    body = getattr(error, "body", None)
    inner = body.get("error", body) if isinstance(body, dict) else {}
    return {
        "kind": type(error).__name__,
        "status": getattr(error, "status_code", None),
        "code": inner.get("code") or inner.get("type") if isinstance(inner, dict) else None,
        "message": str(error),
    }


def answer(line):
    asked = json.loads(line)
    try:
        act = getattr(DRIVERS[asked["driver"]], asked["do"])
        return {"ok": act(asked["at"], asked["ask"], **asked.get("how", {}))}
    except Exception as error:  # Whatever a client throws is an outcome.
        return {"fault": fault(error)}


for line in sys.stdin:
    sys.stdout.write(json.dumps(answer(line)) + "\n")
    sys.stdout.flush()
