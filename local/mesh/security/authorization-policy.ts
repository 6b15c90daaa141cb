// Compiles the rules of an AuthorizationPolicy into conditions, as Istio makes an RBAC policy of each rule.
import type { AuthorizationPolicy, Operation, Rule, Source } from '../../api/istio/types.ts'
import { addressBlock } from './address-block.ts'
import type { Condition, Test } from './condition.ts'
import { pathMatch, principalMatch, regexMatch, type TextMatch, textMatch } from './text-match.ts'

export interface CompiledRule {
  /** As Envoy's response code details quote it: `ns[NS]-policy[NAME]-rule[N]`. */
  name: string
  /** One entry must hold, and in it every condition: who asks … */
  principals: readonly (readonly Condition[])[]
  /** … and for what. */
  permissions: readonly (readonly Condition[])[]
}

/** What a value is compared with; undefined when it cannot be read (no address, no port). */
type MakeTest = (value: string) => Test | undefined

/** What is asked: a request of HTTP, or a connection of bytes, of which values of HTTP cannot be read. */
export type Asked = 'request' | 'connection'

const valuesOfHttp: ReadonlySet<Test['kind']> = new Set([
  ...(['header', 'host', 'method', 'path', 'request-principal', 'claim'] as const),
])

/** A policy without rules has none that matches: ALLOW then allows nothing. */
export function compileRules(policy: AuthorizationPolicy, asked: Asked = 'request'): CompiledRule[] {
  const { namespace = '', name } = policy.metadata
  const wide = policy.spec?.action === 'DENY' || policy.spec?.action === 'AUDIT'
  return (policy.spec?.rules ?? []).flatMap((rule, index) => {
    const compiled = compileRule(rule ?? {}, namespace, wide, asked)
    return compiled ? [{ name: `ns[${namespace}]-policy[${name}]-rule[${index}]`, ...compiled }] : []
  })
}

/** Values that cannot be read narrow an ALLOW by its whole rule, and widen a DENY by being left out. */
function compileRule(
  rule: Rule,
  namespace: string,
  wide: boolean,
  asked: Asked,
): Omit<CompiledRule, 'name'> | undefined {
  const unread = { found: false }
  const condition = (
    values: readonly string[] = [],
    notValues: readonly string[] = [],
    make: MakeTest,
  ): Condition[] => {
    if (values.length === 0 && notValues.length === 0) return []
    const read = (value: string): Test[] => {
      const test = make(value)
      const isRead = test !== undefined && (asked === 'request' || !valuesOfHttp.has(test.kind))
      if (!isRead) unread.found = true
      return isRead ? [test] : []
    }
    return [{ values: values.flatMap(read), notValues: notValues.flatMap(read) }]
  }
  const when = (rule.when ?? []).flatMap(({ key, values, notValues }) => condition(values, notValues, testOf(key)))
  const from = (source: Source) => [...sourceConditions(source, namespace, condition), ...when]
  const principals = rule.from?.length ? rule.from.map(({ source }) => from(source ?? {})) : [when]
  const permissions = rule.to?.length
    ? rule.to.map(({ operation }) => operationConditions(operation ?? {}, condition))
    : [[]]
  return unread.found && !wide ? undefined : { principals, permissions }
}

type MakeCondition = (
  values: readonly string[] | undefined,
  notValues: readonly string[] | undefined,
  make: MakeTest,
) => Condition[]

function sourceConditions(source: Source, namespace: string, condition: MakeCondition): Condition[] {
  return [
    ...condition(source.principals, source.notPrincipals, testOf('source.principal')),
    ...condition(source.serviceAccounts, source.notServiceAccounts, serviceAccountTest(namespace)),
    ...condition(source.requestPrincipals, source.notRequestPrincipals, testOf('request.auth.principal')),
    ...condition(source.namespaces, source.notNamespaces, testOf('source.namespace')),
    ...condition(source.ipBlocks, source.notIpBlocks, testOf('source.ip')),
    ...condition(source.remoteIpBlocks, source.notRemoteIpBlocks, testOf('remote.ip')),
  ]
}

