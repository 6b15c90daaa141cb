// Deleting one object or a whole collection, with the options clients send in body and query.
import type { Kind } from '../api/kind.ts'
import { StatusError } from '../kernel/errors.ts'
import { type Json, type KubeObject, keyOf, type ObjectKey } from '../kernel/object.ts'
import type { DeleteOptions } from '../kernel/object-store.ts'
import { readJson } from './body.ts'
import { sendJson } from './errors.ts'
import { pageOf } from './paging.ts'
import { keyIn, type ResourceCall, writeOptions } from './resource-call.ts'
import { selectorOf } from './selectors.ts'

export async function deleteObject(call: ResourceCall): Promise<void> {
  const options = deleteOptions(call, await readJson(call.request))
  const last = call.client.delete(keyIn(call), { ...options, ...writeOptions(call) })
  // An object that stays for its finalizers is shown; one that is gone leaves a receipt.
  const stays = last.metadata.finalizers?.length && last.metadata.deletionTimestamp
  sendJson(call.response, 200, stays ? call.rendering.one(last) : receipt(call.kind, last))
}

export async function deleteCollection(call: ResourceCall): Promise<void> {
  const options = deleteOptions(call, await readJson(call.request))
  const { source, kind, path, query, rendering, response } = call
  const page = pageOf(source, { kind, namespace: path.namespace }, selectorOf(query), query)
  for (const object of page.objects) deleteStanding(call, keyOf(object), options)
  sendJson(response, 200, rendering.list(page.objects, page.metadata))
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
    const supported = 'supported values: "Background", "Foreground", "Orphan"'
    throw new StatusError('Invalid', `propagationPolicy: Unsupported value: "${policy}": ${supported}`)
  }
  const { uid, resourceVersion } = preconditions ?? {}
  return {
    ...(uid ? { uid } : {}),
    ...(resourceVersion ? { resourceVersion } : {}),
    orphan: policy === 'Orphan' || orphanDependents === true,
  }
}
