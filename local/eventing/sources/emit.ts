// How sources send: an event of their own to a sink, tried again a few times as Knative's adapters do.
import { type Clock, sleep } from '../../kernel/clock.ts'
import type { Log } from '../../kernel/log.ts'
import { type Random, uuid } from '../../kernel/random.ts'
import type { Send } from '../../seams/send.ts'
import type { CloudEvent } from '../cloudevents/event.ts'
import { judgeTaken, noAnswer } from '../delivery/outcome.ts'
import { replyRequest } from '../delivery/request.ts'

export interface EmitOptions {
  clock: Clock
  random: Random
  log: Log
  send: Send
}

/** Sends `event` to `sink` under a new id; `name` is the source's, for the log. Resolves when it was taken or given up. */
export type Emit = (name: string, namespace: string, sink: string, event: CloudEvent) => Promise<void>

const firstWaitMs = 50
const retries = 5
const timeoutMs = 30_000

export function createEmit({ clock, random, log, send }: EmitOptions): Emit {
  return async (name, namespace, sink, { attributes, data }) => {
    const event = { attributes: { specversion: '1.0', id: uuid(random), ...attributes }, data }
    const request = replyRequest({ event, headers: [] }, { url: sink, namespace, timeoutMs })
    for (let tries = 1; ; tries++) {
      const outcome = await send(request).then(response => judgeTaken(response, clock.now()), noAnswer)
      if (outcome.type !== 'failure') return
      if (!outcome.retry || tries > retries) {
        log('error', `${name}: ${sink} answered ${outcome.code}, the event is lost`, { id: event.attributes.id })
        return
      }
      await sleep(clock, firstWaitMs * 2 ** (tries - 1))
    }
  }
}
