// The ConnectionPoolSettings message.
import { bool, duration, int32, message, oneOf, uint32 } from '../proto/message.ts'
import type { ConnectionPoolSettings, HttpSettings, TcpKeepalive, TcpSettings } from './connection-pool-types.ts'

const settings = 'istio.networking.v1alpha3.ConnectionPoolSettings'

export const connectionPoolSettings = message<ConnectionPoolSettings>(settings, {
  tcp: message<TcpSettings>(`${settings}.TCPSettings`, {
    maxConnections: int32,
    connectTimeout: duration,
    tcpKeepalive: message<TcpKeepalive>(`${settings}.TCPSettings.TcpKeepalive`, {
      probes: uint32,
      time: duration,
      interval: duration,
    }),
    maxConnectionDuration: duration,
    idleTimeout: duration,
  }),
  http: message<HttpSettings>(`${settings}.HTTPSettings`, {
    http1MaxPendingRequests: int32,
    http2MaxRequests: int32,
    maxRequestsPerConnection: int32,
    maxRetries: int32,
    idleTimeout: duration,
    h2UpgradePolicy: oneOf(`${settings}.HTTPSettings.H2UpgradePolicy`, 'DEFAULT', 'DO_NOT_UPGRADE', 'UPGRADE'),
    useClientProtocol: bool,
    maxConcurrentStreams: int32,
  }),
})
