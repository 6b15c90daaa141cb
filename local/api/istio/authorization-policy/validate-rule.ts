// One rule of an AuthorizationPolicy: sources, operations and conditions.
import { eachItem, type Finding, flaw, flawIf } from '../finding.ts'
import type { Condition, Operation, Rule, Source } from './types.ts'
import { attributeFlaw } from './validate-condition.ts'
import { goName } from './validate-custom.ts'
import { emptyValueFlaw, ipFlaws, pathTemplateFlaw, portFlaws, serviceAccountFlaw } from './validate-values.ts'

/** `index` is the rule's number, which Istio's sentences name. */
export function ruleFlaws({ from, to, when }: Partial<Rule>, path: string, index: number): Finding[] {
  const found = `found at rule ${index}`
  return [
    ...eachItem(from, `${path}.from`, ({ source }, at) =>
      source ? sourceFlaws(source, `${at}.source`, found) : [flaw(at, `\`from.source\` must not be nil, ${found}`)],
    ),
    ...eachItem(to, `${path}.to`, ({ operation }, at) =>
      operation
        ? operationFlaws(operation, `${at}.operation`, found)
        : [flaw(at, `\`to.operation\` must not be nil, ${found}`)],
    ),
    ...eachItem(when, `${path}.when`, conditionFlaws),
  ]
}

const isEmpty = (lists: Source | Operation): boolean => Object.values(lists).every(values => values.length === 0)

const addressFields = ['ipBlocks', 'notIpBlocks', 'remoteIpBlocks', 'notRemoteIpBlocks'] as const

/** In the order Istio looks at them. */
const sourceFields = [
  'principals',
  'requestPrincipals',
  'namespaces',
  'serviceAccounts',
  'ipBlocks',
  'remoteIpBlocks',
  'notPrincipals',
  'notRequestPrincipals',
  'notNamespaces',
  'notServiceAccounts',
  'notIpBlocks',
  'notRemoteIpBlocks',
] as const

function sourceFlaws(source: Source, path: string, found: string): Finding[] {
  const { principals, notPrincipals, namespaces, notNamespaces, serviceAccounts, notServiceAccounts } = source
  const count = (...lists: (string[] | undefined)[]) => lists.flatMap(values => values ?? []).length
  const mixed =
    count(principals, notPrincipals, namespaces, notNamespaces) > 0 && count(serviceAccounts, notServiceAccounts) > 0
  return [
    ...flawIf(mixed, path, `cannot set serviceAccounts with namespaces or principals, ${found}`),
    ...flawIf(isEmpty(source), path, `\`from.source\` must not be empty, ${found}`),
    ...addressFields.flatMap(field => ipFlaws(source[field], `${path}.${field}`)),
    ...sourceFields.flatMap(field => {
      const check = field.toLowerCase().endsWith('serviceaccounts') ? serviceAccountFlaw : emptyValueFlaw
      return fieldFlaws(source[field], field, path, check)
    }),
  ]
}

const operationFields = [
  'ports',
  'methods',
  'paths',
  'hosts',
  'notPorts',
  'notMethods',
  'notPaths',
  'notHosts',
] as const

function operationFlaws(operation: Operation, path: string, found: string): Finding[] {
  return [
    ...flawIf(isEmpty(operation), path, `\`to.operation\` must not be empty, ${found}`),
    ...portFlaws(operation.ports, `${path}.ports`),
    ...portFlaws(operation.notPorts, `${path}.notPorts`),
    ...operationFields.flatMap(field => fieldFlaws(operation[field], field, path, emptyValueFlaw)),
    ...fieldFlaws(operation.paths, 'paths', path, pathTemplateFlaw),
    ...fieldFlaws(operation.notPaths, 'notPaths', path, pathTemplateFlaw),
  ]
}

type FieldRule = (values: readonly string[], field: string) => string | undefined

function fieldFlaws(values: string[] | undefined, field: string, path: string, rule: FieldRule): Finding[] {
  const sentence = rule(values ?? [], goName(field))
  return sentence ? [flaw(`${path}.${field}`, sentence)] : []
}

function conditionFlaws({ key, values = [], notValues = [] }: Partial<Condition>, path: string): Finding[] {
  if (!key) return [flaw(`${path}.key`, '`key` must not be empty')]
  if (values.length + notValues.length === 0) {
    return [flaw(path, `at least one of \`values\` or \`notValues\` must be set for key ${key}`)]
  }
  const [wrong, wrongNot] = [attributeFlaw(key, values), attributeFlaw(key, notValues)]
  return [
    ...(wrong ? [flaw(path, `invalid \`value\` for \`key\` ${key}: ${wrong}`)] : []),
    ...(wrongNot ? [flaw(path, `invalid \`notValue\` for \`key\` ${key}: ${wrongNot}`)] : []),
  ]
}
