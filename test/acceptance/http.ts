// One HTTP request as curl sends it: any Host, any method, the body whole.
import { Agent, request } from 'node:http'
import type { Answer, CallOptions } from '../../load/mesh-client.ts'
import type { Address } from './target.ts'

export type Reply = Answer

const agent = new Agent({ keepAlive: true })

/** `at` is an address, or a port of this machine. */
export function ask(
  at: Address | number,
  host: string,
  path: string,
  { method = 'GET', headers = {}, body }: CallOptions = {},
): Promise<Reply> {
  const address = typeof at === 'number' ? { host: '127.0.0.1', port: at } : at
  return new Promise((resolve, reject) => {
    const sent = request({ ...address, path, method, agent, headers: { ...headers, host } }, answer => {
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
