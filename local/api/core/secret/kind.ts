// Secret: settings nobody should see, base64 in `data`.
import type { FieldError } from '../../../kernel/errors.ts'
import type { KubeObject } from '../../../kernel/object.ts'
import { boolean, map, string } from '../../schema.ts'
import { ageColumn, coreKind } from '../core-kind.ts'
import { dataFlaws } from '../data.ts'
import type { Secret } from '../types.ts'

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

export const secretKind = coreKind({
  kind: 'Secret',
  description: 'Settings nobody should see: base64 in data, or plain text in stringData.',
  plural: 'secrets',
  fields: { data: map(string), stringData: map(string), type: string, immutable: boolean },
  columns: [
    { name: 'Type', type: 'string', path: '.type' },
    { name: 'Data', type: 'integer', path: '.data', cell: dataCount },
    ageColumn,
  ],
  setDefaults,
  validate: (object, { before }) => flaws(object as Secret, before as Secret | undefined),
})

/** `stringData` is for writing only: it is never stored. */
function setDefaults(draft: KubeObject): void {
  const secret = draft as Secret
  secret.type ||= 'Opaque'
  if (!secret.stringData) return
  const encoded = Object.entries(secret.stringData).map(([key, text]) => [key, Buffer.from(text).toString('base64')])
  secret.data = { ...secret.data, ...Object.fromEntries(encoded) }
  delete secret.stringData
}

function flaws(secret: Secret, before: Secret | undefined): FieldError[] {
  const undecodable = Object.entries(secret.data ?? {}).filter(([, value]) => !base64.test(value.replace(/\s/g, '')))
  const changedType = before && (before.type ?? 'Opaque') !== secret.type
  return [
    ...undecodable.map(([key]) => ({
      path: `data[${key}]`,
      message: 'illegal base64 data',
      details: 'data holds base64; write plain text below stringData',
    })),
    ...(changedType ? [{ path: 'type', message: `Invalid value: "${secret.type}": field is immutable` }] : []),
    ...dataFlaws(secret, before),
  ]
}

function dataCount(object: KubeObject): string {
  return String(Object.keys((object as Secret).data ?? {}).length)
}
