// Starts real servers, runs a command with their addresses in its environment, and ends them with it.
//
// Usage: node test/servers/run.ts [rabbitmq] [redis] [mongodb] -- COMMAND…     (all servers when none is named)
//   node test/servers/run.ts redis -- npm test
//   node test/servers/run.ts -- bash                 a shell with RABBITMQ_URL, REDIS_URL and MONGODB_URI set
// A server whose variable is set already is taken as it is. Exit code: that of the command.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Server, startServer } from './server.ts'
import { type ServerName, servers } from './servers.ts'

async function main(args: readonly string[]): Promise<number> {
  const end = args.indexOf('--')
  const [command, ...rest] = args.slice(end + 1)
  const names = args.slice(0, end)
  if (end < 0 || command === undefined || !names.every(isServer)) {
    console.error(`usage: node test/servers/run.ts [${Object.keys(servers).join('] [')}] -- COMMAND…`)
    return 2
  }
  const wanted = names.length > 0 ? (names as ServerName[]) : (Object.keys(servers) as ServerName[])
  const started: Server[] = []
  try {
    const env = { ...process.env }
    for (const { kind, variable } of wanted.map(name => servers[name])) {
      if (env[variable]) continue
      const server = await startServer(kind)
      started.push(server)
      env[variable] = server.url
    }
    return await carryOut(command, rest, env)
  } finally {
    await Promise.all(started.map(server => server.stop()))
  }
}

async function carryOut(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(command, args, { env, stdio: 'inherit' })
  const pass = (signal: NodeJS.Signals) => void child.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, pass)
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}

const isServer = (name: string): name is ServerName => Object.hasOwn(servers, name)

process.exitCode = await main(process.argv.slice(2))
