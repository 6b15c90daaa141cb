// What Istio's kinds share: served versions, proto-JSON decoding, and Istio's webhook.
import type { FieldError } from '../../kernel/errors.ts'
import type { KubeObject } from '../../kernel/object.ts'
import type { Column, Kind } from '../kind.ts'
import { anything, objectSchema, type SchemaFlaw, schemaFlaws } from '../schema.ts'
import { type Finding, isError, joinedText } from './finding.ts'
import { canonical } from './proto/canonical.ts'
import { decodingFlaws } from './proto/decode.ts'
import type { Message } from './proto/message.ts'
import { schemaOf } from './proto/schema.ts'
import { type Subject, subjectOf } from './subject.ts'
import { annotationFlaws } from './validate-annotations.ts'

/** A kind of Istio as its folder describes it. */
interface Written<Spec> {
  kind: string
  plural: string
  shortNames?: readonly string[]
  columns?: readonly Column[]
  /** The message of `spec`. */
  message: Message
  /** Errors and warnings of a decoded object, in the webhook's order. */
  findings(subject: Subject<Spec>): Finding[]
}

/** A kind whose objects may also be warned of. */
export interface IstioKind extends Kind {
  findings(object: KubeObject): Finding[]
}

const age: Column = { name: 'Age', type: 'date', path: '.metadata.creationTimestamp' }
const envelope = objectSchema({ spec: anything, status: anything })

function istioKind<Spec>(group: string, versions: readonly string[], written: Written<Spec>): IstioKind {
  const { columns = [], message, findings: findingsOf, ...names } = written
  const findings = (object: KubeObject) => {
    const subject = subjectOf<Spec>(object)
    const forbidden = annotationFlaws(subject as Subject<{ action?: string }>, names.kind === 'AuthorizationPolicy')
    return forbidden.length > 0 ? forbidden : findingsOf(subject)
  }
  return {
    ...names,
    group,
    versions,
    singular: names.kind.toLowerCase(),
    categories: ['istio-io', `${group.slice(0, group.indexOf('.'))}-istio-io`],
    namespaced: true,
    status: true,
    schema: objectSchema({ spec: schemaOf(message), status: anything }),
    columns: [...columns, age],
    decode: object => decode(message, object),
    setDefaults: object => normalise(message, object),
    validate: object => findings(object).filter(isError),
    warnings: object =>
      findings(object)
        .filter(one => !isError(one))
        .map(({ message }) => message),
    webhook: 'validation.istio.io',
    refusal,
    findings,
  }
}

function decode(message: Message, object: KubeObject): SchemaFlaw[] {
  return [...schemaFlaws(envelope, object), ...decodingFlaws(message, specOf(object), 'spec')]
}

/** Specs are kept in their normal form, so that readers need to know one. */
function normalise(message: Message, object: KubeObject): void {
  if (specOf(object) !== undefined) Object.assign(object, { spec: canonical(message, specOf(object)) })
}

const specOf = (object: KubeObject): unknown => (object as KubeObject & { spec?: unknown }).spec

/** The webhook's words: its decoder stops at the first flaw, its rules do not. */
const refusal = {
  decoding: ([first]: readonly SchemaFlaw[]): string => `error decoding configuration: ${first?.message}`,
  denied: (flaws: readonly FieldError[]): string => `configuration is invalid: ${joinedText(flaws)}`,
}

export const networkingKind = <Spec>(kind: Written<Spec>): IstioKind =>
  istioKind('networking.istio.io', ['v1', 'v1beta1', 'v1alpha3'], kind)

/** Kinds of networking that never left their first version. */
export const networkingKindOf = <Spec>(version: string, kind: Written<Spec>): IstioKind =>
  istioKind('networking.istio.io', [version], kind)

export const securityKind = <Spec>(kind: Written<Spec>): IstioKind =>
  istioKind('security.istio.io', ['v1', 'v1beta1'], kind)

export const telemetryGroupKind = <Spec>(kind: Written<Spec>): IstioKind =>
  istioKind('telemetry.istio.io', ['v1', 'v1alpha1'], kind)

/** A column of a plain string or list field. */
export const text = (name: string, path: string, description: string): Column => ({
  name,
  type: 'string',
  path,
  description,
})
