// Reviews: who asks, and what they may do. Whoever reaches the API may do everything.
import { StatusError } from '../../kernel/errors.ts'
import type { Json } from '../../kernel/object.ts'
import type { Resource } from '../discovery/resource.ts'

/** As the client certificate of a fresh cluster's administrator names him. */
const administrator = { username: 'admin', groups: ['system:masters', 'system:authenticated'] }

const review = (group: string, kind: string, plural: string, namespaced = false): Resource['kind'] => ({
  ...{ group, versions: ['v1'], kind, plural, singular: kind.toLowerCase(), namespaced },
})

export const reviewKinds: readonly Resource['kind'][] = [
  review('authentication.k8s.io', 'SelfSubjectReview', 'selfsubjectreviews'),
  review('authorization.k8s.io', 'SelfSubjectAccessReview', 'selfsubjectaccessreviews'),
  review('authorization.k8s.io', 'SelfSubjectRulesReview', 'selfsubjectrulesreviews'),
  review('authorization.k8s.io', 'SubjectAccessReview', 'subjectaccessreviews'),
  review('authorization.k8s.io', 'LocalSubjectAccessReview', 'localsubjectaccessreviews', true),
]

/** The review of a path's group and plural. */
export function reviewOf(group: string, version: string, plural: string): Resource['kind'] | undefined {
  return reviewKinds.find(one => one.group === group && one.plural === plural && one.versions.includes(version))
}

/** The review as asked, with its verdict. Throws BadRequest for a body that is no object. */
export function answerReview({ group, kind }: Resource['kind'], body: Json | undefined): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new StatusError('BadRequest', `the body of the request is not an object of kind ${kind}`)
  }
  const { metadata = {}, spec = {} } = body
  return {
    kind,
    apiVersion: `${group}/v1`,
    metadata,
    ...(kind === 'SelfSubjectReview' ? {} : { spec }),
    status: verdict(kind),
  }
}

function verdict(kind: string): unknown {
  if (kind === 'SelfSubjectReview') return { userInfo: administrator }
  if (kind !== 'SelfSubjectRulesReview') return { allowed: true }
  return {
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    incomplete: false,
  }
}
