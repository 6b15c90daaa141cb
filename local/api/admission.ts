// What stands between a request and the store: strict decoding, metadata rules, defaults, the kind's own validation.
import { type FieldError, StatusError } from '../kernel/errors.ts'
import type { KubeObject } from '../kernel/object.ts'
import { goTypeError } from './go-decoding.ts'
import type { AdmissionContext, Kind } from './kind.ts'
import { metadataFlaws } from './metadata.ts'
import { withoutFields } from './prune.ts'
import { nullFlaws, type SchemaFlaw, schemaFlaws } from './schema.ts'

/** What is wrong with an object; at most one of the lists is filled, because each step needs the one before it. */
export interface Verdict {
  /** The defaulted copy; as far as it came when there are flaws. */
  object: KubeObject
  /** Unknown fields and wrong types. */
  decoding: SchemaFlaw[]
  /** Flaws of name, namespace, labels and annotations. */
  metadata: FieldError[]
  /** Flaws the kind's rules or its guard name. */
  denied: FieldError[]
  /** The webhook that denied it, if it was one. */
  webhook?: string
}

/** Judges an object without throwing; the object itself is left as it is. */
export function judge(kind: Kind, draft: KubeObject, context: AdmissionContext): Verdict {
  const object = withoutNulls(draft)
  object.metadata ??= { name: '' }
  const clean = { object, decoding: [], metadata: [], denied: [] }
  const decoding = [...flawsOf(kind, object), ...nullsOf(kind, draft)]
  if (decoding.length > 0) return { ...clean, decoding }
  const metadata = metadataFlaws(kind, object)
  if (metadata.length > 0) return { ...clean, metadata }
  kind.setDefaults?.(object, context)
  const denied = kind.validate?.(object, context) ?? []
  if (denied.length > 0) return { ...clean, denied, ...(kind.webhook ? { webhook: kind.webhook } : {}) }
  return kind.guard ? { ...clean, denied: kind.guard.validate(object, context), webhook: kind.guard.webhook } : clean
}

/**
 * The defaulted copy of a valid object. Throws the `StatusError` a cluster answers: BadRequest for unknown fields and
 * for what a webhook denies, Invalid for wrong types, metadata, and kinds that no webhook guards.
 */
export function admit(kind: Kind, draft: KubeObject, context: AdmissionContext): KubeObject {
  const { object, decoding, metadata, denied, webhook } = judge(kind, draft, context)
  if (decoding.length > 0) throw undecodable(kind, draft, decoding)
  if (metadata.length > 0) throw invalid(kind, draft, metadata)
  if (denied.length === 0) return object
  if (!webhook) throw invalid(kind, draft, denied)
  const words = webhook === kind.webhook ? kind.refusal?.denied(denied) : undefined
  throw new StatusError('BadRequest', denial(webhook, words ?? knativeWords(denied)))
}

/** The object without fields its kind does not have; `tell` hears of each, as the server warns of them. */
export function pruned(kind: Kind, draft: KubeObject, tell: (text: string) => void): KubeObject {
  const object = withoutNulls(draft)
  const unknown = flawsOf(kind, object).filter(flaw => flaw.kind === 'unknown' && !isWebhooks(kind, flaw))
  for (const flaw of unknown) tell(unknownField(flaw))
  return unknown.length > 0 ? withoutFields(object, unknown) : draft
}

/** The server's own words, whatever decoder a webhook has. */
function unknownField({ path }: SchemaFlaw): string {
  return `unknown field "${path}"`
}

function flawsOf(kind: Kind, object: KubeObject): SchemaFlaw[] {
  return kind.decode?.(object) ?? schemaFlaws(kind.schema, object)
}

/** Nulls of what the user writes; kinds built in and decoders of their own take them for absent. */
function nullsOf({ strategic, decode, schema }: Kind, draft: KubeObject): SchemaFlaw[] {
  if (strategic || decode || schema.type !== 'object') return []
  const { spec } = draft as { spec?: unknown }
  return schema.fields.spec ? nullFlaws(schema.fields.spec, spec, 'spec') : []
}