function operationConditions(operation: Operation, condition: MakeCondition): Condition[] {
  const text = (kind: 'method' | 'path' | 'host', match: (value: string) => TextMatch): MakeTest => {
    return value => ({ kind, match: match(value) })
  }
  const host = (value: string) => textMatch(value, { ignoreCase: true, evenEmpty: true })
  return [
    ...condition(operation.hosts, operation.notHosts, text('host', host)),
    ...condition(
      operation.methods,
      operation.notMethods,
      text('method', value => textMatch(value, { evenEmpty: true })),
    ),
    ...condition(operation.paths, operation.notPaths, text('path', pathMatch)),
    ...condition(operation.ports, operation.notPorts, testOf('destination.port')),
  ]
}

/** `name` stands for the policy's own namespace, `namespace/name` for another. */
function serviceAccountTest(namespace: string): MakeTest {
  return value => {
    const [first = '', second] = value.split('/')
    const [ns, account] = second === undefined ? [namespace, first] : [first, second]
    return { kind: 'principal', match: regexMatch(`spiffe://.+/ns/${ns}/(?:.+/|)sa/${account}(?:/.+)?`) }
  }
}

/** The attribute a `when` key names. */
function testOf(key: string): MakeTest {
  const fixed = attributes[key]
  if (fixed) return fixed
  const header = /^request\.headers\[(.+)\]$/.exec(key)?.[1]
  if (header)
    return value => ({ kind: 'header', name: header.toLowerCase(), match: textMatch(value, { evenEmpty: true }) })
  if (key.startsWith('request.auth.claims[')) {
    const path = key.slice('request.auth.claims['.length, -1).split('][')
    return value => ({ kind: 'claim', path, match: textMatch(value) })
  }
  return () => undefined
}

const attributes: Readonly<Record<string, MakeTest>> = {
  'source.principal': value => ({ kind: 'principal', match: principalMatch(value) }),
  'source.namespace': value => ({
    kind: 'principal',
    match: regexMatch(`.*/ns/${value.replaceAll('*', '.*')}/.*`),
  }),
  'source.serviceAccount': serviceAccountTest(''),
  'request.auth.principal': requestPrincipalTest,
  'request.auth.audiences': value => ({ kind: 'claim', path: ['aud'], match: textMatch(value) }),
  'request.auth.presenter': value => ({ kind: 'claim', path: ['azp'], match: textMatch(value) }),
  'connection.sni': value => ({ kind: 'sni', match: textMatch(value) }),
  'source.ip': value => addressTest('source-ip', value),
  'remote.ip': value => addressTest('remote-ip', value),
  'destination.ip': value => addressTest('destination-ip', value),
  'destination.port': value => (/^\d{1,5}$/.test(value) ? { kind: 'port', port: Number(value) } : undefined),
}

function addressTest(kind: 'source-ip' | 'remote-ip' | 'destination-ip', value: string): Test | undefined {
  const block = addressBlock(value)
  return block && { kind, block }
}

/** `issuer/subject`, split at the last slash since issuers are URLs; a `*` at either end takes its part whole. */
function requestPrincipalTest(value: string): Test {
  const anything: TextMatch = { kind: 'present', evenEmpty: false }
  const slash = value.lastIndexOf('/')
  if (value === '*') return { kind: 'request-principal', issuer: anything, subject: anything }
  if (slash < 0) {
    const match = textMatch(value)
    if (value.startsWith('*')) return { kind: 'request-principal', issuer: anything, subject: match }
    return { kind: 'request-principal', issuer: match, subject: value.endsWith('*') ? anything : textMatch('') }
  }
  const [issuer, subject] = [value.slice(0, slash), value.slice(slash + 1)]
  const exact = (text: string): TextMatch => ({ kind: 'exact', value: text, ignoreCase: false })
  if (value.startsWith('*')) return { kind: 'request-principal', issuer: textMatch(issuer), subject: exact(subject) }
  const subjectMatch = value.endsWith('*') ? textMatch(subject) : exact(subject)
  return { kind: 'request-principal', issuer: exact(issuer), subject: subjectMatch }
}
