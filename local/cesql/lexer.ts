// An expression as tokens. Keywords are told from names by the parser, for names may look like them in other places.
import { ParseError } from './errors.ts'

export interface Token {
  type: 'word' | 'integer' | 'string' | 'symbol' | 'end'
  /** Of a string, what stands between its quotes, with only the escaped quote resolved. */
  text: string
  /** From 1. */
  column: number
}

const patterns: readonly [Token['type'] | 'space', RegExp][] = [
  ['space', /[ \t\r\n]+/y],
  ['integer', /[0-9]+(?![A-Za-z0-9_])/y],
  ['word', /[A-Za-z0-9][A-Za-z0-9_]*/y],
  ['string', /'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"/sy],
  ['symbol', /!=|<>|<=|>=|[=<>+\-*/%(),]/y],
]

/** All tokens of `text`, an `end` after the last. Throws `ParseError` at a character no token begins with. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const token = tokenAt(text, at)
    if (token.type !== 'space') tokens.push({ ...token, type: token.type, text: contentOf(token), column: at + 1 })
    at += token.text.length
  }
  return [...tokens, { type: 'end', text: '', column: text.length + 1 }]
}

function tokenAt(text: string, at: number): { type: Token['type'] | 'space'; text: string } {
  for (const [type, pattern] of patterns) {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    if (found !== undefined) return { type, text: found }
  }
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
  const unclosed = character === "'" || character === '"'
  throw new ParseError(unclosed ? 'a string that is not closed' : `unexpected ${character}`, at + 1)
}

// Other escapes stay as they are: they mean something to LIKE, and nothing elsewhere.
function contentOf({ type, text }: { type: Token['type'] | 'space'; text: string }): string {
  if (type !== 'string') return text
  const quote = text[0] ?? ''
  return text.slice(1, -1).replaceAll(`\\${quote}`, quote)
}