/** A copy without the fields that hold null, which the API takes for absent; items of arrays stay. */
function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutNulls) as T
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).filter(([, field]) => field !== null && field !== undefined)
  return Object.fromEntries(fields.map(([name, field]) => [name, withoutNulls(field)])) as T
}

/** A flaw as Knative prints it: `message: path`, and its details on a line of their own. */
export function flawText({ message, path, details }: FieldError): string {
  return `${message}: ${path}${details ? `\n${details}` : ''}`
}

function knativeWords(flaws: readonly FieldError[]): string {
  return `validation failed: ${flaws.map(flawText).join('\n')}`
}

function denial(webhook: string, words: string): string {
  return `admission webhook "${webhook}" denied the request: ${words}`
}

function undecodable(kind: Kind, draft: KubeObject, flaws: SchemaFlaw[]): StatusError {
  const unknown = flaws.filter(flaw => flaw.kind === 'unknown' && !isWebhooks(kind, flaw))
  if (unknown.length > 0) return strictError(kind, draft, flaws)
  if (kind.refusal && kind.webhook)
    return new StatusError('BadRequest', denial(kind.webhook, kind.refusal.decoding(flaws)))
  const [first] = flaws
  if (first && kind.strategic) return undecodableAs(kind, draft, goTypeError(kind.kind, first))
  const denied = flaws.find(flaw => isWebhooks(kind, flaw))
  return denied ? mutationError(kind, denied) : invalid(kind, draft, flaws.map(typeFlaw))
}

function strictError(kind: Kind, draft: KubeObject, flaws: SchemaFlaw[]): StatusError {
  const sentences = flaws.map(flaw => (flaw.kind === 'unknown' ? unknownField(flaw) : flaw.message)).join(', ')
  return undecodableAs(kind, draft, `strict decoding error: ${sentences}`)
}

function undecodableAs({ kind }: Kind, { apiVersion }: KubeObject, why: string): StatusError {
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1)
  return new StatusError('BadRequest', `${kind} in version "${version}" cannot be handled as a ${kind}: ${why}`)
}

const validating = 'validation.'

/** True for what Knative's mutating webhook stumbles over before the server looks at the schema. */
function isWebhooks({ webhook, openSpec }: Kind, { path, kind, got }: SchemaFlaw): boolean {
  if (!webhook?.startsWith(`${validating}webhook.`) || !path.startsWith('spec')) return false
  return kind === 'unknown' ? openSpec === true : got !== 'null'
}

function mutationError({ kind, webhook = '' }: Kind, flaw: SchemaFlaw): StatusError {
  const field = flaw.path.slice(flaw.path.lastIndexOf('.') + 1)
  const sentence = flaw.kind === 'unknown' ? `json: unknown field "${field}"` : goTypeError(kind, flaw)
  const words = `mutation failed: cannot decode incoming new object: ${sentence}`
  return new StatusError('BadRequest', denial(webhook.slice(validating.length), words))
}

function typeFlaw({ path, wanted, got }: SchemaFlaw): FieldError {
  return { path, message: `Invalid value: "${got}": ${path} in body must be of type ${wanted}: "${got}"` }
}

/** The Invalid answer: clients that print causes themselves find them in `details`. */
export function invalid(kind: Kind, object: KubeObject, flaws: FieldError[]): StatusError {
  const name = object.metadata?.name ?? ''
  const lines = flaws.map(({ path, message }) => `${path}: ${message}`)
  const text = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`
  const subject = kind.group ? `${kind.kind}.${kind.group}` : kind.kind
  return new StatusError('Invalid', `${subject} "${name}" is invalid: ${text}`, {
    name,
    ...(kind.group ? { group: kind.group } : {}),
    kind: kind.kind,
    causes: flaws.map(({ path, message }) => ({ reason: causeReason(message), message, field: path })),
  })
}

function causeReason(message: string): string {
  if (message.startsWith('Required value')) return 'FieldValueRequired'
  if (message.startsWith('Duplicate value')) return 'FieldValueDuplicate'
  if (message.startsWith('Unsupported value')) return 'FieldValueNotSupported'
  return message.startsWith('Forbidden') ? 'FieldValueForbidden' : 'FieldValueInvalid'
}
