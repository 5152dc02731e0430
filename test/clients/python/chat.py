"""The openai package speaking Chat Completions."""
import json

from openai_client import client, embed, models  # noqa: F401
from pydantic import BaseModel


class Place(BaseModel):
    city: str


def read(at, ask, stream=False, leave=False, **fields):
    fields.setdefault("messages", [{"role": "user", "content": ask["prompt"]}])
    completions = client(at).chat.completions
    if not stream:
        reply = completions.create(model=at["model"], **fields)
        choice, message = reply.choices[0], reply.choices[0].message
        calls = [call.model_dump(exclude_none=True) for call in message.tool_calls or []]
        reasoning = getattr(message, "reasoning_content", None) or ""
        return shown(message.content or "", reasoning, calls, choice.finish_reason, reply.usage)
    text, reasoning, calls, finish, usage = "", "", {}, None, None
    pieces = completions.create(
        model=at["model"], stream=True, stream_options={"include_usage": True}, **fields
    )
    with pieces:
        for chunk in pieces:
            usage = chunk.usage or usage
            for choice in chunk.choices:
                finish = choice.finish_reason or finish
                text += choice.delta.content or ""
                reasoning += getattr(choice.delta, "reasoning_content", None) or ""
                for delta in choice.delta.tool_calls or []:
                    call = calls.setdefault(delta.index, {"type": "function", "function": {"arguments": ""}})
                    if delta.id:
                        call["id"] = delta.id
                        call["function"]["name"] = delta.function.name
                    call["function"]["arguments"] += delta.function.arguments or ""
            if leave and text:
                break
    return shown(text, reasoning, list(calls.values()), finish, usage)


def shown(text, reasoning, calls, finish, usage):
    numbers = usage and {"input": usage.prompt_tokens, "output": usage.completion_tokens}
    return {"text": text, "reasoning": reasoning, "turn": calls, "finish": finish, "usage": numbers}


def text(at, ask, stream=False):
    return read(at, ask, stream)


def leave(at, ask):
    return read(at, ask, stream=True, leave=True)


def think(at, ask, stream=False):
    return read(at, ask, stream, reasoning_effort="high")


def image(at, ask):
    parts = [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64," + ask["pixel"]}},
    ]
    return read(at, ask, messages=[{"role": "user", "content": parts}])


def tools(at, ask, stream=False):
    declared = [
        {
            "type": "function",
            "function": {"name": one["name"], "description": one["description"], "parameters": one["schema"]},
        }
        for one in ask["tools"]
    ]
    question = {"role": "user", "content": ask["prompt"]}
    first = read(at, ask, stream, messages=[question], tools=declared)
    turn = {"role": "assistant", "content": first["text"] or None, "tool_calls": first["turn"]}
    results = [
        {"role": "tool", "tool_call_id": call["id"], "content": ask["results"][call["function"]["name"]]}
        for call in first["turn"]
    ]
    last = read(at, ask, stream, messages=[question, turn, *results], tools=declared)
    calls = [
        {"name": call["function"]["name"], "input": json.loads(call["function"]["arguments"])}
        for call in first["turn"]
    ]
    return {**last, "calls": calls, "before": first}


def structured(at, ask, stream=False):
    asked = {
        "model": at["model"],
        "messages": [{"role": "user", "content": ask["prompt"]}],
        "response_format": Place,
    }
    completions = client(at).chat.completions
    if stream:
        with completions.stream(**asked) as events:
            for _ in events:
                pass
            reply = events.get_final_completion()
    else:
        reply = completions.parse(**asked)
    return reply.choices[0].message.parsed.model_dump()


def way(at, ask, name):
    if name == "stream":
        return read(at, ask, stream=True)
    question = [{"role": "user", "content": ask["prompt"]}]
    with client(at).chat.completions.stream(model=at["model"], messages=question) as events:
        events.until_done()
        return events.get_final_completion().model_dump_json()
