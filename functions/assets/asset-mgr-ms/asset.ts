// An asset: a machine that is watched, and what may be said of it.
import { type Fields, type Owner, type Versioned, visible } from '../records.ts'
import { refuse } from '../service.ts'

export interface Asset extends Versioned {
  /** The id of a user; null for an asset nobody has. */
  owner: string | null
  /** Whose it was before that user ended: it goes back to them when they come back. */
  releasedFrom: string | null
  /** 0 to 100, or -1 as long as nobody assessed it. */
  riskRating: number
  /** Of the asset's software: what callers name `version`. */
  software?: string
}

export const owner: Owner = {
  collection: 'assets',
  kind: 'asset',
  source: 'asset-mgr-ms',
  show: record => shown(record as Asset),
}

const texts = ['os', 'version', 'type', 'ipAddress', 'antivirus', 'latitude', 'longitude', 'owner'] as const
const whole = ['rotation', 'pressure', 'flowRate', 'temperature'] as const

/** The fields of an asset that were given; others are refused. Throws 400 with the field's name. */
export function assetIn(given: Fields): Fields {
  const fields: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    if (name === 'id') continue
    const flaw = flawOf(name, value)
    if (flaw) throw refuse(400, `${name}: ${flaw}`)
    fields[name === 'version' ? 'software' : name] = value
  }
  return fields
}

function flawOf(name: string, value: unknown): string | undefined {
  if ((texts as readonly string[]).includes(name)) {
    return typeof value === 'string' || (name === 'owner' && value === null) ? undefined : 'text'
  }
  if ((whole as readonly string[]).includes(name)) return Number.isSafeInteger(value) ? undefined : 'a whole number'
  if (name === 'current') return Number.isFinite(value) ? undefined : 'a number'
  return `not a field of an asset, which has id, ${[...texts, ...whole].join(', ')}, current`
}

export function shown(asset: Asset): Fields {
  const { releasedFrom: _releasedFrom, software, ...rest } = visible(asset)
  return software === undefined ? rest : { ...rest, version: software }
}
