// Who may call the API over TCP: whoever shows the token of the kubeconfig.
import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { StatusError } from '../../kernel/errors.ts'

/** Throws Unauthorized unless the request carries the token as `Authorization: Bearer …`. */
export function mustShow(token: string, { headers }: IncomingMessage): void {
  const [, shown = ''] = /^Bearer +(\S+)\s*$/i.exec(headers.authorization ?? '') ?? []
  if (!sameText(shown, token)) throw new StatusError('Unauthorized', 'Unauthorized')
}

/** Takes the same time wherever the texts begin to differ. */
function sameText(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)]
  return a.length === b.length && timingSafeEqual(a, b)
}
