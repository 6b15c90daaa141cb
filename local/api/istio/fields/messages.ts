// The messages of the fields that several kinds share.
import { bool, double, list, map, message, oneOf, string, uint32 } from '../proto/message.ts'
import type { ClientTlsSettings, ServerTlsSettings, TlsCertificate } from './tls-types.ts'
import type {
  Destination,
  Percent,
  PolicySelector,
  PolicyTargetReference,
  PortSelector,
  StringMatch,
  WorkloadSelector,
} from './types.ts'

const networking = 'istio.networking.v1alpha3'

export const percent = message<Percent>(`${networking}.Percent`, { value: double })

export const stringMatch = message<StringMatch>(
  `${networking}.StringMatch`,
  { exact: string, prefix: string, regex: string },
  ['exact', 'prefix', 'regex'],
)

export const portSelector = message<PortSelector>(`${networking}.PortSelector`, { number: uint32 })

export const destination = message<Destination>(`${networking}.Destination`, {
  host: string,
  subset: string,
  port: portSelector,
})

export const workloadSelector = message<WorkloadSelector>(`${networking}.WorkloadSelector`, { labels: map(string) })

export const policySelector = message<PolicySelector>('istio.type.v1beta1.WorkloadSelector', {
  matchLabels: map(string),
})

export const policyTargetReference = message<PolicyTargetReference>('istio.type.v1beta1.PolicyTargetReference', {
  group: string,
  kind: string,
  name: string,
  namespace: string,
})

const serverTls = `${networking}.ServerTLSSettings`

const tlsCertificate = message<TlsCertificate>(`${serverTls}.TLSCertificate`, {
  serverCertificate: string,
  privateKey: string,
  caCertificates: string,
})

const tlsProtocol = oneOf(`${serverTls}.TLSProtocol`, 'TLS_AUTO', 'TLSV1_0', 'TLSV1_1', 'TLSV1_2', 'TLSV1_3')

export const serverTlsSettings = message<ServerTlsSettings>(serverTls, {
  httpsRedirect: bool,
  mode: oneOf(
    `${serverTls}.TLSmode`,
    'PASSTHROUGH',
    'SIMPLE',
    'MUTUAL',
    'AUTO_PASSTHROUGH',
    'ISTIO_MUTUAL',
    'OPTIONAL_MUTUAL',
  ),
  serverCertificate: string,
  privateKey: string,
  caCertificates: string,
  caCrl: string,
  credentialName: string,
  credentialNames: list(string),
  caCertCredentialName: string,
  tlsCertificates: list(tlsCertificate),
  subjectAltNames: list(string),
  verifyCertificateSpki: list(string),
  verifyCertificateHash: list(string),
  minProtocolVersion: tlsProtocol,
  maxProtocolVersion: tlsProtocol,
  cipherSuites: list(string),
})

const clientTls = `${networking}.ClientTLSSettings`

export const clientTlsSettings = message<ClientTlsSettings>(clientTls, {
  mode: oneOf(`${clientTls}.TLSmode`, 'DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL'),
  clientCertificate: string,
  privateKey: string,
  caCertificates: string,
  credentialName: string,
  subjectAltNames: list(string),
  sni: string,
  insecureSkipVerify: bool,
  caCrl: string,
})
