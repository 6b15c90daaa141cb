// Certificates that the mesh shows, and who gives them.

/** As PEM texts. */
export interface TlsCredential {
  certificate: string
  privateKey: string
  /** Whose client certificates are taken, with mutual TLS. */
  clientCa: string | undefined
}

/** What a hop shows and trusts as a client of TLS: PEM texts. */
export interface ClientCredential {
  certificate?: string
  privateKey?: string
  ca: string | undefined
}

export interface Credentials {
  /** By `credentialName` of a Gateway; undefined when there is no such Secret: the server is not served. */
  named(credentialName: string): TlsCredential | undefined
  /** For the listener of port 443 that no Gateway opens; undefined: it is not served. */
  development(serverName: string | undefined): TlsCredential | undefined
  /** The gateway's own identity in the mesh, with the mesh's authority (ISTIO_MUTUAL). */
  mesh(): TlsCredential | undefined
  /** By `credentialName` of a DestinationRule; without a namespace the gateway's. */
  client(credentialName: string, namespace?: string): ClientCredential | undefined
}

const none = () => undefined
export const noCredentials: Credentials = { named: none, development: none, mesh: none, client: none }
