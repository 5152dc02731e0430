// What can be asked of a gateway, by name.

/** What a caller wants done. `complete`: a bare prompt goes on. `count`: how many input tokens would this call have? */
export type Operation = 'chat' | 'complete' | 'count' | Errand;
/**
 * One question, one whole answer; `redraw` edits a picture, `vary` makes others like it, `translate` is from speech.
 * `file` and `batch` are about what an upstream holds: they name no model.
 */
export type Errand =
  | 'embed'
  | 'rerank'
  | 'moderate'
  | 'speak'
  | 'transcribe'
  | 'translate'
  | 'draw'
  | 'redraw'
  | 'vary'
  | 'file'
  | 'batch';

/** Parameters a virtual model can default, lock, clamp or forbid, by our names. */
export type ParameterName =
  | 'max_tokens'
  | 'temperature'
  | 'top_p'
  | 'top_k'
  | 'stop'
  | 'seed'
  | 'n'
  | 'presence_penalty'
  | 'frequency_penalty'
  | 'logprobs'
  | 'reasoning_effort';
