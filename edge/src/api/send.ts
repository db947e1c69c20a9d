import type { Request, Response } from 'express';
import { getExchange } from './exchange.js';
import { toRefusalAnswer } from './refusal-answer.js';
import type { Answer, AnswerSpec } from './route.js';

const JSON_TYPE = 'application/json';

type Headers = Readonly<Record<string, string>>;

/** Sends what a handler answered, in the form that its row documents. */
export function sendAnswer(response: Response, answer: Answer, spec: AnswerSpec | undefined): void {
  const type = spec?.contentType ?? JSON_TYPE;
  const text = type === JSON_TYPE ? JSON.stringify(answer.body) : String(answer.body);
  send(response, answer.status, type, text, answer.headers);
}

/** Sends why there is no answer. */
export function sendRefusal(
  request: Request,
  response: Response,
  error: unknown,
  headers: Headers = {},
): void {
  const refusal = toRefusalAnswer(error, request.headers.accept);
  getExchange(response).refusedFor ??= refusal.reason;
  send(response, refusal.status, refusal.type, refusal.text, { ...headers, ...refusal.headers });
}

/** Sends nothing but a status and headers. */
export function sendEmpty(response: Response, status: number, headers: Headers): void {
  if (isOver(response)) return;
  response.writeHead(status, { 'X-Request-Id': getExchange(response).requestId, ...headers }).end();
}

function send(
  response: Response,
  status: number,
  type: string,
  text: string,
  headers: Headers | undefined,
): void {
  if (isOver(response)) return;
  const bytes = Buffer.from(text);
  response
    .writeHead(status, {
      'Content-Type': type,
      'Content-Length': bytes.length,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'X-Request-Id': getExchange(response).requestId,
      ...headers,
    })
    .end(bytes);
}

/** Whether it is too late: the client is gone, or was told already that its time is over. */
function isOver(response: Response): boolean {
  return response.headersSent || response.destroyed;
}
