// `corsPolicy`: which pages of other origins may read the answers.
import type { CorsPolicy as CorsPolicyField } from '../../../api/istio/types.ts'
import type { CorsPolicy } from '../../table/route.ts'
import { durationMs } from './duration.ts'
import { compileStringMatch } from './string-match.ts'

/** Without any origin it does nothing. Lists become the header values that are sent, joined without spaces. */
export function compileCors(cors: CorsPolicyField | undefined): CorsPolicy | undefined {
  const origins = cors?.allowOrigins ?? cors?.allowOrigin?.map(exact => ({ exact }))
  if (!cors || !origins?.length) return undefined
  const maxAge = durationMs(cors.maxAge)
  return {
    allowOrigins: origins.map(compileStringMatch),
    allowMethods: (cors.allowMethods ?? []).join(','),
    allowHeaders: (cors.allowHeaders ?? []).join(','),
    exposeHeaders: (cors.exposeHeaders ?? []).join(','),
    maxAge: maxAge === undefined ? '' : String(Math.trunc(maxAge / 1_000)),
    allowCredentials: cors.allowCredentials ?? false,
    forwardNotMatchingPreflights: cors.unmatchedPreflights !== 'IGNORE',
  }
}
