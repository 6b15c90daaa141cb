// The LoadBalancerSettings message.
import { bool, double, duration, list, map, message, oneOf, string, uint32, uint64 } from '../proto/message.ts'
import type {
  ConsistentHashLb,
  HttpCookie,
  LoadBalancerSettings,
  LocalityDistribute,
  LocalityFailover,
  LocalityLoadBalancerSetting,
  WarmupConfiguration,
} from './load-balancer-types.ts'

const networking = 'istio.networking.v1alpha3'
const settings = `${networking}.LoadBalancerSettings`
const hash = `${settings}.ConsistentHashLB`
const locality = `${networking}.LocalityLoadBalancerSetting`

const httpCookie = message<HttpCookie>(`${hash}.HTTPCookie`, {
  name: string,
  path: string,
  ttl: duration,
  attributes: list(
    message<{ name: string; value?: string }>(`${hash}.HTTPCookie.Attribute`, { name: string, value: string }),
  ),
})

const consistentHashLb = message<ConsistentHashLb>(
  hash,
  {
    httpHeaderName: string,
    httpCookie,
    useSourceIp: bool,
    httpQueryParameterName: string,
    ringHash: message<{ minimumRingSize?: number }>(`${hash}.RingHash`, { minimumRingSize: uint64 }),
    maglev: message<{ tableSize?: number }>(`${hash}.MagLev`, { tableSize: uint64 }),
    minimumRingSize: uint64,
  },
  ['httpHeaderName', 'httpCookie', 'useSourceIp', 'httpQueryParameterName'],
  ['ringHash', 'maglev'],
)

const localityLbSetting = message<LocalityLoadBalancerSetting>(locality, {
  distribute: list(message<LocalityDistribute>(`${locality}.Distribute`, { from: string, to: map(uint32) })),
  failover: list(message<LocalityFailover>(`${locality}.Failover`, { from: string, to: string })),
  failoverPriority: list(string),
  enabled: bool,
})

export const loadBalancerSettings = message<LoadBalancerSettings>(
  settings,
  {
    simple: oneOf(
      `${settings}.SimpleLB`,
      'UNSPECIFIED',
      'LEAST_CONN',
      'RANDOM',
      'PASSTHROUGH',
      'ROUND_ROBIN',
      'LEAST_REQUEST',
    ),
    consistentHash: consistentHashLb,
    localityLbSetting,
    warmupDurationSecs: duration,
    warmup: message<WarmupConfiguration>(`${networking}.WarmupConfiguration`, {
      duration,
      minimumPercent: double,
      aggression: double,
    }),
  },
  ['simple', 'consistentHash'],
)
