// How the runtime's own endpoints answer: JSON on one line, and refusals as Kubernetes' Status objects.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { StatusError, type StatusReason } from '../../kernel/errors.ts'

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

export function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`)
}

export function refuse(response: ServerResponse, reason: StatusReason, message: string): void {
  answerError(response, new StatusError(reason, message))
}

export function answerError(response: ServerResponse, error: StatusError): void {
  answer(response, error.code, error.toStatus())
}

export function queryOf(request: IncomingMessage): URLSearchParams {
  return new URL(request.url ?? '/', 'http://localhost').searchParams
}
