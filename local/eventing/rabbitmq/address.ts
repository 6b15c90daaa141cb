// Where a RabbitMQ server is: from the references that Knative's RabbitMQ objects make to it.
import type { RabbitmqClusterReference } from '../../api/eventing/rabbitmq.ts'
import type { KubeObject } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'

export interface RabbitmqAddress {
  hostname: string
  port: number
  username: string
  password: string
  vhost: string
  tls: boolean
  /** PEM of the authority that signed the server's certificate, where it is a private one. */
  ca?: string
}

export type Located = { address: RabbitmqAddress } | { error: string }

export interface Locate {
  store: Pick<ObjectStore, 'get'>
  /** Of the object that refers: where the reference names no other. */
  namespace: string
  vhost: string | undefined
  /** The value of RABBITMQ_URL, which stands for every cluster referred to by name: there is no operator here. */
  defaultUrl: string | undefined
}

const plainPort = 5672
const tlsPort = 5671

/**
 * The server of a reference (eventing-rabbitmq pkg/rabbit/service.go): by a Secret with `username`, `password`, `uri` and
 * perhaps `port` and `caSecretName`; or by the name of a RabbitmqCluster. The error says what is missing where.
 */
export function locate(reference: RabbitmqClusterReference | undefined, where: Locate): Located {
  const secret = reference?.connectionSecret?.name
  const namespace = reference?.namespace ?? where.namespace
  if (secret) return fromSecret(namespace, secret, where)
  const { defaultUrl } = where
  if (!defaultUrl) {
    const name = `${namespace}/${reference?.name ?? ''}`
    return { error: `no server stands for the RabbitmqCluster ${name}: set RABBITMQ_URL, or name a connectionSecret` }
  }
  return parseUrl(defaultUrl, where.vhost)
}

/** `amqp[s]://[USER[:PASSWORD]@]HOST[:PORT][/VHOST]`; `vhost` goes before the one in the address. */
export function parseUrl(url: string, vhost?: string): Located {
  const wrong = { error: 'RABBITMQ_URL should look like amqp://USER:PASSWORD@HOST:PORT/VHOST' }
  if (!/^amqps?:\/\/[^/]/.test(url) || !URL.canParse(url)) return wrong
  const { protocol, hostname, port, username, password, pathname } = new URL(url)
  const tls = protocol === 'amqps:'
  try {
    return {
      address: {
        // Node connects to the bare address of an IPv6 host.
        hostname: hostname.replace(/^\[|\]$/g, ''),
        port: Number(port) || (tls ? tlsPort : plainPort),
        username: decodeURIComponent(username) || 'guest',
        password: decodeURIComponent(password) || 'guest',
        vhost: vhost || decodeURIComponent(pathname.slice(1)) || '/',
        tls,
      },
    }
  } catch {
    return wrong
  }
}

function fromSecret(namespace: string, name: string, where: Locate): Located {
  const fields = readSecret(where.store, namespace, name)
  if (!fields) return { error: `secret "${name}" not found in namespace ${namespace}` }
  const { username, password, uri, port, caSecretName } = fields
  if (!username || !password || !uri) {
    return { error: `secret ${namespace}/${name} needs the keys uri, username and password` }
  }
  const ca = caSecretName ? readSecret(where.store, namespace, caSecretName)?.['ca.crt'] : undefined
  if (caSecretName && !ca) return { error: `secret ${namespace}/${caSecretName} has no key ca.crt` }
  const host = /^(?:[a-z]+:\/\/)?(\[[^\]]+\]|[^:/]+)/i.exec(uri)?.[1]?.replace(/^\[|\]$/g, '')
  if (!host) return { error: `secret ${namespace}/${name}: uri "${uri}" names no host` }
  const tls = ca !== undefined
  return {
    address: {
      hostname: host,
      port: Number(port) || (tls ? tlsPort : plainPort),
      username,
      password,
      vhost: where.vhost || '/',
      tls,
      ...(ca ? { ca } : {}),
    },
  }
}

type Secret = KubeObject & { data?: Record<string, string>; stringData?: Record<string, string> }

function readSecret(store: Locate['store'], namespace: string, name: string): Record<string, string> | undefined {
  const secret = store.get<Secret>({ group: '', kind: 'Secret' }, namespace, name)
  if (!secret) return undefined
  const data = Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()])
  return { ...Object.fromEntries(data), ...secret.stringData }
}
