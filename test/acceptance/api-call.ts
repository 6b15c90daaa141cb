// One call of the Kubernetes API on a socket of this machine: the runtime's own, or that of `kubectl proxy`.
import { request } from 'node:http'

/** An answer of the API: its code, and the object or the Status. */
export interface ApiReply<T = object> {
  code: number
  body: T & { message?: string; reason?: string; items?: T[] }
}

/** A PATCH merges. Rejects when nobody answers at the socket. */
export function callApi<T>(socketPath: string, method: string, path: string, body?: unknown): Promise<ApiReply<T>> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  const headers = { 'content-type': type, host: 'localhost' }
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path, headers }, answer => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      answer.once('end', () => {
        const json = answer.headers['content-type']?.includes('json')
        resolve({ code: answer.statusCode ?? 0, body: json ? JSON.parse(text) : { message: text } })
      })
    })
    sent.once('error', reject).end(body === undefined ? undefined : JSON.stringify(body))
  })
}
