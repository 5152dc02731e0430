"""What both of the openai package's APIs share."""
from functools import cache

from openai import OpenAI


def client(at):
    return made(at["url"], at["key"], at.get("retries", 0))


@cache
def made(url, key, retries):
    return OpenAI(api_key=key, base_url=url + "/v1", max_retries=retries, timeout=20)


def models(at, _ask):
    return [model.id for model in client(at).models.list()]


def embed(at, _ask, texts):
    reply = client(at).embeddings.create(model=at["model"], input=texts)
    return [one.embedding for one in reply.data]
