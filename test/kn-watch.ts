// Watches as clients of Kubernetes open them: one JSON object a line, from a version on.
import { request } from 'node:http'
import { join } from 'node:path'

export interface WatchEvent {
  type: string
  object: unknown
}

/** Events since `version` up to and with the first that is `last`. Rejects when the watch ends before, or after 20 s. */
export function watchFrom(
  stateDir: string,
  path: string,
  version: string,
  last: (event: WatchEvent) => boolean,
): Promise<WatchEvent[]> {
  const query = `resourceVersion=${version}&watch=true&timeoutSeconds=20`
  const options = { socketPath: join(stateDir, 'api.sock'), path: `${path}&${query}` }
  const events: WatchEvent[] = []
  return new Promise((resolve, reject) => {
    const sent = request(options, answer => {
      let rest = ''
      answer.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) {
          const event = JSON.parse(line) as WatchEvent
          events.push(event)
          if (!last(event)) continue
          resolve(events)
          answer.destroy()
          return
        }
      })
      answer.once('end', () => reject(new Error(`the watch ended after ${JSON.stringify(events)}`)))
      answer.once('error', reject)
    })
    sent.once('error', reject).end()
  })
}
