// Annotations that Istio's webhook looks at on objects of every kind.
import { type Finding, flaw, quoted } from './finding.ts'
import type { Subject } from './subject.ts'

const dryRun = 'istio.io/dry-run'
const alwaysReject = 'internal.istio.io/webhook-always-reject'
const internal = ['internal.istio.io/parent-namespace', 'internal.istio.io/parents']

/** At most one flaw: nothing else is looked at then. `dryRunnable`: the kind is AuthorizationPolicy. */
export function annotationFlaws(subject: Subject<{ action?: string }>, dryRunnable: boolean): Finding[] {
  const { annotations } = subject
  const flawed = (annotation: string, sentence: string) => [flaw(`metadata.annotations[${annotation}]`, sentence)]
  const dryRunSentence = dryRunFlaw(subject, dryRunnable)
  if (dryRunSentence) return flawed(dryRun, dryRunSentence)
  if (alwaysReject in annotations) return flawed(alwaysReject, `${quoted(alwaysReject)} annotation found, rejecting`)
  const found = internal.find(one => one in annotations)
  return found ? flawed(found, `${quoted(found)} annotation found, this may not be set by users`) : []
}

function dryRunFlaw(subject: Subject<{ action?: string }>, dryRunnable: boolean): string | undefined {
  const { annotations, namespace, name, spec } = subject
  const value = annotations[dryRun]
  if (value === undefined) return undefined
  const who = `${namespace}/${name}`
  if (!dryRunnable) return `${who} has unsupported annotation ${dryRun}, please remove the annotation`
  const { action = 'ALLOW' } = spec
  if (action !== 'ALLOW' && action !== 'DENY') {
    return `the annotation ${dryRun} currently only supports action ALLOW/DENY, found action ${action} in ${who}`
  }
  if (/^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(value)) return undefined
  const refused = `strconv.ParseBool: parsing ${quoted(value)}: invalid syntax`
  return `${who} has annotation ${dryRun} with invalid value (${value}): ${refused}`
}
