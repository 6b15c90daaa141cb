// Answers the proxy gives itself.
import { httpStatusFlaws } from '../fields/status.ts'
import { type Finding, flaw, warning } from '../finding.ts'
import type { HttpBody, HttpDirectResponse } from './http-types.ts'

const kilobyte = 1024

export function directResponseFindings(response: Partial<HttpDirectResponse> | undefined, path: string): Finding[] {
  if (!response) return []
  return [...bodyFindings(response.body, `${path}.body`), ...httpStatusFlaws(response.status ?? 0, `${path}.status`)]
}

function bodyFindings(body: HttpBody | undefined, path: string): Finding[] {
  const size =
    body?.bytes === undefined ? Buffer.byteLength(body?.string ?? '') : Buffer.byteLength(body.bytes, 'base64')
  const sentence = 'large direct_responses may impact control plane performance'
  if (size > 1024 * kilobyte) return [flaw(path, `${sentence}, must be less than 1MB`)]
  return size > 100 * kilobyte ? [warning(path, sentence)] : []
}
