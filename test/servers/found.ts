// The server a suite runs on: the one its variable names, or one started for the suite.
import { type Server, startServer } from './server.ts'
import { canStart, type ServerName, servers } from './servers.ts'

/** False: neither named nor installed, and not required; the suite is to be skipped. */
export function isFound(name: ServerName): boolean {
  return Boolean(process.env[servers[name].variable]) || canStart(name)
}

/** Its address, and what ends it when it was started here. */
export async function findServer(name: ServerName): Promise<Pick<Server, 'url' | 'stop'>> {
  const { kind, variable } = servers[name]
  const url = process.env[variable]
  return url ? { url, stop: async () => {} } : startServer(kind)
}
