import { describe, expect, it } from 'vitest'
import { matches, ParseError, parse } from './cesql.ts'

const attributes = {
  ...{ specversion: '1.0', id: 'e-1', source: '/shop/eu', type: 'order.created', subject: 'order-7' },
  ...{ sequence: '10', hop: 3, ttl: 255, urgent: true, note: '' },
}

const evaluate = (expression: string) => {
  const { value, error } = parse(expression).evaluate(attributes)
  return error ? [value, error.kind] : [value]
}

describe('a literal', () => {
  it.each<[string, unknown]>([
    ['TRUE', true],
    ['fAlSe', false],
    ['42', 42],
    ['+42', 42],
    ['-2147483648', -2147483648],
    ['-0', 0],
    ["'it''s'".replace("''", "\\'"), "it's"],
    ['"say \\"hi\\""', 'say "hi"'],
    ["'a\\nb'", 'a\\nb'],
    ["''", ''],
  ])('%s', (expression, value) => expect(evaluate(expression)).toEqual([value]))
})

describe('an attribute', () => {
  it.each<[string, unknown[]]>([
    ['type', ['order.created']],
    ['hop', [3]],
    ['urgent', [true]],
    ['note', ['']],
    ['absent', [false, 'missingAttribute']],
    ['EXISTS subject', [true]],
    ['EXISTS note', [true]],
    ['EXISTS absent', [false]],
    ['NOT EXISTS absent', [true]],
    ['EXISTS constructor', [false]],
    ['constructor', [false, 'missingAttribute']],
    ['data', [false, 'missingAttribute']],
  ])('%s', (expression, result) => expect(evaluate(expression)).toEqual(result))
})

describe('precedence and grouping', () => {
  it.each<[string, unknown]>([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['10 - 4 - 3', 3],
    ['10-4', 6],
    ['10 -4', 6],
    ['-2 * 3', -6],
    ['7 % 4 + 8 / 3', 5],
    ['-7 / 2', -3],
    ['-7 % 2', -1],
    ['1 + 1 = 2', true],
    ['1 < 2 = TRUE', true],
    ["NOT urgent OR type LIKE 'order.%'", true],
    ["type = 'x' AND absent = 1 OR TRUE", false],
    ['TRUE XOR TRUE XOR TRUE', true],
    ["NOT (type = 'x')", true],
    ['--10', 10],
    ["subject NOT LIKE 'order-_' OR 3 NOT IN (1, 2)", true],
  ])('%s', (expression, value) => expect(evaluate(expression)).toEqual([value]))
})

describe('casting', () => {
  it.each<[string, unknown[]]>([
    ['sequence = 10', [true]],
    ["10 = '10'", [true]],
    ["hop = 'x'", [false]],
    ["'x' = hop", [false, 'cast']],
    ["TRUE = 'true'", [true]],
    ["TRUE = 'TRUE'", [false]],
    ["'TRUE' = TRUE", [true]],
    ['sequence + hop', [13]],
    ["'a' + 1", [0, 'cast']],
    ["'99999999999' + 1", [0, 'cast']],
    ['hop < ttl', [true]],
    ["hop LIKE '3'", [true]],
    ["hop IN ('3', 'x')", [true]],
    ["hop IN ('x', '3')", [false, 'cast']],
    ['urgent AND 1', [true]],
    ["urgent AND 'perhaps'", [false, 'cast']],
    ['LENGTH(ttl)', [3]],
    ['NOT 10', [false]],
  ])('%s', (expression, result) => expect(evaluate(expression)).toEqual(result))
})

describe('an error', () => {
  it.each<[string, string, unknown[]]>([
    ['leaves the zero value of the operator’s type', 'absent + 1', [0, 'missingAttribute']],
    ['of a function, that of the function’s', 'CONCAT(absent)', ['', 'missingAttribute']],
    ['of a missing attribute comes before that of the division', 'absent / 0', [0, 'missingAttribute']],
    ['of a division', '1 / 0', [0, 'math']],
    ['of a remainder', '1 % 0', [0, 'math']],
    ['of a function that is not there', 'NOPE(1)', [false, 'missingFunction']],
    ['of one that has no such arity', "LEFT('a')", [false, 'missingFunction']],
    ['of a name every object has', 'TOSTRING()', [false, 'missingFunction']],
    ['is not met behind a false AND', 'FALSE AND absent', [false]],
    ['is not met behind a true OR', 'TRUE OR 1 / 0 = 1', [true]],
    ['is met before', 'absent OR TRUE', [false, 'missingAttribute']],
    ['in a set', 'hop IN (absent, 3)', [false, 'missingAttribute']],
  ])('%s: %s', (_sentence, expression, result) => expect(evaluate(expression)).toEqual(result))
})

