// Takes apart what a client writes for a host.

/** Splits `host:port`; 80 when no port is named. An IPv6 address stands in brackets, which go. */
export function splitAuthority(authority: string, defaultPort = 80): { host: string; port: number } {
  const match = /^(\[[^\]]+\]|[^:]*)(?::(\d{1,5}))?$/.exec(authority)
  const host = match?.[1] ?? authority
  return { host: host.replace(/^\[|\]$/g, ''), port: match?.[2] ? Number(match[2]) : defaultPort }
}

/** Programs do not all resolve `*.localhost`; it is this machine by definition (RFC 6761). */
export function machineOf(host: string): string {
  return host === 'localhost' || host.endsWith('.localhost') ? '127.0.0.1' : host
}
