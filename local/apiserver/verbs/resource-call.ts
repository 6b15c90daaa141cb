// A request for a resource whose kind is known: what its path, query and body say.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ApiClient, WriteOptions } from '../../api/client.ts'
import type { Kind } from '../../api/kind.ts'
import { StatusError } from '../../kernel/errors.ts'
import type { KubeObject, ObjectKey } from '../../kernel/object.ts'
import { readJson } from '../http/body.ts'
import { addWarning } from '../http/errors.ts'
import type { Rendering } from '../http/rendering.ts'
import type { ObjectSource } from '../lists/object-source.ts'
import type { ResourcePath } from '../router.ts'

export interface ResourceCall {
  client: ApiClient
  source: ObjectSource
  kind: Kind
  path: ResourcePath
  query: URLSearchParams
  request: IncomingMessage
  response: ServerResponse
  rendering: Rendering
}

export function apiVersionOf({ group, version }: Pick<ResourcePath, 'group' | 'version'>): string {
  return group ? `${group}/${version}` : version
}

export function keyIn({ kind, path }: ResourceCall): ObjectKey {
  return { group: kind.group, kind: kind.kind, namespace: path.namespace ?? '', name: path.name ?? '' }
}

/** What the query says of a write: dry run, validation of fields, who manages them. Throws BadRequest. */
export function writeOptions({ query, request, response }: ResourceCall): WriteOptions {
  const manager = query.get('fieldManager') || request.headers['user-agent']?.split('/')[0]
  return {
    dryRun: isDryRun(query.getAll('dryRun')),
    fieldValidation: validationOf(query.get('fieldValidation')),
    warn: text => addWarning(response, text),
    ...(manager ? { fieldManager: manager } : {}),
  }
}

/** Throws BadRequest for anything but `All`. */
export function isDryRun(values: readonly string[]): boolean {
  if (values.every(one => one === 'All' || one === '')) return values.includes('All')
  throw new StatusError('BadRequest', `dryRun: Unsupported value: "${values.join(',')}": supported values: "All"`)
}

function validationOf(text: string | null): 'Ignore' | 'Warn' | 'Strict' {
  if (!text) return 'Warn'
  if (text === 'Ignore' || text === 'Warn' || text === 'Strict') return text
  const sentence = `fieldValidation: Unsupported value: "${text}": supported values: "Ignore", "Strict", "Warn"`
  throw new StatusError('BadRequest', sentence)
}

/** The object of the body, with what the path says about it filled in. Throws BadRequest where they disagree. */
export async function objectBody(call: ResourceCall): Promise<KubeObject> {
  const body = await readJson(call.request)
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new StatusError('BadRequest', `the body of the request is not an object of kind ${call.kind.kind}`)
  }
  const { kind, path } = call
  const given = body as Partial<KubeObject>
  mustBe(given.apiVersion, apiVersionOf(path), 'the API version in the data')
  mustBe(given.kind, kind.kind, 'the kind in the data')
  const metadata = given.metadata ?? { name: '' }
  if (typeof metadata !== 'object' || Array.isArray(metadata))
    throw new StatusError('BadRequest', 'metadata: expected object')
  mustBe(metadata.namespace, path.namespace ?? '', 'the namespace of the provided object')
  if (path.name !== undefined) mustBe(metadata.name, path.name, 'the name of the object')
  const placed = path.namespace === undefined ? {} : { namespace: path.namespace }
  const named = path.name === undefined ? {} : { name: path.name }
  return { ...body, apiVersion: apiVersionOf(path), kind: kind.kind, metadata: { ...metadata, ...placed, ...named } }
}

function mustBe(given: unknown, wanted: string, what: string): void {
  if (given === undefined || given === '' || given === wanted) return
  throw new StatusError('BadRequest', `${what} (${given}) does not match what the request says (${wanted})`)
}
