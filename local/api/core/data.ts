// The rules ConfigMaps and Secrets share: what a key may be, how much fits, and what `immutable` holds still.

import { equal } from '../../kernel/equal.ts'
import type { FieldError } from '../../kernel/errors.ts'

interface Keyed {
  data?: Record<string, string>
  binaryData?: Record<string, string>
  immutable?: boolean
}

const keyShape = /^[-._a-zA-Z0-9]+$/
/** 1 MiB, Kubernetes' limit of one object's data. */
const largestData = 1024 * 1024

/** All flaws of keys, size and forbidden changes. */
export function dataFlaws(object: Keyed, before: Keyed | undefined): FieldError[] {
  const entries = [...Object.entries(object.data ?? {}), ...Object.entries(object.binaryData ?? {})]
  const size = entries.reduce((sum, [, value]) => sum + Buffer.byteLength(value), 0)
  const flaws = entries.filter(([key]) => !isKey(key)).map(([key]) => badKey(key))
  if (size > largestData) flaws.push({ path: 'data', message: `Too long: may not be more than ${largestData} bytes` })
  if (before?.immutable && !equal(contentOf(object), contentOf(before))) {
    flaws.push({ path: 'data', message: 'Forbidden: field is immutable when `immutable` is set' })
  }
  return flaws
}

const contentOf = ({ data = {}, binaryData = {}, immutable }: Keyed) => ({ data, binaryData, immutable })
const isKey = (key: string) => key.length <= 253 && keyShape.test(key) && key !== '.' && !key.startsWith('..')

function badKey(key: string): FieldError {
  const rule = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
  return { path: `data[${key}]`, message: `Invalid value: "${key}": ${rule}` }
}
