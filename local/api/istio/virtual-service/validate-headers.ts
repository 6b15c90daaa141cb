// What a rule sets, adds and removes of headers.
import { headerFormatFlaw } from '../fields/header-format.ts'
import { eachEntry, eachItem, type Finding, flaw, quoted } from '../finding.ts'
import type { HeaderOperations, Headers, HttpRewrite } from './types.ts'

/** A header name as HTTP allows it. */
export const headerToken = /^[!#$%&'*+\-.^_`|~A-Za-z0-9]+$/

/** The authority may be set and added to a request; nothing else that begins with a colon may be touched. */
export function headersFlaws(headers: Headers | undefined, path: string): Finding[] {
  return [
    ...operationFlaws(headers?.request, settableFlaw, `${path}.request`),
    ...operationFlaws(headers?.response, changeableFlaw, `${path}.response`),
  ]
}

type NameRule = (name: string) => string | undefined

function operationFlaws(operations: HeaderOperations | undefined, settable: NameRule, path: string): Finding[] {
  const entryFlaws = (value: string, name: string, at: string) =>
    [settable(name), valueFlaw(value)].filter(sentence => sentence !== undefined).map(sentence => flaw(at, sentence))
  return [
    ...eachEntry(operations?.add, `${path}.add`, entryFlaws),
    ...eachEntry(operations?.set, `${path}.set`, entryFlaws),
    ...eachItem(operations?.remove, `${path}.remove`, (name, at) => {
      const sentence = changeableFlaw(name)
      return sentence ? [flaw(at, sentence)] : []
    }),
  ]
}

const settableFlaw: NameRule = name => (isAuthority(name) ? undefined : changeableFlaw(name))

const changeableFlaw: NameRule = name => {
  if (name === '') return 'header name cannot be empty'
  if (name.toLowerCase() === 'host') return `invalid header ${quoted(name)}: cannot set Host header`
  return name.startsWith(':') ? `invalid header ${quoted(name)}: header cannot have ":" prefix` : undefined
}

const isAuthority = (name: string): boolean => [':authority', 'host'].includes(name.toLowerCase())

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const controlCharacters = /[\u0000-\u0008\u000a-\u001f\u007f]/

function valueFlaw(value: string): string | undefined {
  if (controlCharacters.test(value)) return `header value configuration ${value} is invalid`
  const wrong = headerFormatFlaw(value)
  return wrong && `header value configuration: ${wrong}`
}

/** The authority is rewritten in one place only. */
export function authorityFlaws(
  rewrite: HttpRewrite | undefined,
  headers: Headers | undefined,
  path: string,
): Finding[] {
  const { set = {}, add = {} } = headers?.request ?? {}
  let current = rewrite?.authority ?? ''
  for (const [name, value] of [...Object.entries(set), ...Object.entries(add)]) {
    if (!isAuthority(name)) continue
    const tries = `have ${quoted(current)}, attempting to set ${quoted(value)}`
    if (current !== '') return [flaw(path, `authority header cannot be set multiple times: ${tries}`)]
    current = value
  }
  return []
}
