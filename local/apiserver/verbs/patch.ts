// PATCH bodies: which kind of patch a content type announces.
import type { JsonPatchStep, Patch } from '../../api/patch.ts'
import { StatusError } from '../../kernel/errors.ts'
import type { Json } from '../../kernel/object.ts'
import { readJson, readYaml } from '../http/body.ts'
import type { ResourceCall } from './resource-call.ts'

/** The patch of a request. Throws UnsupportedMediaType for patches not served, BadRequest for a body of the wrong shape. */
export async function patchOf({ request, kind, query }: ResourceCall): Promise<Patch> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? ''
  switch (type) {
    case 'application/merge-patch+json':
      return { type: 'merge', patch: objectOf(await readJson(request), 'a merge patch is a JSON object') }
    case 'application/json-patch+json':
      return { type: 'json', patch: jsonSteps(await readJson(request)) }
    case 'application/apply-patch+yaml':
      return {
        type: 'apply',
        patch: objectOf(await readYaml(request), 'an apply patch is an object'),
        force: query.get('force') === 'true',
      }
    case 'application/strategic-merge-patch+json':
      if (!kind.strategic) break
      return { type: 'strategic', patch: objectOf(await readJson(request), 'a strategic merge patch is a JSON object') }
  }
  const strategic = kind.strategic ? ', application/strategic-merge-patch+json' : ''
  const served = `application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml${strategic}`
  const sentence = `the body of the request was in an unknown format - accepted media types include: ${served}`
  throw new StatusError('UnsupportedMediaType', sentence)
}

function objectOf(body: Json | undefined, sentence: string): { [key: string]: Json } {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body
  throw new StatusError('BadRequest', sentence)
}

function jsonSteps(body: Json | undefined): JsonPatchStep[] {
  const isStep = (step: Json) => typeof step === 'object' && step !== null && !Array.isArray(step)
  if (Array.isArray(body) && body.every(isStep)) return body as unknown as JsonPatchStep[]
  throw new StatusError('BadRequest', 'a JSON patch is an array of operations')
}
