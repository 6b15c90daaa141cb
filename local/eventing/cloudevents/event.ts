// A CloudEvent in memory, and the rules its attributes obey (CloudEvents 1.0, section "Context Attributes").

/** `attributes` holds every context attribute but the data, extensions too, in their canonical string form. */
export interface CloudEvent {
  attributes: Record<string, string>
  /** Undefined when the event carries none. */
  data: Buffer | undefined
}

/** An input that is no CloudEvent; the message names the attribute and the rule. */
export class NotACloudEvent extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NotACloudEvent'
  }
}

// 0.3 is still taken, as Knative's ingress takes it.
const versions = new Set(['1.0', '0.3'])
const required = ['id', 'source', 'type'] as const
const attributeName = /^[a-z0-9]+$/
const date = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])/
const time = /[Tt](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/
const timestamp = new RegExp(date.source + time.source)
// Letters, digits and the reserved and unreserved marks of RFC 3986; everything else must be percent-encoded there.
const uriReference = /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=\u00a0-\uffff ]|%[0-9A-Fa-f]{2})+$/

/** Throws `NotACloudEvent` when an attribute is missing, badly named or badly written. */
export function checkEvent({ attributes }: CloudEvent): void {
  const version = attributes.specversion
  if (!version) throw new NotACloudEvent('specversion is missing: 1.0 is expected')
  if (!versions.has(version)) throw new NotACloudEvent(`specversion is ${version}: 1.0 is expected`)
  for (const name of required) if (!attributes[name]) throw new NotACloudEvent(`${name} is missing or empty`)
  for (const name in attributes) {
    if (!attributeName.test(name)) {
      throw new NotACloudEvent(`attribute ${JSON.stringify(name)}: names consist of lower-case letters and digits`)
    }
  }
  checkForms(attributes)
}

function checkForms(attributes: Record<string, string>): void {
  if (attributes.time !== undefined && !timestamp.test(attributes.time)) {
    throw new NotACloudEvent(`time is ${attributes.time}: a timestamp as in RFC 3339 is expected`)
  }
  for (const name of ['source', 'dataschema', 'schemaurl']) {
    const value = attributes[name]
    if (value !== undefined && !uriReference.test(value))
      throw new NotACloudEvent(`${name} is ${value}: a URI is expected`)
  }
  for (const name of ['dataschema', 'subject', 'datacontenttype']) {
    if (attributes[name] === '') throw new NotACloudEvent(`${name} is empty: leave it out instead`)
  }
}
