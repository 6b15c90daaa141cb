// The servers that tests know: the variable that names a running one, and whether this machine can start its own.
import { isInstalled } from '../../scripts/program.ts'
import { jars, mongodb } from './mongodb.ts'
import { rabbitmq, rabbitmqScript } from './rabbitmq.ts'
import { redis } from './redis.ts'
import type { ServerKind } from './server.ts'

export interface KnownServer {
  kind: ServerKind
  /** Names a running server in its stead. */
  variable: 'RABBITMQ_URL' | 'REDIS_URL' | 'MONGODB_URI'
  /** Whether what it needs is installed. */
  installed(): boolean
}

export const servers = {
  rabbitmq: { kind: rabbitmq, variable: 'RABBITMQ_URL', installed: () => rabbitmqScript() !== undefined },
  redis: { kind: redis, variable: 'REDIS_URL', installed: () => isInstalled('redis-server') },
  mongodb: { kind: mongodb, variable: 'MONGODB_URI', installed: () => jars().length > 0 && isInstalled('java') },
} satisfies Record<string, KnownServer>

export type ServerName = keyof typeof servers

/** A missing server is a failure, not a reason to skip. */
export const serversRequired = process.env.SKIFF_TEST_REQUIRE_SERVERS === '1'

/**
 * True when tests on this server of their own are to run: it is installed, or it must be there. They then start it with
 * `startServer(servers.NAME.kind)`, which rejects where it is missing.
 */
export function canStart(name: ServerName): boolean {
  return serversRequired || servers[name].installed()
}
