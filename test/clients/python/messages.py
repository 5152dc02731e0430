"""The anthropic package."""
from functools import cache

from anthropic import Anthropic
from pydantic import BaseModel


class Place(BaseModel):
    city: str


def client(at):
    return made(at["url"], at["key"], at.get("retries", 0))


@cache
def made(url, key, retries):
    return Anthropic(api_key=key, base_url=url, max_retries=retries, timeout=20)


def models(at, _ask):
    return [model.id for model in client(at).models.list()]


def read(at, ask, stream=False, leave=False, **fields):
    fields.setdefault("messages", [{"role": "user", "content": ask["prompt"]}])
    asked = {"model": at["model"], "max_tokens": 2000, **fields}
    api = client(at).messages
    if not stream:
        return shown(api.create(**asked))
    if leave:
        heard = ""
        with api.create(stream=True, **asked) as events:
            for event in events:
                if event.type == "content_block_delta" and event.delta.type == "text_delta":
                    heard += event.delta.text
                if heard:
                    return {"text": heard}
    with api.stream(**asked) as events:
        return shown(events.get_final_message())


def shown(reply):
    usage = reply.usage
    finish = {"end_turn": "stop"}.get(reply.stop_reason, reply.stop_reason)
    return {
        "text": "".join(block.text for block in reply.content if block.type == "text"),
        "reasoning": "".join(block.thinking for block in reply.content if block.type == "thinking"),
        "turn": [block.model_dump(exclude_none=True) for block in reply.content],
        "finish": finish,
        "usage": {"input": usage.input_tokens, "output": usage.output_tokens},
    }


def text(at, ask, stream=False):
    return read(at, ask, stream)


def leave(at, ask):
    return read(at, ask, stream=True, leave=True)


def think(at, ask, stream=False):
    return read(at, ask, stream, thinking={"type": "enabled", "budget_tokens": 1024})


def image(at, ask):
    source = {"type": "base64", "media_type": "image/png", "data": ask["pixel"]}
    parts = [{"type": "image", "source": source}, {"type": "text", "text": "What is it?"}]
    return read(at, ask, messages=[{"role": "user", "content": parts}])


def tools(at, ask, stream=False):
    declared = [
        {"name": one["name"], "description": one["description"], "input_schema": one["schema"]}
        for one in ask["tools"]
    ]
    question = {"role": "user", "content": ask["prompt"]}
    first = read(at, ask, stream, messages=[question], tools=declared)
    called = [block for block in first["turn"] if block["type"] == "tool_use"]
    results = [
        {"type": "tool_result", "tool_use_id": call["id"], "content": ask["results"][call["name"]]}
        for call in called
    ]
    turns = [question, {"role": "assistant", "content": first["turn"]}, {"role": "user", "content": results}]
    last = read(at, ask, stream, messages=turns, tools=declared)
    calls = [{"name": call["name"], "input": call["input"]} for call in called]
    return {**last, "calls": calls, "before": first}


def structured(at, ask, stream=False):
    asked = {
        "model": at["model"],
        "max_tokens": 2000,
        "messages": [{"role": "user", "content": ask["prompt"]}],
        "output_format": Place,
    }
    api = client(at).messages
    if stream:
        with api.stream(**asked) as events:
            reply = events.get_final_message()
    else:
        reply = api.parse(**asked)
    return reply.parsed_output.model_dump()


def run(at, ask):
    """The tool runner, until there is an answer."""
    from anthropic import beta_tool

    asked = []

    @beta_tool
    def get_weather(city: str) -> str:
        """Weather of a city."""
        asked.append({"city": city})
        return ask["results"]["get_weather"]

    question = [{"role": "user", "content": ask["prompt"]}]
    runner = client(at).beta.messages.tool_runner(
        model=at["model"], max_tokens=2000, messages=question, tools=[get_weather]
    )
    return {"asked": asked, "text": runner.until_done().content[-1].text}


def way(at, ask, name):
    if name == "stream()":
        return read(at, ask, stream=True)
    question = [{"role": "user", "content": ask["prompt"]}]
    with client(at).messages.create(
        model=at["model"], max_tokens=2000, messages=question, stream=True
    ) as events:
        return [event.type for event in events][-1:]
