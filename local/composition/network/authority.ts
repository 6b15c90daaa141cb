// The runtime's own certificate authority, kept in the state folder so that whoever trusts it once goes on to.

import { X509Certificate } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { type Authority, createAuthority, restoreAuthority } from '../../kernel/certificate.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { StateFolder } from '../state-folder.ts'

const name = 'Skiff'
/** One that ends sooner is made anew: what it signs has to end before. */
const leastLeftMs = 400 * 24 * 60 * 60 * 1000

/** Reads `ca.crt` and `ca.key` (mode 0600), or makes and writes them when they are missing, torn or near their end. */
export function openAuthority(state: Pick<StateFolder, 'file'>, clock: Clock): Authority {
  const known = readAuthority(state)
  if (known && Date.parse(new X509Certificate(known.cert).validTo) - clock.now() > leastLeftMs) return known
  const authority = createAuthority(name, clock.now())
  write(state.file('ca.key'), authority.key)
  write(state.file('ca.crt'), authority.cert)
  return authority
}

function readAuthority(state: Pick<StateFolder, 'file'>): Authority | undefined {
  try {
    const read = (file: string) => readFileSync(state.file(file), 'utf8')
    return restoreAuthority({ cert: read('ca.crt'), key: read('ca.key') })
  } catch {
    return undefined
  }
}

/** Written beside and moved: a reader never sees half of it. */
function write(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
