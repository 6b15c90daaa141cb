// What a kind of the API is: one value of this type a kind, listed in registry.ts.
import type { FieldError } from '../kernel/errors.ts'
import type { KubeObject } from '../kernel/object.ts'
import type { ListKeys } from './list-keys.ts'
import type { Schema, SchemaFlaw } from './schema.ts'

/** What defaulting and validation may look at besides the object: they read no clock and no store themselves. */
export interface AdmissionContext {
  /** The object as stored, on updates. */
  before?: KubeObject
  /** Who asks: written into creator and lastModifier annotations. */
  user: string
  /** Milliseconds since the epoch. */
  now: number
  /** Data of a ConfigMap (`config-defaults` of `knative-serving`, …); empty when there is none. */
  config(namespace: string, name: string): Record<string, string>
}

/** A printer column: what `kubectl get` shows. */
export interface Column {
  name: string
  type: 'string' | 'integer' | 'date' | 'boolean'
  /** A JSONPath as CRDs write it: `.status.conditions[?(@.type=='Ready')].status`. */
  path: string
  /** What is printed where a path cannot say it: `2/3` containers ready. Comes before `path`. */
  cell?(object: KubeObject): string
  /** 0 is always shown; 1 only with `-o wide`. */
  priority?: number
  description?: string
}

/** Everything the API server, the reader of YAML and the command line know of a kind. */
export interface Kind {
  group: string
  /** The stored version first; further ones are served with the same shape. */
  versions: readonly string[]
  kind: string
  /** One sentence: what `kubectl explain` begins with. */
  description?: string
  plural: string
  singular: string
  shortNames?: readonly string[]
  categories?: readonly string[]
  namespaced: boolean
  /** True when the kind has a status subresource. */
  status: boolean
  /** Known fields and their types: unknown ones are refused, as strict decoding refuses them. */
  schema: Schema
  /** Strict decoding, for kinds with a decoder of their own; without one it is that of the schema. */
  decode?(object: KubeObject): SchemaFlaw[]
  /** True when the server keeps unknown fields of spec, so that it is the webhook's decoder that refuses them. */
  openSpec?: boolean
  columns: readonly Column[]
  /** True when other columns say what it is about: the name comes last, and with `-o wide` only, as of Events. */
  nameLast?: true
  /** Keys of the items of lists, for kinds built into Kubernetes; lists of other kinds are replaced whole. */
  strategic?: ListKeys
  /** For a kind whose objects nobody makes by hand: what to make instead, as the end of a sentence. */
  instead?: string
  /** Fills in what the user left out; changes `object`, which is the caller's own copy. */
  setDefaults?(object: KubeObject, context: AdmissionContext): void
  /** All flaws, in the order Knative's and Istio's webhooks print them. */
  validate?(object: KubeObject, context: AdmissionContext): FieldError[]
  /** What the webhook says aloud of an object that it lets pass. */
  warnings?(object: KubeObject, context: AdmissionContext): readonly string[]
  /** The webhook's name, as refusals quote it: `validation.webhook.serving.knative.dev`. */
  webhook?: string
  /** How that webhook words what it refuses; without it, as Knative's do. */
  refusal?: Refusal
  /** A webhook of another project that also judges objects of this kind, once the kind's own rules hold. */
  guard?: Guard
}

export interface Refusal {
  /** Of what its decoder cannot read. */
  decoding(flaws: readonly SchemaFlaw[]): string
  /** Of what its rules deny. */
  denied(flaws: readonly FieldError[]): string
}

export interface Guard {
  /** The webhook's name, as refusals quote it: `config.webhook.serving.knative.dev`. */
  webhook: string
  validate(object: KubeObject, context: AdmissionContext): FieldError[]
}
