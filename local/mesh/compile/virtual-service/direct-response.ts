// `directResponse`: the proxy itself answers.
import type { HttpDirectResponse } from '../../../api/istio/types.ts'
import type { DirectResponseAction } from '../../table/route.ts'

/** The text is literal: nothing is filled in. */
export function compileDirectResponse({ status, body }: HttpDirectResponse): DirectResponseAction {
  return { kind: 'direct-response', status, body: bodyOf(body) }
}

function bodyOf(body: HttpDirectResponse['body']): Buffer | undefined {
  if (body?.string !== undefined) return Buffer.from(body.string)
  return body?.bytes === undefined ? undefined : Buffer.from(body.bytes, 'base64')
}
