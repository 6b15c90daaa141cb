// What a VirtualService is bound to: gateways, the sidecars of the mesh, or both.
import { fqdnFlaws } from '../fields/host-name.ts'
import { isDnsLabel } from '../fields/label.ts'
import { type Finding, flaw, flawIf, quoted, warning } from '../finding.ts'
import type { HttpRoute } from './types.ts'

/** Istio takes one that names `mesh` beside gateways for one of the mesh. */
export interface Binding {
  mesh: boolean
  gateway: boolean
}

export function binding(gateways: readonly string[] | undefined): Binding {
  const gateway = !!gateways?.length && !gateways.includes('mesh')
  return { mesh: !gateway, gateway }
}

/** `name`, `namespace/name`, or the old full name. Istio looks no further than the first without a slash. */
export function gatewayNameFindings(names: readonly string[] | undefined, path: string): Finding[] {
  const written = names ?? []
  const firstPlain = written.findIndex(name => !name.includes('/'))
  return written
    .slice(0, firstPlain < 0 ? undefined : firstPlain + 1)
    .flatMap((name, index) => nameFindings(name, `${path}[${index}]`))
}

function nameFindings(name: string, path: string): Finding[] {
  const slash = name.indexOf('/')
  if (slash < 0) return [...legacyWarning(name, path), ...fqdnFlaws(name, path)]
  const [namespace, gateway] = [name.slice(0, slash), name.slice(slash + 1)]
  return [
    ...flawIf(namespace === '' || gateway === '', path, 'config namespace and gateway name cannot be empty'),
    ...flawIf(!isDnsLabel(namespace), path, `invalid value for namespace: ${quoted(namespace)}`),
    ...flawIf(!isDnsLabel(gateway), path, `invalid value for gateway name: ${quoted(gateway)}`),
  ]
}

function legacyWarning(name: string, path: string): Finding[] {
  const [gateway, namespace] = name.split('.')
  if (namespace === undefined) return []
  const better = quoted(`${namespace}/${gateway}`)
  const sentence = `using legacy gatewayName format ${quoted(name)}; prefer the <namespace>/<name> format: ${better}`
  return [warning(path, sentence)]
}

const claimPrefix = '@request.auth.claims'

/** `@request.auth.claims.sub`, `@request.auth.claims[a][b]`: routing by a claim of the caller's token. */
export function isRoutingClaim(header: string): boolean {
  if (!header.toLowerCase().startsWith(claimPrefix)) return false
  return /^(\..+|\[.+\])$/s.test(header.slice(claimPrefix.length))
}

/** Claims are only there at gateways. */
export function routingClaimFlaws(
  routes: readonly HttpRoute[] | undefined,
  gateways: readonly string[] = [],
): Finding[] {
  return (routes ?? []).flatMap((route, rule) =>
    (route.match ?? []).flatMap(({ headers = {}, withoutHeaders = {} }, index) =>
      [...Object.keys(headers), ...Object.keys(withoutHeaders)].filter(isRoutingClaim).map(key => {
        const found = `found no gateways: [${gateways.join(' ')}]`
        const sentence = `JWT claim based routing (key: ${key}) is only supported for gateway, ${found}`
        return flaw(`spec.http[${rule}].match[${index}]`, sentence)
      }),
    ),
  )
}
