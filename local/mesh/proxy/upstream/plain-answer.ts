// An answer written behind the gateway, by Knative's own hops: it looks like a function's.

import type { AnswerSink } from '../client.ts'
import { responseHead } from '../headers/response-headers.ts'

/** Head, body and end at once; `text/plain; charset=utf-8` unless `headers` say otherwise. */
export function answerPlainly(
  client: AnswerSink,
  method: string,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const own = Object.entries(headers).flatMap(([name, value]) => [name.toLowerCase(), value])
  const typed = own.includes('content-type') ? own : ['content-type', 'text/plain; charset=utf-8', ...own]
  const bytes = Buffer.from(body)
  const head = responseHead(status, [...typed, 'content-length', String(bytes.length)], bytes.length)
  const shown = method !== 'HEAD' && bytes.length > 0
  client.head(head, shown ? bytes.length : 0)
  if (shown) client.body(bytes)
  client.end([])
  client.flush()
}
