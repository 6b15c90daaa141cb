// Certificates a gateway shows, and who gives them.

/** As PEM texts. */
export interface TlsCredential {
  certificate: string
  privateKey: string
  /** Whose client certificates are taken, with mutual TLS. */
  clientCa: string | undefined
}

export interface Credentials {
  /** By `credentialName` of a Gateway; undefined when there is no such Secret: the server is not served. */
  named(credentialName: string): TlsCredential | undefined
  /** For the listener of port 443 that no Gateway opens; undefined: it is not served. */
  development(serverName: string): TlsCredential | undefined
}

export const noCredentials: Credentials = { named: () => undefined, development: () => undefined }
