// ConfigMap: plain settings by key.
import type { FieldError } from '../../../kernel/errors.ts'
import type { KubeObject } from '../../../kernel/object.ts'
import { boolean, map, string } from '../../schema.ts'
import { ageColumn, coreKind } from '../core-kind.ts'
import { dataFlaws } from '../data.ts'
import type { ConfigMap } from '../types.ts'

export const configMapKind = coreKind({
  kind: 'ConfigMap',
  description: 'Plain settings by key.',
  plural: 'configmaps',
  shortNames: ['cm'],
  fields: { data: map(string), binaryData: map(string), immutable: boolean },
  columns: [{ name: 'Data', type: 'integer', path: '.data', cell: dataCount }, ageColumn],
  validate: (object, { before }) => flaws(object as ConfigMap, before as ConfigMap | undefined),
})

function dataCount(object: KubeObject): string {
  const { data, binaryData } = object as ConfigMap
  return String(Object.keys({ ...data, ...binaryData }).length)
}

function flaws(object: ConfigMap, before: ConfigMap | undefined): FieldError[] {
  const both = Object.keys(object.data ?? {}).filter(key => Object.hasOwn(object.binaryData ?? {}, key))
  return [
    ...both.map(key => ({ path: `data[${key}]`, message: 'duplicate of key present in binaryData' })),
    ...dataFlaws(object, before),
  ]
}