describe('a function', () => {
  it.each<[string, unknown[]]>([
    ["length('héllo😀')", [6]],
    ["LEFT('😀bc', 1)", ['😀']],
    ["RIGHT('abc', 0)", ['']],
    ["RIGHT('abc', 2)", ['bc']],
    ["LEFT('abc', -1)", ['abc', 'functionEvaluation']],
    ["SUBSTRING('abcdef', -3, 2)", ['de']],
    ["SUBSTRING('abcdef', 3, 99)", ['cdef']],
    ["SUBSTRING('abcdef', 3, -1)", ['', 'functionEvaluation']],
    ["SUBSTRING('abc', 4)", ['', 'functionEvaluation']],
    ["CONCAT_WS('-', 'a', 1, TRUE)", ['a-1-true']],
    ["TRIM('\u00a0 a ')", ['a']],
    ['ABS(-5)', [5]],
    ['IS_INT(sequence)', [true]],
    ['IS_INT(type)', [false]],
    ["IS_BOOL('False')", [true]],
    ['2147483647 + 1', [-2147483648]],
  ])('%s', (expression, result) => expect(evaluate(expression)).toEqual(result))
})

describe('LIKE', () => {
  it.each<[string, string, boolean]>([
    ['abc', '%', true],
    ['', '%', true],
    ['', '_', false],
    ['a😀c', 'a_c', true],
    ['aXbXc', 'a%b%c', true],
    ['ab', 'a%b%', true],
    ['100%', '100\\%', true],
    ['100x', '100\\%', false],
    ['a.c', 'a.c', true],
    ['abc', 'a.c', false],
    ['line\nbreak', 'line%', true],
  ])('%j LIKE %j is %s', (text, pattern, takes) => {
    expect(parse(`subject LIKE '${pattern}'`).evaluate({ subject: text }).value).toBe(takes)
  })

  it('takes no longer the more wildcards there are', () => {
    const pattern = parse(`subject LIKE '${'%a'.repeat(60)}b'`)
    expect(pattern.evaluate({ subject: 'a'.repeat(20_000) })).toEqual({ value: false })
  })
})

describe('what is no expression', () => {
  it.each<[string, string]>([
    ['', 'column 1: a value is expected, found the end'],
    ['ABC(', 'column 5: a value is expected, found the end'],
    ['(1', 'column 3: ) is expected, found the end'],
    ['1 2', 'column 3: an operator or the end is expected, found 2'],
    ["type LIKE 'a", 'column 11: a string that is not closed'],
    ['type LIKE id', 'column 11: a string, the pattern is expected, found id'],
    ['hop IN ()', 'column 9: a value is expected, found )'],
    ['type == 1', 'column 7: a value is expected, found ='],
    ['my_attribute = 1', 'column 1: a value is expected, found my_attribute'],
    ['a.b', 'column 2: unexpected .'],
    ['2147483648', 'column 1: 2147483648 is no 32-bit integer'],
    ['EXISTS', 'column 7: a value is expected, found the end'],
    ['L33T(1)', 'column 1: a function of letters and _ is expected, found L33T'],
    ['+TRUE', 'column 1: a value is expected, found +'],
  ])('%j', (expression, message) => {
    expect(() => parse(expression)).toThrow(new ParseError(message.replace(/^column \d+: /, ''), columnOf(message)))
  })

  it.each([
    ['brackets', `${'('.repeat(10_000)}1`],
    ['negations', `${'NOT '.repeat(1_000)}TRUE`],
    ['a chain', Array.from({ length: 2_000 }, () => 'TRUE').join(' AND ')],
  ])('%s without end are refused, not followed', (_what, expression) => {
    expect(() => parse(expression)).toThrow(ParseError)
  })
})

const columnOf = (message: string) => Number(/^column (\d+)/.exec(message)?.[1])

it('as a filter, only true without an error passes', () => {
  const passes = (expression: string) => matches(parse(expression), attributes)
  expect(passes("type = 'order.created'")).toBe(true)
  expect(passes('hop')).toBe(false)
  expect(passes('absent OR TRUE')).toBe(false)
})
