// Changes of what may not change, as Knative shows them: the Go path of each field, its old value and its new one.
import { podSpecFields } from '../core/pod-spec-schema.ts'

/** `root` is a Go type, such as `{*v1.RevisionTemplateSpec}`; the answer is empty when nothing changed. */
export function specDiff(root: string, before: unknown, now: unknown): string {
  return diff(root, before, now).join('')
}

function diff(path: string, before: unknown, now: unknown): string[] {
  if (Array.isArray(before) && Array.isArray(now) && before.length === now.length) {
    return before.flatMap((value, index) => diff(`${path}[${index}]`, value, now[index]))
  }
  if (isRecord(before) && isRecord(now)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])]
    return keys.flatMap(key => diff(`${path}${goField(path, key)}`, before[key], now[key]))
  }
  if (isEmpty(before) && isEmpty(now)) return []
  return before === now || text(before) === text(now) ? [] : [`${path}:\n\t-: "${text(before)}"\n\t+: "${text(now)}"\n`]
}

const maps = /\.(Labels|Annotations|Limits|Requests)$/

/** Pod specs and metadata are embedded in Go's types; the keys of maps stand in brackets. */
function goField(path: string, key: string): string {
  if (maps.test(path)) return `["${key}"]`
  const field = key.charAt(0).toUpperCase() + key.slice(1)
  if (key === 'metadata') return '.ObjectMeta'
  const atSpec = path.endsWith('.Spec') || path.endsWith('RevisionSpec}')
  return atSpec && key in podSpecFields ? `.PodSpec.${field}` : `.${field}`
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true
  return typeof value === 'object' && Object.values(value).every(isEmpty)
}

function text(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
