// Keys of conditions: which attributes there are, and what their values look like.
import { type Finding, joinedText } from '../finding.ts'
import { emptyValueFlaw, ipFlaws, portFlaws, serviceAccountFlaw } from './validate-values.ts'

type ValueRule = (key: string, values: readonly string[]) => string | undefined

const free: ValueRule = () => undefined
const listed = (rule: (values: readonly string[], path: string) => Finding[]): ValueRule => {
  return (_, values) => {
    const flaws = rule(values, '')
    return flaws.length > 0 ? joinedText(flaws) : undefined
  }
}
const addresses = listed(ipFlaws)

const byName: Record<string, ValueRule> = {
  'source.ip': addresses,
  'remote.ip': addresses,
  'source.namespace': free,
  'source.serviceAccount': (key, values) => serviceAccountFlaw(values, key),
  'source.principal': free,
  'request.auth.principal': free,
  'request.auth.audiences': free,
  'request.auth.presenter': free,
  'destination.ip': addresses,
  'destination.port': listed(portFlaws),
  'connection.sni': free,
  'destination.namespace': key => `attribute ${key} is replaced by the metadata.namespace`,
  'destination.name': key => `deprecated attribute ${key}: only supported in v1alpha1`,
  'destination.user': key => `deprecated attribute ${key}: only supported in v1alpha1`,
}

/** `request.headers[x]`: something has to stand in the brackets. */
const bracketed: ValueRule = key => {
  const open = key.indexOf('[')
  const valid = key.endsWith(']') && open > 0 && open < key.length - 2
  return valid ? undefined : `bad key (${key}): should have format a[b]`
}

const byPrefix: [string, ValueRule][] = [
  ['request.headers', bracketed],
  ['request.auth.claims', bracketed],
  ['experimental.envoy.filters.', bracketed],
  ['destination.labels', key => `attribute ${key} is replaced by the workload selector`],
]

/** What is wrong with a key, or with its values. */
export function attributeFlaw(key: string, values: readonly string[]): string | undefined {
  const empty = emptyValueFlaw(values, key)
  if (empty) return empty
  const [, prefixed] = byPrefix.find(([prefix]) => key.startsWith(prefix)) ?? []
  const rule = Object.hasOwn(byName, key) ? byName[key] : prefixed
  return rule ? rule(key, values) : `unknown attribute: ${key}`
}
