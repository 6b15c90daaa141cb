// Whether a call goes through the proxy of the environment, and with which credential.
import type { Env } from './env.ts'

export interface OutboundProxy {
  origin: string
  /** The value of Proxy-Authorization, when the proxy's URL carries a credential. */
  authorization?: string
}

/** Finds the proxy for a URL, if any, by the rules of `http_proxy`, `https_proxy` and `no_proxy` (either spelling). */
export function proxyChooser(env: Env): (url: URL) => OutboundProxy | undefined {
  const plain = parseProxy(env.http_proxy || env.HTTP_PROXY)
  const tls = parseProxy(env.https_proxy || env.HTTPS_PROXY)
  const bypassed = parseBypass(env.no_proxy || env.NO_PROXY)
  return url => (bypassed(url) ? undefined : url.protocol === 'https:' ? tls : plain)
}

function parseProxy(value: string | undefined): OutboundProxy | undefined {
  if (!value) return undefined
  const url = new URL(value.includes('://') ? value : `http://${value}`)
  if (!url.username) return { origin: url.origin }
  const credential = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  return { origin: url.origin, authorization: `Basic ${Buffer.from(credential).toString('base64')}` }
}

/** Entries are `*`, a host, or a domain with or without a leading dot, each optionally with a port. */
function parseBypass(value: string | undefined): (url: URL) => boolean {
  const entries = (value ?? '').split(/[\s,]+/).filter(Boolean)
  return url => entries.some(entry => bypasses(entry.toLowerCase(), url))
}

function bypasses(entry: string, url: URL): boolean {
  if (entry === '*') return true
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const [, name = entry, port] = /^(.*[^:]):(\d+)$/.exec(entry) ?? []
  // An IPv6 address is full of colons: `::1` has no port.
  if (entry === host) return true
  if (port && port !== (url.port || (url.protocol === 'https:' ? '443' : '80'))) return false
  const domain = name.replace(/^\*?\./, '').replace(/^\[|\]$/g, '')
  return host === domain || host.endsWith(`.${domain}`)
}
