"""The openai package speaking Responses, with nothing kept on the server."""
import json

from openai_client import client, models  # noqa: F401
from pydantic import BaseModel

STATELESS = {"store": False, "include": ["reasoning.encrypted_content"]}


class Place(BaseModel):
    city: str


def read(at, ask, stream=False, leave=False, **fields):
    fields.setdefault("input", [{"role": "user", "content": ask["prompt"]}])
    api = client(at).responses
    if not stream:
        return shown(api.create(model=at["model"], **STATELESS, **fields))
    final, heard = None, ""
    with api.create(model=at["model"], stream=True, **STATELESS, **fields) as events:
        for event in events:
            if event.type == "response.output_text.delta":
                heard += event.delta
            if event.type == "response.completed":
                final = event.response
            if leave and heard:
                return {"text": heard}
    return shown(final)


def shown(reply):
    said = []
    for item in reply.output:
        if item.type == "reasoning":
            said += [part.text for part in item.summary] + [part.text for part in item.content or []]
    usage = reply.usage
    return {
        "text": reply.output_text,
        "reasoning": "".join(said),
        "turn": [item.model_dump(exclude_none=True) for item in reply.output],
        "finish": "stop" if reply.status == "completed" else reply.status,
        "usage": {"input": usage.input_tokens, "output": usage.output_tokens},
    }


def text(at, ask, stream=False):
    return read(at, ask, stream)


def leave(at, ask):
    return read(at, ask, stream=True, leave=True)


def think(at, ask, stream=False):
    return read(at, ask, stream, reasoning={"effort": "high", "summary": "auto"})


def image(at, ask):
    parts = [
        {"type": "input_text", "text": "What is it?"},
        {"type": "input_image", "image_url": "data:image/png;base64," + ask["pixel"], "detail": "auto"},
    ]
    return read(at, ask, input=[{"role": "user", "content": parts}])


def tools(at, ask, stream=False):
    declared = [
        {
            "type": "function",
            "name": one["name"],
            "description": one["description"],
            "parameters": one["schema"],
            "strict": True,
        }
        for one in ask["tools"]
    ]
    question = {"role": "user", "content": ask["prompt"]}
    first = read(at, ask, stream, input=[question], tools=declared)
    called = [item for item in first["turn"] if item["type"] == "function_call"]
    results = [
        {"type": "function_call_output", "call_id": call["call_id"], "output": ask["results"][call["name"]]}
        for call in called
    ]
    last = read(at, ask, stream, input=[question, *first["turn"], *results], tools=declared)
    calls = [{"name": call["name"], "input": json.loads(call["arguments"])} for call in called]
    return {**last, "calls": calls, "before": first}


def structured(at, ask, stream=False):
    asked = {"model": at["model"], "input": ask["prompt"], "text_format": Place}
    api = client(at).responses
    if stream:
        with api.stream(**asked) as events:
            reply = events.get_final_response()
    else:
        reply = api.parse(**asked)
    return reply.output_parsed.model_dump()


def way(at, ask, name):
    if name == "stream":
        return read(at, ask, stream=True)
    with client(at).responses.stream(model=at["model"], input=ask["prompt"]) as events:
        return events.get_final_response().model_dump_json()
