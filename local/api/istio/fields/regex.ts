// Regular expressions of specs: RE2, with a length that keeps Envoy's programs small.
import { RE2JS } from 're2js'
import { messageOf } from '../../../kernel/errors.ts'
import { type Finding, flaw, quoted } from '../finding.ts'

const longest = 1024

/** `where` begins the sentence: it names the field as Istio does. */
export function regexFlaws(regex: string, where: string, path: string): Finding[] {
  if (Buffer.byteLength(regex) > longest) {
    return [flaw(path, `${quoted(where)}: regex is too large, max length allowed is 1024`)]
  }
  const wrong = re2Flaw(regex)
  const hint = 'Istio uses RE2 style regex-based match (https://github.com/google/re2/wiki/Syntax)'
  return wrong === undefined ? [] : [flaw(path, `${quoted(where)}: ${wrong}; ${hint}`)]
}

/** Why RE2 refuses an expression, in the words of Go's regexp. */
export function re2Flaw(regex: string): string | undefined {
  try {
    RE2JS.compile(regex)
    return undefined
  } catch (error) {
    // Go always quotes the faulty part, also when it is empty.
    return messageOf(error).replace(/^(error parsing regexp: [^`]*[^`:])$/, '$1: ``')
  }
}
