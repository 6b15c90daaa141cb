// Kubernetes' label selectors over labels.
import type { LabelSelector } from '../../api/sources/types.ts'

type Labels = Readonly<Record<string, string>>
type Requirement = NonNullable<LabelSelector['matchExpressions']>[number]

/** True when all of the selector's requirements hold; an empty one selects everything. */
export function selects({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels = {}): boolean {
  const exact = Object.entries(matchLabels).every(([key, value]) => labels[key] === value)
  return exact && matchExpressions.every(requirement => holds(requirement, labels))
}

function holds({ key, operator, values = [] }: Requirement, labels: Labels): boolean {
  const value = labels[key]
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      return false
  }
}
