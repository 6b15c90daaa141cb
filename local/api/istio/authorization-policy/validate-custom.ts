// What a policy that asks an external authorizer may hold: Istio has to decide without tokens and identities.
import { type Finding, flaw, flawIf } from '../finding.ts'
import type { AuthorizationPolicySpec, Rule } from './types.ts'

export function customActionFlaws({ rules, provider }: AuthorizationPolicySpec): Finding[] {
  if (!rules?.length) return [meaningless('CUSTOM')]
  return [
    ...flawIf(!provider?.name, 'spec.provider', '`provider.name` must not be empty'),
    ...rules.flatMap((rule, index) => unsupportedParts(rule).map(part => unsupported(part, `spec.rules[${index}]`))),
  ]
}

/** An action that never happens. */
export function meaningless(action: 'CUSTOM' | 'DENY'): Finding {
  const never = `${action} action without \`rules\` is meaningless as it will never be triggered`
  return flaw('spec.rules', `${never}, add an empty rule \`{}\` if you want it be triggered for every request`)
}

const unsupported = (part: string, path: string): Finding =>
  flaw(path, `${part} is currently not supported with CUSTOM action`)

const unsupportedSources = [
  'namespaces',
  'notNamespaces',
  'serviceAccounts',
  'notServiceAccounts',
  'principals',
  'notPrincipals',
  'requestPrincipals',
  'notRequestPrincipals',
] as const

const unsupportedKeys = /^(source\.namespace|source\.serviceAccount|source\.principal|request\.auth\..*)$/s

function unsupportedParts({ from = [], when = [] }: Rule): string[] {
  return [
    ...from.flatMap(({ source }) =>
      unsupportedSources.filter(field => source?.[field]?.length).map(field => `From.${goName(field)}`),
    ),
    ...when.map(({ key }) => key ?? '').filter(key => unsupportedKeys.test(key)),
  ]
}

/** `NotPaths` of `notPaths`: fields as Istio names them in its sentences. */
export const goName = (field: string): string => field.charAt(0).toUpperCase() + field.slice(1)
