// Our errors in this dialect's shape: exceptions, named in a header, as an answer and as a message of a stream.

import type { ErrorCode, GatewayError } from '../../canonical/errors.ts';
import type { EncodedError } from '../../canonical/protocol.ts';
import { encodeHeaders, encodeMessage } from '../../lib/event-stream.ts';
import { contextMessage } from './context-words.ts';

const names: Readonly<Record<ErrorCode, string>> = {
  invalid_json: 'ValidationException',
  bad_request: 'ValidationException',
  forbidden_parameter: 'ValidationException',
  unsupported: 'ValidationException',
  translation_loss: 'ValidationException',
  context_too_long: 'ValidationException',
  sealed_elsewhere: 'ValidationException',
  turn_not_found: 'ValidationException',
  content_filtered: 'ValidationException',
  body_too_large: 'ValidationException',
  headers_too_large: 'ValidationException',
  request_timeout: 'ModelTimeoutException',
  invalid_key: 'UnrecognizedClientException',
  billing: 'ServiceQuotaExceededException',
  permission: 'AccessDeniedException',
  not_found: 'ResourceNotFoundException',
  model_not_found: 'ResourceNotFoundException',
  method_not_allowed: 'ValidationException',
  rate_limited: 'ThrottlingException',
  client_gone: 'InternalServerException',
  internal: 'InternalServerException',
  overloaded: 'ServiceUnavailableException',
  draining: 'ServiceUnavailableException',
  store_down: 'ServiceUnavailableException',
  no_target: 'ServiceUnavailableException',
  upstream_refused: 'InternalServerException',
  upstream_reset: 'InternalServerException',
  upstream_fault: 'InternalServerException',
  upstream_garbled: 'InternalServerException',
  upstream_truncated: 'InternalServerException',
  upstream_auth: 'InternalServerException',
  upstream_billing: 'InternalServerException',
  upstream_model_missing: 'InternalServerException',
  upstream_rate_limited: 'ThrottlingException',
  upstream_quota: 'ServiceQuotaExceededException',
  upstream_overloaded: 'ServiceUnavailableException',
  upstream_timeout: 'ModelTimeoutException',
};

/** Streams know fewer exceptions; clients pass over others as events of no meaning. */
const inStream: Readonly<Record<string, string>> = {
  ValidationException: 'validationException',
  ThrottlingException: 'throttlingException',
  ServiceQuotaExceededException: 'throttlingException',
  ServiceUnavailableException: 'serviceUnavailableException',
  ModelTimeoutException: 'modelStreamErrorException',
};

export function encodeError(error: GatewayError, callId: string): EncodedError {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'x-amzn-requestid': callId,
    'x-amzn-errortype': names[error.code],
  };
  const wait = error.detail.retryAfter;
  if (wait !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(wait)));
  return { status: error.status, body: errorBody(error), headers };
}

export function encodeStreamError(error: GatewayError): string {
  const headers = encodeHeaders({
    ':message-type': 'exception',
    ':exception-type': inStream[names[error.code]] ?? 'internalServerException',
    ':content-type': 'application/json',
  });
  return encodeMessage(headers, errorBody(error)).toString('latin1');
}

function errorBody(error: GatewayError): string {
  const { context } = error.detail;
  const message = error.code === 'context_too_long' ? contextMessage(context, error.text) : placed(error);
  return JSON.stringify({ message });
}

/** This dialect has no field for the place of a mistake, so the message must name it. */
function placed({ message, text, detail }: GatewayError): string {
  const { param } = detail;
  const isNamed = param === undefined || message.toLowerCase().includes(param.toLowerCase());
  return isNamed ? text : `${param}: ${text}`;
}
