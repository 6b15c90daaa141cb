// PATCH bodies: which kind of patch a content type announces.
import type { JsonPatchStep, Patch } from '../api/patch.ts'
import { StatusError } from '../kernel/errors.ts'
import type { Json } from '../kernel/object.ts'

/** The patch of a body. Throws UnsupportedMediaType for patches not served, BadRequest for a body of the wrong shape. */
export function patchOf(contentType: string | undefined, body: Json | undefined): Patch {
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? ''
  if (type === 'application/merge-patch+json') return { type: 'merge', patch: mergeBody(body) }
  if (type === 'application/json-patch+json') return { type: 'json', patch: jsonSteps(body) }
  const served = 'application/json-patch+json, application/merge-patch+json'
  const sentence = `the body of the request was in an unknown format - accepted media types include: ${served}`
  throw new StatusError('UnsupportedMediaType', sentence)
}

function mergeBody(body: Json | undefined): Json {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body
  throw new StatusError('BadRequest', 'a merge patch is a JSON object')
}

function jsonSteps(body: Json | undefined): JsonPatchStep[] {
  const isStep = (step: Json) => typeof step === 'object' && step !== null && !Array.isArray(step)
  if (Array.isArray(body) && body.every(isStep)) return body as unknown as JsonPatchStep[]
  throw new StatusError('BadRequest', 'a JSON patch is an array of operations')
}
