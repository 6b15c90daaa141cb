// The small vocabulary of HTTP/1.1: methods, reason phrases, and header names with what they mean to a proxy.

/** Methods Envoy's parser knows; any other is refused with 400. */
const methods = new Set(
  (
    'GET HEAD POST PUT DELETE PATCH OPTIONS CONNECT TRACE COPY LOCK MKCOL MOVE PROPFIND PROPPATCH SEARCH UNLOCK BIND ' +
    'REBIND UNBIND ACL REPORT MKACTIVITY CHECKOUT MERGE M-SEARCH NOTIFY SUBSCRIBE UNSUBSCRIBE PURGE MKCALENDAR LINK ' +
    'UNLINK SOURCE'
  ).split(' '),
)

export function isMethod(text: string): boolean {
  return methods.has(text)
}

/** True when bytes that begin with `text` can be the start of a request line. */
export function beginsRequest(text: string): boolean {
  const space = text.indexOf(' ')
  if (space >= 0) return methods.has(text.slice(0, space))
  for (const method of methods) if (method.startsWith(text)) return true
  return false
}

/** What a header does to the message that carries it; most do nothing. */
export const roles = {
  none: 0,
  host: 1,
  contentLength: 2,
  transferEncoding: 3,
  connection: 4,
  upgrade: 5,
  contentType: 6,
} as const

export type Role = (typeof roles)[keyof typeof roles]

export interface FieldName {
  /** In lower case. */
  readonly text: string
  readonly role: Role
}

const roleOf: Record<string, Role> = {
  host: roles.host,
  'content-length': roles.contentLength,
  'transfer-encoding': roles.transferEncoding,
  connection: roles.connection,
  upgrade: roles.upgrade,
  'content-type': roles.contentType,
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const seen = new Map<string, FieldName>()
// Bounds what a client that invents names can make us keep.
const mostSeen = 1_024

/** The name as received, in lower case and with its role; undefined when it is no token (a space before the colon). */
export function fieldName(raw: string): FieldName | undefined {
  const known = seen.get(raw)
  if (known) return known
  if (!token.test(raw)) return undefined
  const text = raw.toLowerCase()
  const name: FieldName = { text, role: Object.hasOwn(roleOf, text) ? (roleOf[text] ?? roles.none) : roles.none }
  if (seen.size < mostSeen && raw.length <= 64) seen.set(flatCopy(raw), name)
  return name
}

/** A copy that does not keep the whole head alive: a slice of a string holds its parent. */
function flatCopy(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

/** Reason phrases as Envoy writes them; what it does not know is `Unknown` (418 too). */
const reasons: Record<number, string> = {
  100: 'Continue',
  101: 'Switching Protocols',
  102: 'Processing',
  103: 'Early Hints',
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  203: 'Non-Authoritative Information',
  204: 'No Content',
  205: 'Reset Content',
  206: 'Partial Content',
  207: 'Multi-Status',
  208: 'Already Reported',
  226: 'IM Used',
  300: 'Multiple Choices',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  305: 'Use Proxy',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Payload Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  417: 'Expectation Failed',
  421: 'Misdirected Request',
  422: 'Unprocessable Entity',
  423: 'Locked',
  424: 'Failed Dependency',
  426: 'Upgrade Required',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
  506: 'Variant Also Negotiates',
  507: 'Insufficient Storage',
  508: 'Loop Detected',
  510: 'Not Extended',
  511: 'Network Authentication Required',
  599: 'Last Unassigned Server Error Code',
}

export function reasonOf(status: number): string {
  return reasons[status] ?? 'Unknown'
}
