// For tests: what the API says of an object of Istio written in YAML's short form.
import { parse } from 'yaml'
import { messageOf } from '../../kernel/errors.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { admit } from '../admission.ts'
import type { AdmissionContext } from '../kind.ts'
import { createRegistry } from '../registry.ts'
import { validationWarnings } from './kinds.ts'

const registry = createRegistry()
const context: AdmissionContext = { user: 'admin', now: 0, config: () => ({}) }
const webhook = 'admission webhook "validation.istio.io" denied the request: '

/** An object `a` of namespace `app`. */
export function objectOf(kind: string, spec: string, metadata = '{name: a, namespace: app}'): KubeObject {
  const known = registry.kinds.find(one => one.kind === kind && one.group.endsWith('istio.io'))
  const apiVersion = `${known?.group}/${known?.versions[0]}`
  return parse(`{apiVersion: ${apiVersion}, kind: ${kind}, metadata: ${metadata}, spec: ${spec}}`)
}

/** `admitted`, or the refusal without what all refusals of the webhook begin with. */
export function verdictOf(object: KubeObject): string {
  try {
    admitted(object)
    return 'admitted'
  } catch (error) {
    return messageOf(error).replace(webhook, '').replace('configuration is invalid: ', '')
  }
}

/** The object as it is stored. */
export function admitted(object: KubeObject): KubeObject {
  const kind = registry.of(object)
  if (!kind) throw new Error(`no kind ${object.kind}`)
  return admit(kind, object, context)
}

/** The sentences of its warnings. */
export const warningsOf = (object: KubeObject): string[] => validationWarnings(object).map(({ message }) => message)
