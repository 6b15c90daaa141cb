// The verbs of a resource: get, list, watch, create, update, patch, delete, and the same for its status.
import type { Clock } from '../../kernel/clock.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { methodNotAllowed, sendJson, unknownResource } from '../http/errors.ts'
import { pageOf } from '../lists/paging.ts'
import { selectorOf } from '../lists/selectors.ts'
import { watchObjects } from '../lists/watch.ts'
import { flag } from '../lists/watch-options.ts'
import { deleteCollection, deleteObject } from './deletion.ts'
import { patchOf } from './patch.ts'
import { apiVersionOf, keyIn, objectBody, type ResourceCall, writeOptions } from './resource-call.ts'

/** Lists, watches, creates in, or empties a collection. */
export async function handleCollection(call: ResourceCall, clock: Clock): Promise<void> {
  switch (call.request.method) {
    case 'GET':
      return flag(call.query.get('watch')) ? watch(call, clock) : list(call)
    case 'POST':
      return send(call, 201, call.client.create(await objectBody(call), writeOptions(call)))
    case 'DELETE':
      return deleteCollection(call)
    default:
      throw methodNotAllowed()
  }
}

/** Reads, replaces, patches or deletes one object. */
export async function handleObject(call: ResourceCall): Promise<void> {
  switch (call.request.method) {
    case 'GET':
      return send(call, 200, found(call))
    case 'PUT':
      return send(call, 200, call.client.update(await objectBody(call), writeOptions(call)))
    case 'PATCH':
      return patch(call, false)
    case 'DELETE':
      return deleteObject(call)
    default:
      throw methodNotAllowed()
  }
}

/** Reads, replaces or patches the status of one object. */
export async function handleStatus(call: ResourceCall): Promise<void> {
  if (!call.kind.status) throw unknownResource()
  switch (call.request.method) {
    case 'GET':
      return send(call, 200, found(call))
    case 'PUT':
      return send(call, 200, call.client.updateStatus(await objectBody(call), writeOptions(call)))
    case 'PATCH':
      return patch(call, true)
    default:
      throw methodNotAllowed()
  }
}

function send({ response, rendering }: ResourceCall, code: number, object: KubeObject): void {
  sendJson(response, code, rendering.one(object))
}

function found(call: ResourceCall): KubeObject {
  const { group, kind, namespace, name } = keyIn(call)
  return call.client.get({ group, kind }, namespace, name)
}

export function list({ source, kind, path, query, rendering, response }: ResourceCall): void {
  const page = pageOf(source, { kind, namespace: path.namespace }, selectorOf(query), query)
  sendJson(response, 200, rendering.list(page.objects, page.metadata))
}

export function watch({ source, kind, path, query, rendering, response }: ResourceCall, clock: Clock): void {
  const bookmark = (metadata: Record<string, unknown>) => ({
    kind: kind.kind,
    apiVersion: apiVersionOf(path),
    metadata,
  })
  const request = {
    scope: { kind, namespace: path.namespace },
    selector: selectorOf(query),
    query,
    rendering,
    bookmark,
  }
  watchObjects(source, clock, request, response)
}

async function patch(call: ResourceCall, status: boolean): Promise<void> {
  const patch = await patchOf(call)
  // Patches see the object as the client sees it, under the version of the path.
  const options = { ...writeOptions(call), status, apiVersion: apiVersionOf(call.path) }
  if (patch.type !== 'apply') return send(call, 200, call.client.patch(keyIn(call), patch, options))
  // Of a status that is applied nobody is recorded as manager: it is merged.
  if (status) return send(call, 200, call.client.patch(keyIn(call), { type: 'merge', patch: patch.patch }, options))
  const { object, created } = call.client.applyFields(keyIn(call), patch, options)
  send(call, created ? 201 : 200, object)
}
