// TLS settings of servers that Gateways and Sidecars open, and of clients that DestinationRules describe.

export type ServerTlsMode =
  | 'PASSTHROUGH'
  | 'SIMPLE'
  | 'MUTUAL'
  | 'AUTO_PASSTHROUGH'
  | 'ISTIO_MUTUAL'
  | 'OPTIONAL_MUTUAL'

export type TlsProtocol = 'TLS_AUTO' | 'TLSV1_0' | 'TLSV1_1' | 'TLSV1_2' | 'TLSV1_3'

export interface ServerTlsSettings {
  /** Answers every plain request with a 301 to https. */
  httpsRedirect?: boolean
  /** Default PASSTHROUGH. */
  mode?: ServerTlsMode
  /** Files of the proxy. */
  serverCertificate?: string
  privateKey?: string
  caCertificates?: string
  caCrl?: string
  /** A Secret in the namespace of the gateway's workload. */
  credentialName?: string
  credentialNames?: string[]
  caCertCredentialName?: string
  tlsCertificates?: TlsCertificate[]
  subjectAltNames?: string[]
  verifyCertificateSpki?: string[]
  verifyCertificateHash?: string[]
  minProtocolVersion?: TlsProtocol
  maxProtocolVersion?: TlsProtocol
  cipherSuites?: string[]
}

export interface TlsCertificate {
  serverCertificate?: string
  privateKey?: string
  caCertificates?: string
}

export interface ClientTlsSettings {
  /** Default DISABLE. */
  mode?: 'DISABLE' | 'SIMPLE' | 'MUTUAL' | 'ISTIO_MUTUAL'
  clientCertificate?: string
  privateKey?: string
  caCertificates?: string
  credentialName?: string
  subjectAltNames?: string[]
  sni?: string
  insecureSkipVerify?: boolean
  caCrl?: string
}
