// Calls cluster addresses from outside the mesh's processes: through the outbound capture, with a credential of its own.
import { request as httpRequest, type RequestOptions } from 'node:http'

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

export interface CallOptions {
  method?: string
  headers?: Record<string, string>
  body?: string
}

/** Sends one request to a cluster URL; rejects when no answer came. */
export type MeshCall = (url: string, options?: CallOptions) => Promise<Answer>

/** A way into the mesh: the proxy's origin and what to authorize with. */
export interface Credential {
  origin: string
  authorization: string
}

/** Asks the runtime for a credential of a workload of `namespace`. */
export async function credential(
  apiSocket: string,
  namespace: string,
  labels: Record<string, string> = {},
): Promise<Credential> {
  const headers = { 'content-type': 'application/json' }
  const options = { socketPath: apiSocket, path: '/skiff/credential', method: 'POST', headers }
  const proxy = new URL(
    (JSON.parse((await send(options, JSON.stringify({ namespace, labels }))).body) as { url: string }).url,
  )
  const authorization = `Basic ${Buffer.from(`${proxy.username}:${proxy.password}`).toString('base64')}`
  return { origin: proxy.origin, authorization }
}

/** A client of the runtime whose API socket is given, acting as a workload of `namespace`. */
export async function meshClient(
  apiSocket: string,
  namespace: string,
  labels: Record<string, string> = {},
): Promise<MeshCall> {
  const { origin, authorization } = await credential(apiSocket, namespace, labels)
  const { hostname, port } = new URL(origin)
  return (url, { method = 'GET', headers = {}, body = '' } = {}) => {
    const own = {
      host: new URL(url).host,
      'proxy-authorization': authorization,
      'content-length': Buffer.byteLength(body),
    }
    return send({ host: hostname, port, path: url, method, agent: false, headers: { ...headers, ...own } }, body)
  }
}

function send(options: RequestOptions, body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(options, answer => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }))
      answer.once('error', reject)
    })
    sent.once('error', reject).end(body)
  })
}
