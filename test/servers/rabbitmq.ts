// RabbitMQ beside any other on the machine: own node name, ports, data, cookie, and own Erlang port mapper.
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, globSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, type ServerKind } from './server.ts'

const mappers = new Map<string, ChildProcess>()

/** The server's own script: the one on the PATH insists on another user. */
export const rabbitmqScript = (): string | undefined => globSync('/usr/lib/rabbitmq/lib/*/sbin/rabbitmq-server')[0]

export const rabbitmq: ServerKind = {
  name: 'rabbitmq',
  url: port => `amqp://guest:guest@127.0.0.1:${port}`,
  startTimeoutMs: 90_000,
  async program(port, folder) {
    const [mapper, distribution] = [await freePort(), await freePort()]
    mappers.set(folder, startMapper(mapper))
    writeFileSync(join(folder, 'rabbitmq.conf'), 'disk_free_limit.absolute = 50MB\n')
    writeFileSync(join(folder, 'enabled_plugins'), '[].\n')
    chmodSync(folder, 0o700)
    return {
      command: rabbitmqScript() ?? 'rabbitmq-server',
      args: [],
      env: {
        HOME: folder,
        ERL_EPMD_PORT: String(mapper),
        ERL_EPMD_ADDRESS: '127.0.0.1',
        RABBITMQ_NODENAME: `rabbit-${port}@localhost`,
        RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
        RABBITMQ_NODE_PORT: String(port),
        RABBITMQ_DIST_PORT: String(distribution),
        RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
        RABBITMQ_LOG_BASE: join(folder, 'log'),
        RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
        RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
        RABBITMQ_PID_FILE: join(folder, 'pid'),
        // The script then becomes the server instead of starting one, so that a signal meets the server itself.
        RUNNING_UNDER_SYSTEMD: 'true',
      },
    }
  },
  end(folder) {
    mappers.get(folder)?.kill('SIGKILL')
    mappers.delete(folder)
  },
}

function startMapper(port: number): ChildProcess {
  const mapper = spawn('epmd', ['-port', String(port), '-address', '127.0.0.1'], { stdio: 'ignore' })
  mapper.on('error', () => {})
  process.once('exit', () => mapper.kill('SIGKILL'))
  return mapper
}
