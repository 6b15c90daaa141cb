// Request bodies: JSON of a bounded size and depth.
import type { IncomingMessage } from 'node:http'
import { messageOf, StatusError } from '../kernel/errors.ts'
import type { Json } from '../kernel/object.ts'

/** 3 MiB, the limit of the real API server. */
export const largestBody = 3 * 1024 * 1024

/** Deeper than any object of the API; what is nested further is an attack on the stack. */
const deepestBody = 256

/** The parsed body; undefined when there is none. Throws RequestEntityTooLarge or BadRequest. */
export async function readJson(request: IncomingMessage): Promise<Json | undefined> {
  const text = await readText(request)
  if (text.trim() === '') return undefined
  const value = parse(text)
  if (depthOf(text) > deepestBody)
    throw new StatusError('BadRequest', `the body nests deeper than ${deepestBody} levels`)
  return value
}

async function readText(request: IncomingMessage): Promise<string> {
  if (Number(request.headers['content-length'] ?? 0) > largestBody) throw tooLarge()
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > largestBody) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parse(text: string): Json {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new StatusError('BadRequest', `the body of the request is not JSON: ${messageOf(error)}`)
  }
}

/** How deep the brackets of valid JSON nest, strings left out. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[{]|[\]}]/g)) {
    if (token === '[' || token === '{') deepest = Math.max(deepest, ++depth)
    else if (token === ']' || token === '}') depth--
  }
  return deepest
}

function tooLarge(): StatusError {
  return new StatusError('RequestEntityTooLarge', `Request entity too large: limit is ${largestBody}`)
}
