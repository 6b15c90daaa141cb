// The conformance tests that the CloudEvents project publishes beside the specification. They are read from the folder
// CESQL_TCK where that is set, else from the project's repository; on a machine that reaches neither they are skipped.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { type Attributes, ParseError, parse } from './cesql.ts'

interface Row {
  name: string
  expression: string
  result?: string | number | boolean
  error?: string
  event?: Attributes
  eventOverrides?: Attributes
}

const suites = [
  ...['binary_comparison_operators', 'binary_logical_operators', 'binary_math_operators', 'case_sensitivity'],
  ...['casting_functions', 'context_attributes_access', 'exists_expression', 'in_expression'],
  ...['integer_builtin_functions', 'like_expression', 'literals', 'negate_operator', 'not_operator', 'parse_errors'],
  ...['spec_examples', 'string_builtin_functions', 'sub_expression', 'subscriptions_api_recreations'],
]
const published = 'https://raw.githubusercontent.com/cloudevents/spec/main/cesql/cesql_tck'

// A row that contradicts the specification: section 3.7 casts each integer to a boolean without an error.
const contradictions = new Set(['Invalid int cast'])

const given = { specversion: '1.0', id: 'an-id', source: 'http://localhost/source', type: 'a.type' }

const texts = await readSuites()

async function readSuites(): Promise<string[]> {
  const folder = process.env.CESQL_TCK
  if (folder !== undefined) {
    const files = readdirSync(folder).filter(name => name.endsWith('.yaml'))
    return files.map(name => readFileSync(join(folder, name), 'utf8'))
  }
  try {
    const signal = AbortSignal.timeout(5_000)
    const answers = await Promise.all(suites.map(name => fetch(`${published}/${name}.yaml`, { signal })))
    return answers.every(answer => answer.ok) ? await Promise.all(answers.map(answer => answer.text())) : []
  } catch {
    return []
  }
}

function outcome({ expression, event, eventOverrides }: Row): { value?: unknown; error?: string } {
  try {
    const { value, error } = parse(String(expression)).evaluate({ ...(event ?? given), ...eventOverrides })
    return { value, ...(error ? { error: error.kind } : {}) }
  } catch (error) {
    if (error instanceof ParseError) return { value: false, error: error.kind }
    throw error
  }
}

describe.skipIf(texts.length === 0)('the published conformance tests', () => {
  for (const text of texts) {
    const suite = parseYaml(text, { schema: 'core' }) as { name: string; tests: Row[] }
    describe(suite.name, () => {
      it.each(suite.tests.filter(row => !contradictions.has(row.name)))('$name: $expression', row => {
        const { value, error } = outcome(row)
        expect(error).toBe(row.error)
        if (row.result !== undefined) expect(value).toBe(row.result)
      })
    })
  }
})
