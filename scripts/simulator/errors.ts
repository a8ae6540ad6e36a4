import type { Protocol } from './types.ts';

export type ErrorKind =
  | 'bad_request'
  | 'unauthorized'
  | 'payment'
  | 'not_found'
  | 'too_large'
  | 'rate_limit'
  | 'spend_cap'
  | 'internal'
  | 'unavailable'
  | 'overloaded'
  | 'busy'
  | 'context_length'
  | 'unsupported';

interface Shape {
  status: number;
  openai: { type: string; code: string | null; message: string };
  anthropic: { status?: number; type: string; message: string; details?: Record<string, unknown> };
  ollama: { status?: number; message: string };
}

/** Each provider's own words for each kind of error. */
const shapes: Readonly<Record<ErrorKind, Shape>> = {
  bad_request: {
    status: 400,
    openai: { type: 'invalid_request_error', code: null, message: 'The request is invalid (simulated).' },
    anthropic: { type: 'invalid_request_error', message: 'The request is invalid (simulated).' },
    ollama: { message: 'invalid request (simulated)' },
  },
  unsupported: {
    status: 400,
    openai: {
      type: 'invalid_request_error',
      code: 'unsupported_parameter',
      message: 'Unsupported parameter.',
    },
    anthropic: { type: 'invalid_request_error', message: 'Unsupported parameter.' },
    ollama: { message: 'unsupported' },
  },
  unauthorized: {
    status: 401,
    openai: {
      type: 'invalid_request_error',
      code: 'invalid_api_key',
      message: 'Incorrect API key provided (simulated). Any non-empty key is accepted here.',
    },
    anthropic: { type: 'authentication_error', message: 'invalid x-api-key' },
    ollama: { message: 'unauthorized' },
  },
  payment: {
    status: 402,
    openai: {
      type: 'billing_error',
      code: 'billing_not_active',
      message: 'Your account is not active, please check your billing details (simulated).',
    },
    anthropic: {
      type: 'billing_error',
      message: 'There is an issue with your billing or payment information (simulated).',
    },
    ollama: { message: 'payment required (simulated)' },
  },
  not_found: {
    status: 404,
    openai: {
      type: 'invalid_request_error',
      code: 'model_not_found',
      message: 'The model does not exist or you do not have access to it.',
    },
    anthropic: { type: 'not_found_error', message: 'model not found' },
    ollama: { message: 'model not found' },
  },
  too_large: {
    status: 413,
    openai: { type: 'invalid_request_error', code: null, message: 'Request too large (simulated).' },
    anthropic: {
      type: 'request_too_large',
      message: 'Request exceeds the maximum allowed number of bytes (simulated).',
    },
    ollama: { message: 'request body too large' },
  },
  rate_limit: {
    status: 429,
    openai: {
      type: 'requests',
      code: 'rate_limit_exceeded',
      message: 'Rate limit reached (simulated). Please try again later.',
    },
    anthropic: {
      type: 'rate_limit_error',
      message: 'This request would exceed the rate limit of your organization (simulated).',
    },
    ollama: { message: 'too many requests (simulated)' },
  },
  spend_cap: {
    status: 429,
    openai: {
      type: 'insufficient_quota',
      code: 'insufficient_quota',
      message: 'You exceeded your current quota, please check your plan and billing details (simulated).',
    },
    anthropic: {
      type: 'rate_limit_error',
      message: 'Your organization has reached its monthly spend limit (simulated).',
      details: { error_code: 'enforced_spend_limit_reached' },
    },
    ollama: { status: 402, message: 'usage limit reached (simulated)' },
  },
  internal: {
    status: 500,
    openai: {
      type: 'server_error',
      code: null,
      message: 'The server had an error while processing your request (simulated).',
    },
    anthropic: { type: 'api_error', message: 'Internal server error (simulated).' },
    ollama: { message: 'llama runner process has terminated (simulated)' },
  },
  unavailable: {
    status: 503,
    openai: {
      type: 'server_error',
      code: null,
      message: 'The engine is currently overloaded, please try again later (simulated).',
    },
    anthropic: { type: 'api_error', message: 'Service unavailable (simulated).' },
    ollama: { message: 'server busy, please try again.  maximum pending requests exceeded' },
  },
  overloaded: {
    status: 529,
    openai: { type: 'server_error', code: null, message: 'Overloaded (simulated).' },
    anthropic: { type: 'overloaded_error', message: 'Overloaded' },
    ollama: { message: 'overloaded (simulated)' },
  },
  busy: {
    status: 503,
    openai: {
      type: 'server_error',
      code: null,
      message: 'server busy, please try again.  maximum pending requests exceeded',
    },
    anthropic: { type: 'api_error', message: 'server busy' },
    ollama: { message: 'server busy, please try again.  maximum pending requests exceeded' },
  },
  context_length: {
    status: 400,
    openai: {
      type: 'invalid_request_error',
      code: 'context_length_exceeded',
      message: 'The context is too long.',
    },
    anthropic: { type: 'invalid_request_error', message: 'prompt is too long' },
    ollama: { message: 'the input length exceeds the context length' },
  },
};

export function errorBody(
  protocol: Protocol,
  kind: ErrorKind,
  message: string | undefined,
  requestId: string,
): { status: number; body: string } {
  const shape = shapes[kind];
  switch (protocol) {
    case 'openai': {
      const { type, code, message: usual } = shape.openai;
      return {
        status: shape.status,
        body: JSON.stringify({ error: { message: message ?? usual, type, param: null, code } }),
      };
    }
    case 'anthropic': {
      const { type, message: usual, details } = shape.anthropic;
      const error = { type, message: message ?? usual, ...(details === undefined ? {} : { details }) };
      return {
        status: shape.anthropic.status ?? shape.status,
        body: JSON.stringify({ type: 'error', error, request_id: requestId }),
      };
    }
    default:
      return {
        status: shape.ollama.status ?? shape.status,
        body: JSON.stringify({ error: message ?? shape.ollama.message }),
      };
  }
}

/** `retryAfter` in seconds, where the provider says when to come back. */
export function errorHeaders(
  kind: ErrorKind,
  retryAfter: number | undefined,
): Record<string, string | number> {
  return kind === 'rate_limit' && retryAfter !== undefined ? { 'retry-after': retryAfter } : {};
}

/** An error in the middle of a stream that began with 200. */
export function errorFrame(protocol: Protocol): string {
  switch (protocol) {
    case 'openai':
      return `data: ${JSON.stringify({ error: { message: 'The server had an error while processing your request (simulated).', type: 'server_error', param: null, code: null } })}\n\n`;
    case 'anthropic':
      return `event: error\ndata: ${JSON.stringify({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })}\n\n`;
    default:
      return `${JSON.stringify({ error: 'an error was encountered while running the model: simulated' })}\n`;
  }
}
