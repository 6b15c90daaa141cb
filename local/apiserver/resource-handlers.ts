// The verbs of a resource: get, list, create, update, patch, delete, and the same for its status.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ApiClient } from '../api/client.ts'
import type { Kind } from '../api/kind.ts'
import { StatusError } from '../kernel/errors.ts'
import type { Json, KubeObject, ObjectKey } from '../kernel/object.ts'
import { keyOf } from '../kernel/object.ts'
import type { DeleteOptions } from '../kernel/object-store.ts'
import { readJson } from './body.ts'
import { methodNotAllowed, sendJson, unknownResource } from './errors.ts'
import { patchOf } from './patch.ts'
import type { ResourcePath } from './router.ts'
import { selectorOf } from './selectors.ts'

/** A request for a resource whose kind is known. */
export interface ResourceCall {
  client: ApiClient
  kind: Kind
  path: ResourcePath
  query: URLSearchParams
  request: IncomingMessage
  response: ServerResponse
}

/** Lists, creates in, or empties a collection. */
export async function handleCollection(call: ResourceCall): Promise<void> {
  switch (call.request.method) {
    case 'GET':
      return sendJson(call.response, 200, listOf(call, selected(call)))
    case 'POST':
      return sendJson(call.response, 201, served(call, call.client.create(await objectBody(call), writeOptions(call))))
    case 'DELETE':
      return deleteCollection(call)
    default:
      throw methodNotAllowed()
  }
}

/** Reads, replaces, patches or deletes one object. */
export async function handleObject(call: ResourceCall): Promise<void> {
  const { client, response } = call
  const key = keyIn(call)
  switch (call.request.method) {
    case 'GET':
      return sendJson(response, 200, served(call, client.get(key, key.namespace, key.name)))
    case 'PUT':
      return sendJson(response, 200, served(call, client.update(await objectBody(call), writeOptions(call))))
    case 'PATCH':
      return sendJson(response, 200, served(call, await patched(call, key, false)))
    case 'DELETE':
      return deleteObject(call, key)
    default:
      throw methodNotAllowed()
  }
}

/** Reads, replaces or patches the status of one object. */
export async function handleStatus(call: ResourceCall): Promise<void> {
  if (!call.kind.status) throw unknownResource()
  const { client, response } = call
  const key = keyIn(call)
  switch (call.request.method) {
    case 'GET':
      return sendJson(response, 200, served(call, client.get(key, key.namespace, key.name)))
    case 'PUT':
      return sendJson(response, 200, served(call, client.updateStatus(await objectBody(call), writeOptions(call))))
    case 'PATCH':
      return sendJson(response, 200, served(call, await patched(call, key, true)))
    default:
      throw methodNotAllowed()
  }
}

/** The object under the version the path names. */
export function served<T extends KubeObject>({ path }: Pick<ResourceCall, 'path'>, object: T): T {
  return { ...object, apiVersion: apiVersionOf(path) }
}

const apiVersionOf = ({ group, version }: ResourcePath) => (group ? `${group}/${version}` : version)

function selected({ client, kind, path, query }: ResourceCall): KubeObject[] {
  const options = path.namespace === undefined ? {} : { namespace: path.namespace }
  return client.list(kind, options).filter(selectorOf(query))
}

function listOf(call: ResourceCall, objects: KubeObject[]): unknown {
  return {
    apiVersion: apiVersionOf(call.path),
    kind: `${call.kind.kind}List`,
    metadata: { resourceVersion: String(call.client.version) },
    items: objects.map(object => served(call, object)),
  }
}

async function patched(call: ResourceCall, key: ObjectKey, status: boolean): Promise<KubeObject> {
  const patch = patchOf(call.request.headers['content-type'], await readJson(call.request))
  // Patches see the object as the client sees it, under the version of the path.
  return call.client.patch(key, patch, { ...writeOptions(call), status, apiVersion: apiVersionOf(call.path) })
}

async function deleteObject(call: ResourceCall, key: ObjectKey): Promise<void> {
  const options = deleteOptions(call, await readJson(call.request))
  const last = call.client.delete(key, { ...options, ...writeOptions(call) })
  // An object that stays for its finalizers is shown; one that is gone leaves a receipt.
  const stays = last.metadata.finalizers?.length && last.metadata.deletionTimestamp
  sendJson(call.response, 200, stays ? served(call, last) : receipt(call.kind, last))
}

async function deleteCollection(call: ResourceCall): Promise<void> {
  const options = deleteOptions(call, await readJson(call.request))
  const objects = selected(call)
  for (const object of objects) deleteStanding(call, keyOf(object), options)
  sendJson(call.response, 200, listOf(call, objects))
}

/** Deletes what may be gone already with its owner, an earlier object of the same collection. */
function deleteStanding(call: ResourceCall, key: ObjectKey, options: DeleteOptions): void {
  try {
    call.client.delete(key, { ...options, ...writeOptions(call) })
  } catch (error) {
    if (!(error instanceof StatusError && error.reason === 'NotFound')) throw error
  }
}

function receipt({ group, plural }: Kind, { metadata }: KubeObject): unknown {
  const details = { name: metadata.name, ...(group ? { group } : {}), kind: plural, uid: metadata.uid }
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details }
}

/** `DeleteOptions` come in the body; clients also send them in the query. */
function deleteOptions({ query }: ResourceCall, body: Json | undefined): DeleteOptions {
  if (body !== undefined && (typeof body !== 'object' || body === null || Array.isArray(body))) {
    throw new StatusError('BadRequest', 'the body of a DELETE is a DeleteOptions object')
  }
  const { propagationPolicy, preconditions, orphanDependents } = (body ?? {}) as {
    propagationPolicy?: string
    orphanDependents?: boolean
    preconditions?: { uid?: string; resourceVersion?: string }
  }
  const policy = propagationPolicy ?? query.get('propagationPolicy') ?? 'Background'
  if (!['Orphan', 'Background', 'Foreground'].includes(policy)) {
    throw new StatusError(
      'Invalid',
      `propagationPolicy: Unsupported value: "${policy}": supported values: "Background", "Foreground", "Orphan"`,
    )
  }
  const { uid, resourceVersion } = preconditions ?? {}
  return {
    ...(uid ? { uid } : {}),
    ...(resourceVersion ? { resourceVersion } : {}),
    orphan: policy === 'Orphan' || orphanDependents === true,
  }
}

function writeOptions({ query }: ResourceCall): { dryRun: boolean } {
  const dryRun = query.getAll('dryRun')
  if (dryRun.every(one => one === 'All')) return { dryRun: dryRun.length > 0 }
  throw new StatusError('BadRequest', `dryRun: Unsupported value: "${dryRun.join(',')}": supported values: "All"`)
}

function keyIn({ kind, path }: ResourceCall): ObjectKey {
  return { group: kind.group, kind: kind.kind, namespace: path.namespace ?? '', name: path.name ?? '' }
}

/** The object of the body, with what the path says about it filled in. Throws BadRequest where they disagree. */
async function objectBody(call: ResourceCall): Promise<KubeObject> {
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
