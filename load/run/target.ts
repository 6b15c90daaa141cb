// Where the load goes: the running system's own gateway on the loopback, or what the user names.
import { connect } from 'node:net'
import { resolve } from 'node:path'
import { apiClient } from '../../local/cli/client/api-client.ts'
import type { RuntimeStatus } from '../../local/composition/runtime.ts'

/** A reason to give up that is told as it is, without a stack. */
export class LoadFailure extends Error {
  /** 1: failed, 2: wrong usage. */
  readonly exitCode: number

  constructor(message: string, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/** Port of the gateway when nothing says otherwise. */
const defaultPort = 8080

/** The origin to ask: as named, else that of the runtime of this state folder, else the default port. Rejects with `LoadFailure` when nothing listens there. */
export async function targetOf(named: string | undefined, stateDir: string): Promise<string> {
  const origin = named === undefined ? await ownGateway(resolve(stateDir)) : originOf(named)
  const failure = await connectable(new URL(origin))
  if (failure === undefined) return origin
  const remedy = named === undefined ? 'start the system with: npm start' : 'is it up, and the port right?'
  throw new LoadFailure(`nothing answers at ${origin} (${failure}); ${remedy}`)
}

/** Scheme, host and port of what a user names; `http://` may be left out. Throws `LoadFailure` for anything else. */
export function originOf(named: string): string {
  const text = named.includes('://') ? named : `http://${named}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isOrigin = url && /^https?:$/.test(url.protocol) && url.pathname === '/' && !url.search && !url.username
  if (isOrigin) return url.origin
  throw new LoadFailure(`--target is "${named}", it should be http://HOST:PORT or https://HOST:PORT`, 2)
}

async function ownGateway(stateDir: string): Promise<string> {
  try {
    const { ports } = await apiClient(stateDir).request<RuntimeStatus>('GET', '/skiff/status')
    return `http://127.0.0.1:${ports[80] ?? defaultPort}`
  } catch {
    return `http://127.0.0.1:${defaultPort}`
  }
}

/** Why no connection can be made; undefined when one can. */
function connectable({ protocol, hostname, port }: URL): Promise<string | undefined> {
  const host = hostname.replace(/^\[|\]$/g, '')
  return new Promise(done => {
    const socket = connect(Number(port) || (protocol === 'https:' ? 443 : 80), host)
    const end = (failure?: string) => {
      socket.destroy()
      done(failure)
    }
    socket.setTimeout(5_000, () => end('no connection within 5 s'))
    socket.once('connect', () => end())
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message))
  })
}
