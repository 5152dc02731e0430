// What both of the openai package's APIs share: the client, its errors, its model list.
export function openaiClient(OpenAI, { url, key, retries = 0 }) {
  return new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: retries });
}

export function openaiFault(error) {
  return { kind: error.constructor.name, status: error.status, code: error.code, message: error.message };
}

export function openaiModels(OpenAI) {
  return async (at) => {
    const ids = [];
    for await (const { id } of openaiClient(OpenAI, at).models.list()) ids.push(id);
    return ids;
  };
}
