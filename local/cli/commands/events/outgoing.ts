// The event that `skiff events send` was asked to send.
import { randomUUID } from 'node:crypto'
import { exitCodes, SkiffError } from '../../../kernel/errors.ts'
import type { Terminal } from '../../terminal.ts'

export interface SendFlags {
  type: string
  source: string
  id?: string
  subject?: string
  ext: string[]
  data?: string
  namespace: string
}

export interface Outgoing {
  /** `NAMESPACE/NAME` */
  broker: string
  attributes: Record<string, string>
  data?: string
}

export async function eventOf(broker: string, flags: SendFlags, terminal: Pick<Terminal, 'input'>): Promise<Outgoing> {
  const data = flags.data === '-' ? await terminal.input() : flags.data
  return {
    broker: broker.includes('/') ? broker : `${flags.namespace}/${broker}`,
    attributes: {
      specversion: '1.0',
      id: flags.id ?? randomUUID(),
      ...{ source: flags.source, type: flags.type },
      ...(flags.subject ? { subject: flags.subject } : {}),
      ...(data === undefined ? {} : { datacontenttype: isJson(data) ? 'application/json' : 'text/plain' }),
      ...Object.fromEntries(flags.ext.map(extension)),
    },
    ...(data === undefined ? {} : { data }),
  }
}

function extension(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new SkiffError(`--ext ${text}: an attribute reads name=value`, exitCodes.usage)
  return [text.slice(0, at), text.slice(at + 1)]
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
