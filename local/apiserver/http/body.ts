// Request bodies: JSON, YAML or protobuf of a bounded size and depth.
import type { IncomingMessage } from 'node:http'
import { messageOf, StatusError } from '../../kernel/errors.ts'
import type { Json } from '../../kernel/object.ts'

/** 3 MiB, the limit of the real API server. */
export const largestBody = 3 * 1024 * 1024

/** Deeper than any object of the API; what is nested further is an attack on the stack. */
const deepestBody = 256

/**
 * The parsed body; undefined when there is none. Protobuf and YAML are read where the content type names them.
 * Throws RequestEntityTooLarge, UnsupportedMediaType or BadRequest.
 */
export async function readJson(request: IncomingMessage): Promise<Json | undefined> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  const body = await readBody(request)
  if (body.length === 0) return undefined
  // Few clients send these, so their readers are loaded with the first such body.
  if (type === 'application/vnd.kubernetes.protobuf') return (await import('../protobuf/read.ts')).readProtobuf(body)
  return type === 'application/yaml' ? parseYaml(body.toString('utf8')) : readText(body.toString('utf8'))
}

/** The body of an apply patch, which may be YAML or JSON. */
export async function readYaml(request: IncomingMessage): Promise<Json | undefined> {
  const body = (await readBody(request)).toString('utf8')
  // What clients send is JSON nearly always, and its reader tells flaws better.
  return /^\s*[{[]/.test(body) ? readText(body) : parseYaml(body)
}

async function parseYaml(text: string): Promise<Json> {
  const { parse } = await import('yaml')
  try {
    // Back and forth through JSON: aliases become copies, dates and the like text.
    return readText(JSON.stringify(parse(text, { maxAliasCount: 100 }) ?? null)) ?? null
  } catch (error) {
    if (error instanceof StatusError) throw error
    throw new StatusError('BadRequest', `the body of the request is not YAML: ${messageOf(error)}`)
  }
}

function readText(text: string): Json | undefined {
  if (text.trim() === '') return undefined
  const value = parse(text)
  if (depthOf(text) > deepestBody)
    throw new StatusError('BadRequest', `the body nests deeper than ${deepestBody} levels`)
  return value
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > largestBody) throw tooLarge()
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > largestBody) throw tooLarge()
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof StatusError) throw error
    throw new StatusError('BadRequest', `the body of the request did not come to its end: ${messageOf(error)}`)
  }
  return Buffer.concat(chunks)
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
