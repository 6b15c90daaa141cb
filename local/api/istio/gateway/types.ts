// Gateway as Istio 1.29 defines it. Fields are required where validation refuses an object without them.
import type { KubeObject } from '../../../kernel/object.ts'
import type { ServerTlsSettings } from '../fields/tls-types.ts'

export interface Gateway extends KubeObject {
  spec: GatewaySpec
}

export interface GatewaySpec {
  servers: Server[]
  /** Labels of the pods that serve it. */
  selector?: Record<string, string>
}

export interface Server {
  port: Port
  /** An IP, or `unix://` and a path. */
  bind?: string
  /** `host`, `*.domain`, or `namespace/host`: which hosts VirtualServices may bind here. */
  hosts: string[]
  tls?: ServerTlsSettings
  defaultEndpoint?: string
  name?: string
}

export interface Port {
  number: number
  /** HTTP, HTTPS, GRPC, GRPC-WEB, HTTP2, MONGO, REDIS, MYSQL, TCP or TLS, in any case. */
  protocol: string
  name: string
  /** Deprecated. */
  targetPort?: number
}
