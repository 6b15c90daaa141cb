// The Accept header: which of the forms an answer can take the client likes best.
import { StatusError } from '../../kernel/errors.ts'

/** One media type of an Accept header with its parameters: `as=Table;v=v1;g=meta.k8s.io`. */
export interface Accepted {
  type: string
  parameters: Readonly<Record<string, string>>
}

/** The media types of an Accept header, the best first; no header takes anything. */
export function acceptedTypes(header: string | undefined): Accepted[] {
  const types = (header || '*/*').split(',').map(parseType)
  // Clients list what they like best first; only a weight changes that.
  return types.sort((a, b) => weightOf(b) - weightOf(a))
}

function parseType(text: string): Accepted {
  const [type = '', ...rest] = text.split(';').map(part => part.trim())
  const pairs = rest.map(part => part.split('=', 2) as [string, string])
  return { type: type.toLowerCase(), parameters: Object.fromEntries(pairs) }
}

function weightOf({ parameters }: Accepted): number {
  const weight = Number(parameters.q ?? 1)
  return Number.isNaN(weight) ? 1 : weight
}

/** True for what JSON answers: `application/json`, with or without a form in its parameters. */
export function isJson({ type }: Accepted): boolean {
  return type === 'application/json' || type === 'application/*' || type === '*/*'
}

/** The refusal of a header that names nothing served. */
export function notAcceptable(served = 'application/json'): StatusError {
  return new StatusError('NotAcceptable', `only the following media types are accepted: ${served}`)
}
