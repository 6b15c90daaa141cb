// Tokens to a tree, by the grammar the CloudEvents project publishes beside the specification (CESQLParser.g4).
import type { BinaryOperator, Node } from './ast.ts'
import { ParseError } from './errors.ts'
import { type Token, tokensOf } from './lexer.ts'

/** From the loosest to the tightest. */
const binaryLevels: readonly (readonly string[])[] = [
  ['AND', 'OR', 'XOR'],
  ['=', '!=', '<>', '>=', '<=', '<', '>'],
  ['+', '-'],
  ['*', '/', '%'],
]
const keywords = new Set(['AND', 'OR', 'XOR', 'NOT', 'LIKE', 'EXISTS', 'IN', 'TRUE', 'FALSE'])

// Parsing and evaluation descend once a level: what people write stays far below, and the stack is never at risk.
const maxDepth = 200
const maxTokens = 2_000
const maxInteger = 2 ** 31

/** The tree of `expression`. Throws `ParseError` with the column of what is wrong. */
export function parseTree(expression: string): Node {
  const tokens = tokensOf(expression)
  const tooLong = tokens[maxTokens]
  if (tooLong) throw new ParseError(`more than ${maxTokens} words and signs`, tooLong.column)
  return new Parser(tokens).whole()
}

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  whole(): Node {
    const node = this.#binary(0)
    if (this.#next.type !== 'end') throw this.#unexpected('an operator or the end')
    return node
  }

  get #next(): Token {
    return this.#tokens[this.#at] ?? { type: 'end', text: '', column: 1 }
  }

  #binary(level: number): Node {
    const operators = binaryLevels[level]
    if (!operators) return this.#postfix()
    let left = this.#binary(level + 1)
    for (;;) {
      const operator = this.#takeOneOf(operators) as BinaryOperator | undefined
      if (!operator) return left
      // Knative's evaluator groups AND, OR and XOR to the right, as the published grammar says.
      const right = level === 0 ? this.#deeper(() => this.#binary(0)) : this.#binary(level + 1)
      left = { type: 'binary', operator, left, right }
    }
  }

  // LIKE and IN bind tighter than all binary operators, looser than the unary ones.
  #postfix(): Node {
    let operand = this.#unary()
    for (;;) {
      const negated = this.#isWord('NOT') && this.#isWordAfter('LIKE', 'IN')
      if (negated) this.#at += 1
      const test = this.#like(operand) ?? this.#in(operand)
      if (!test) return operand
      operand = negated ? { type: 'not', operand: test } : test
    }
  }

  #like(operand: Node): Node | undefined {
    if (!this.#takeWord('LIKE')) return undefined
    if (this.#next.type !== 'string') throw this.#unexpected('a string, the pattern')
    return { type: 'like', operand, pattern: this.#take().text }
  }

  #in(operand: Node): Node | undefined {
    if (!this.#takeWord('IN')) return undefined
    this.#expect('(')
    return { type: 'in', operand, set: this.#list() }
  }

  #unary(): Node {
    if (this.#takeWord('NOT')) return { type: 'not', operand: this.#deeper(() => this.#unary()) }
    if (!this.#takeOneOf(['-'])) {
      this.#takeSign()
      return this.#primary()
    }
    // The smallest integer has no positive counterpart, so a sign before digits is a part of the literal.
    if (this.#next.type === 'integer') return this.#integer(-1)
    return { type: 'negate', operand: this.#deeper(() => this.#unary()) }
  }

  // A plus sign is a part of an integer, and nothing else.
  #takeSign(): void {
    if (this.#next.text === '+' && this.#tokens[this.#at + 1]?.type === 'integer') this.#at += 1
  }

  #primary(): Node {
    const { type, text } = this.#next
    if (type === 'integer') return this.#integer(1)
    if (type === 'string') return { type: 'literal', value: this.#take().text }
    if (this.#takeOneOf(['('])) {
      const node = this.#deeper(() => this.#binary(0))
      this.#expect(')')
      return node
    }
    if (this.#takeWord('EXISTS')) return { type: 'exists', name: this.#attribute() }
    if (this.#isWord('TRUE') || this.#isWord('FALSE')) {
      return { type: 'literal', value: this.#take().text.toUpperCase() === 'TRUE' }
    }
    if (type === 'word' && this.#tokens[this.#at + 1]?.text === '(') return this.#call(text)
    return { type: 'attribute', name: this.#attribute() }
  }

  #call(name: string): Node {
    if (!/^[A-Za-z][A-Za-z_]*$/.test(name)) throw this.#unexpected('a function of letters and _')
    this.#at += 2
    if (this.#takeOneOf([')'])) return { type: 'call', name: name.toUpperCase(), arguments: [] }
    return { type: 'call', name: name.toUpperCase(), arguments: this.#list() }
  }

  /** One or more expressions up to the closing bracket. */
  #list(): Node[] {
    const items = [this.#deeper(() => this.#binary(0))]
    while (this.#takeOneOf([','])) items.push(this.#deeper(() => this.#binary(0)))
    this.#expect(')')
    return items
  }

  #attribute(): string {
    const { type, text } = this.#next
    const isName = type === 'integer' || (type === 'word' && !text.includes('_') && !keywords.has(text.toUpperCase()))
    if (!isName) throw this.#unexpected('a value')
    return this.#take().text.toLowerCase()
  }

  #integer(sign: 1 | -1): Node {
    const { text, column } = this.#take()
    const value = sign * Number(text)
    if (value < -maxInteger || value >= maxInteger) throw new ParseError(`${text} is no 32-bit integer`, column)
    return { type: 'literal', value: value === 0 ? 0 : value }
  }

  #deeper(parse: () => Node): Node {
    this.#depth += 1
    if (this.#depth > maxDepth) throw new ParseError(`nested deeper than ${maxDepth} levels`, this.#next.column)
    const node = parse()
    this.#depth -= 1
    return node
  }

  #take(): Token {
    const token = this.#next
    this.#at += 1
    return token
  }

  #takeWord(word: string): boolean {
    const found = this.#isWord(word)
    if (found) this.#at += 1
    return found
  }

  /** The operator that stands next, in upper case, when it is one of these; it is taken. */
  #takeOneOf(operators: readonly string[]): string | undefined {
    const { type, text } = this.#next
    const operator = text.toUpperCase()
    if ((type !== 'symbol' && type !== 'word') || !operators.includes(operator)) return undefined
    this.#at += 1
    return operator
  }

  #isWord(word: string): boolean {
    return this.#next.type === 'word' && this.#next.text.toUpperCase() === word
  }

  #isWordAfter(...words: string[]): boolean {
    const after = this.#tokens[this.#at + 1]
    return after?.type === 'word' && words.includes(after.text.toUpperCase())
  }

  #expect(symbol: string): void {
    if (!this.#takeOneOf([symbol])) throw this.#unexpected(symbol)
  }

  #unexpected(expected: string): ParseError {
    const { type, text, column } = this.#next
    return new ParseError(`${expected} is expected, found ${type === 'end' ? 'the end' : text}`, column)
  }
}
