// Endpoints: the addresses behind a Service.
import type { KubeObject } from '../../../kernel/object.ts'
import { anything, array } from '../../schema.ts'
import { ageColumn, coreKind, shown } from '../core-kind.ts'
import type { Endpoints } from '../types.ts'

/** kubectl prints this many addresses, then how many more there are. */
const printed = 3

export const endpointsKind = coreKind({
  kind: 'Endpoints',
  description: 'The addresses behind a Service.',
  plural: 'endpoints',
  shortNames: ['ep'],
  fields: { subsets: array(anything) },
  columns: [{ name: 'Endpoints', type: 'string', path: '.subsets', cell: addresses }, ageColumn],
})

function addresses(object: KubeObject): string {
  const all = ((object as Endpoints).subsets ?? []).flatMap(subset =>
    (subset.addresses ?? []).flatMap(({ ip }) => {
      const host = ip.includes(':') ? `[${ip}]` : ip
      return subset.ports ? subset.ports.map(({ port }) => `${host}:${port}`) : [host]
    }),
  )
  const rest = all.length - printed
  return shown(all.slice(0, printed).join(',') + (rest > 0 ? ` + ${rest} more...` : ''))
}
