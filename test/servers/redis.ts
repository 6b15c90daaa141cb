// Redis as it runs for keeps: every write is on disk before it is answered.
import type { ServerKind } from './server.ts'

export const redis: ServerKind = {
  name: 'redis',
  url: port => `redis://127.0.0.1:${port}`,
  startTimeoutMs: 20_000,
  program: (port, folder) => ({
    command: 'redis-server',
    args: [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
      ...['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'],
    ],
  }),
}
