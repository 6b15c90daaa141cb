// The gateway beside Envoy, and a service woken from zero beside a Node server that is started for a request.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { call, freePort } from '../../world.ts'
import { coldCalls } from '../cold-start.ts'
import { envoyBinary } from '../envoy.ts'
import { measureEnvoy, measureIngress } from '../ingress-hop.ts'
import { median, milliseconds } from '../stats.ts'
import { type Comparison, compare } from './table.ts'

/** Requests measured for each second of the run: as many as take about that long. */
const requestsPerSecond = 6_000

export async function compareGateways(seconds: number, progress: (step: string) => void): Promise<Comparison[]> {
  const requests = Math.round(seconds * requestsPerSecond)
  progress('the gateway')
  const ours = await measureIngress(requests)
  progress('Envoy')
  const binary = envoyBinary()
  const theirs = binary === undefined ? undefined : await measureEnvoy(binary, requests)
  return [compare('gateway, one route, CPU a request', ours * 1e6, 'Envoy 1.37', toMicroseconds(theirs), microseconds)]
}

const toMicroseconds = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1e6)
const microseconds = (value: number) => `${value.toFixed(1)} µs`

export async function compareColdStarts(seconds: number, progress: (step: string) => void): Promise<Comparison[]> {
  const runs = Math.max(1, Math.round(seconds))
  const ours = await coldCalls([], 400, progress, runs + 5)
  progress('bare Node')
  const theirs: number[] = []
  for (let run = 0; run < runs; run++) theirs.push(await startBareNode())
  const what = 'from zero to the first answer, p50'
  return [compare(what, median(ours), 'a bare node:http server, started', median(theirs), milliseconds)]
}

const server =
  "require('node:http').createServer((_, answer) => answer.end('hello')).listen(process.env.PORT, '127.0.0.1', () => console.log('up'))"

/** Milliseconds from the start of the process to the end of its first answer. */
async function startBareNode(): Promise<number> {
  const port = await freePort()
  const startedAt = performance.now()
  const child = spawn(process.execPath, ['-e', server], { env: { ...process.env, PORT: `${port}` } })
  await once(child.stdout, 'data')
  await call(port, 'localhost')
  const ms = performance.now() - startedAt
  child.kill('SIGKILL')
  return ms
}
