// Sends 1 KB events to a broker on raw keep-alive connections, so that the sender costs little beside what is measured.
import { connect, type Socket } from 'node:net'
import type { Credential } from '../mesh-client.ts'
import { messages } from './event-sink.ts'

export interface Sent {
  accepted: number
  refused: number
  /** Milliseconds of each acknowledgement: at a pace from when the event was due. */
  times: number[]
  seconds: number
}

export interface SendPlan {
  events: number
  /** Requests under way at once. */
  inFlight: number
  /** Events a second; without it as fast as they are taken. */
  pace?: number
  type?: string
}

const host = 'broker-ingress.knative-eventing.svc.cluster.local'
const body = JSON.stringify({ padding: 'x'.repeat(1_010) })

export async function sendEvents(way: Credential, broker: string, plan: SendPlan): Promise<Sent> {
  const sent: Sent = { accepted: 0, refused: 0, times: [], seconds: 0 }
  const startedAt = performance.now()
  let next = 0
  // When the n-th event may leave.
  const wait = (index: number) => (plan.pace ? startedAt + (index / plan.pace) * 1_000 - performance.now() : 0)
  const one = async () => {
    const line = await openLine(way)
    for (let index = next++; index < plan.events; index = next++) {
      const late = plan.pace ? -wait(index) : 0
      if (late < -1) await new Promise(resolve => setTimeout(resolve, -late))
      // What is due while all connections still wait for answers waits too: that time is the broker's as well.
      const began = performance.now() - Math.max(0, late)
      const status = await line.send(request(way, broker, index, plan.type ?? 'bench'))
      sent.times.push(performance.now() - began)
      if (status === 202) sent.accepted++
      else sent.refused++
    }
    line.close()
  }
  await Promise.all(Array.from({ length: plan.inFlight }, one))
  return { ...sent, seconds: (performance.now() - startedAt) / 1_000 }
}

const run = Date.now().toString(36)

function request({ authorization }: Credential, broker: string, index: number, type: string): string {
  return [
    `POST http://${host}/${broker} HTTP/1.1`,
    `host: ${host}`,
    `proxy-authorization: ${authorization}`,
    'content-type: application/json',
    'ce-specversion: 1.0',
    `ce-id: ${run}-${index}`,
    'ce-source: /bench',
    `ce-type: ${type}`,
    `content-length: ${body.length}`,
    '',
    body,
  ].join('\r\n')
}

interface Line {
  /** Resolves with the status of the answer. */
  send(text: string): Promise<number>
  close(): void
}

function openLine({ origin }: Credential): Promise<Line> {
  const { hostname, port } = new URL(origin)
  return new Promise((resolve, reject) => {
    let answered: (status: number) => void = () => {}
    const socket: Socket = connect(Number(port), hostname, () => resolve(line)).setNoDelay()
    socket
      .on(
        'data',
        messages(head => answered(Number(head.slice(9, 12)))),
      )
      .once('error', reject)
    const line: Line = {
      send(text) {
        socket.write(text)
        return new Promise(done => {
          answered = done
        })
      },
      close: () => socket.destroy(),
    }
  })
}
