// Answers of the API: objects as JSON, refusals as Kubernetes' `Status`, and the plain 404 clients read as "not installed".
import type { ServerResponse } from 'node:http'
import { messageOf, StatusError } from '../../kernel/errors.ts'
import type { Log } from '../../kernel/log.ts'

export function sendJson(response: ServerResponse, code: number, body: unknown, type = 'application/json'): void {
  const text = `${JSON.stringify(body)}\n`
  response.writeHead(code, { 'content-type': type, 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

export function sendText(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

/** What the real server says of a group it does not have; kn takes exactly this for "Knative is not installed". */
export function sendUnknownPath(response: ServerResponse): void {
  sendText(response, 404, '404 page not found\n')
}

/** Answers with the error's `Status`; what is not the caller's fault is logged and answered as 500. */
export function sendError(response: ServerResponse, error: unknown, log: Log): void {
  // An answer that has begun can only be broken off.
  if (response.headersSent) response.destroy()
  const status = error instanceof StatusError ? error : internal(error, log)
  if (!response.headersSent) sendJson(response, status.code, status.toStatus())
}

function internal(error: unknown, log: Log): StatusError {
  log('error', 'the API failed', { error: error instanceof Error ? error.stack : String(error) })
  return new StatusError('InternalError', `Internal error occurred: ${messageOf(error)}`)
}

/** All warnings of an answer together, in characters: clients refuse larger headers (k8s.io/apiserver warning.go). */
const mostWarned = 4096
/** One warning, once they do not all fit. */
const mostOfOne = 256

/** A warning for whoever reads the answer: kubectl and kn print them. The same one is said once. */
export function addWarning(response: ServerResponse, text: string): void {
  const earlier = [response.getHeader('warning') ?? []].flat().map(String)
  const quoted = text.replace(/[^\x20-\x7e]/g, ' ').replace(/["\\]/g, '\\$&')
  const left = mostWarned - earlier.join('').length
  const warning = `299 - "${quoted.length > left ? quoted.slice(0, mostOfOne) : quoted}"`
  if (!earlier.includes(warning) && left > mostOfOne) response.appendHeader('warning', warning)
}

export function unknownResource(): StatusError {
  return new StatusError('NotFound', 'the server could not find the requested resource')
}

export function methodNotAllowed(): StatusError {
  return new StatusError('MethodNotAllowed', 'the server does not allow this method on the requested resource')
}
