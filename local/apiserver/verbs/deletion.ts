// Deleting one object or a whole collection, with the options clients send in body and query.
import type { WriteOptions } from '../../api/client.ts'
import type { Kind } from '../../api/kind.ts'
import { StatusError } from '../../kernel/errors.ts'
import { type Json, type KubeObject, keyOf, type ObjectKey } from '../../kernel/object.ts'
import type { DeleteOptions } from '../../kernel/object-store.ts'
import { readJson } from '../http/body.ts'
import { sendJson } from '../http/errors.ts'
import { pageOf } from '../lists/paging.ts'
import { selectorOf } from '../lists/selectors.ts'
import { isDryRun, keyIn, type ResourceCall, writeOptions } from './resource-call.ts'

export async function deleteObject(call: ResourceCall): Promise<void> {
  const options = deleteOptions(call, await readJson(call.request))
  const last = call.client.delete(keyIn(call), options)
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
function deleteStanding(call: ResourceCall, key: ObjectKey, options: DeleteOptions & WriteOptions): void {
  try {
    call.client.delete(key, options)
  } catch (error) {
    if (!(error instanceof StatusError && error.reason === 'NotFound')) throw error
  }
}

function receipt({ group, plural }: Kind, { metadata }: KubeObject): unknown {
  const details = { name: metadata.name, ...(group ? { group } : {}), kind: plural, uid: metadata.uid }
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details }
}

/** `DeleteOptions` come in the body; clients also send them in the query. Throws BadRequest and Invalid. */
function deleteOptions(call: ResourceCall, body: Json | undefined): DeleteOptions & WriteOptions {
  const { propagationPolicy, preconditions, orphanDependents, dryRun = [] } = optionsIn(body)
  const policy = propagationPolicy ?? call.query.get('propagationPolicy') ?? 'Background'
  if (!policies.includes(policy)) {
    const supported = 'supported values: "Background", "Foreground", "Orphan"'
    throw new StatusError('Invalid', `propagationPolicy: Unsupported value: "${policy}": ${supported}`)
  }
  const { uid, resourceVersion } = preconditions ?? {}
  const written = writeOptions(call)
  return {
    ...written,
    dryRun: written.dryRun || isDryRun(dryRun),
    ...(uid ? { uid } : {}),
    ...(resourceVersion ? { resourceVersion } : {}),
    orphan: policy === 'Orphan' || orphanDependents === true,
    foreground: policy === 'Foreground',
  }
}

const policies = ['Orphan', 'Background', 'Foreground']

interface OptionsBody {
  propagationPolicy?: string
  dryRun?: string[]
  orphanDependents?: boolean
  preconditions?: { uid?: string; resourceVersion?: string }
}

function optionsIn(body: Json | undefined): OptionsBody {
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)
  const { dryRun, preconditions } = (isObject(body) ? body : {}) as OptionsBody
  const wrong = [
    ...(body === undefined || isObject(body) ? [] : ['the body of a DELETE is a DeleteOptions object']),
    ...(dryRun === undefined || Array.isArray(dryRun) ? [] : ['dryRun: expected array']),
    ...(preconditions === undefined || isObject(preconditions) ? [] : ['preconditions: expected object']),
  ]
  if (wrong[0]) throw new StatusError('BadRequest', wrong[0])
  return (body ?? {}) as OptionsBody
}
