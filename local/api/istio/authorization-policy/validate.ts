// The rules of an AuthorizationPolicy as Istio's webhook has them (pkg/config/validation of Istio 1.29).
import { attachmentFindings } from '../fields/selector.ts'
import { eachItem, type Finding, flawIf, isError, warning } from '../finding.ts'
import type { Subject } from '../subject.ts'
import type { AuthorizationPolicySpec, Rule } from './types.ts'
import { customActionFlaws, meaningless } from './validate-custom.ts'
import { ruleFlaws } from './validate-rule.ts'

/** Every error names the policy; a rule is named by its number. */
export function authorizationPolicyFindings({ spec, name, namespace }: Subject<AuthorizationPolicySpec>): Finding[] {
  const { action = 'ALLOW', rules, provider } = spec
  const findings = [
    ...attachmentFindings(spec, 'spec'),
    ...(action === 'CUSTOM' ? customActionFlaws(spec) : []),
    ...flawIf(
      provider !== undefined && action !== 'CUSTOM',
      'spec.provider',
      `\`provider\` must not be with non CUSTOM action, found ${action}`,
    ),
    ...(action === 'DENY' && !rules?.length ? [meaningless('DENY')] : []),
    ...eachItem(rules, 'spec.rules', (rule, at, index) => [
      ...ruleFlaws(rule, at, index),
      ...(action === 'DENY' && isHttpOnly(rule) ? [warning(at, deniesTcp)] : []),
    ]),
  ]
  const prefix = `invalid policy ${name}.${namespace}: `
  return findings.map(finding => (isError(finding) ? { ...finding, message: prefix + finding.message } : finding))
}

const deniesTcp =
  'configured AuthorizationPolicy will deny all traffic to TCP ports under its scope due to the use of only HTTP ' +
  'attributes in a DENY rule; it is recommended to explicitly specify the port'

/** Attributes of HTTP cannot be told of a TCP connection, and a DENY then denies. */
function isHttpOnly({ from = [], to = [] }: Rule): boolean {
  const sources = from.flatMap(({ source }) => (source ? [source] : []))
  const operations = to.flatMap(({ operation }) => (operation ? [operation] : []))
  const tcpSource = sources.some(source =>
    Object.entries(source).some(([field, values]) => values.length > 0 && !/request/i.test(field)),
  )
  const tcpOperation = operations.some(({ ports, notPorts }) => ports?.length || notPorts?.length)
  return operations.length > 0 ? !tcpOperation : sources.length > 0 && !tcpSource
}
