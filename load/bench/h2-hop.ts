// What an HTTP/2 request costs in the gateway, prior knowledge on both sides, beside Envoy.
import { rmSync } from 'node:fs'
import { type ClientHttp2Session, connect, createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { startWorld } from '../world.ts'
import { atMost, type Bench, type Figure, given } from './bench.ts'
import { envoyBinary, startEnvoy } from './envoy.ts'
import { envoyHost, fullSemantics, hopProject } from './hop-project.ts'
import { cpuSeconds } from './process-tree.ts'

const sessions = 4
const streamsEach = 8
const requests = 30_000

export const h2Hop: Bench = {
  name: 'h2-hop',
  async run(progress) {
    const backend = createServer()
    backend.on('stream', stream => {
      stream.on('error', () => {})
      stream.respond({ ':status': 200, 'content-type': 'text/plain' })
      stream.end('hello')
    })
    await new Promise<void>(resolve => backend.listen(0, '127.0.0.1', resolve))
    const { port } = backend.address() as AddressInfo
    try {
      progress('h2c at the gateway')
      const ours = await measured(port)
      const binary = envoyBinary()
      progress('Envoy')
      const theirs = binary ? await measuredEnvoy(binary, port) : undefined
      return compared(ours, theirs)
    } finally {
      backend.close()
    }
  },
}

function compared(ours: number, theirs: number | undefined): Figure[] {
  const figures = [given('h2c unary at the gateway, CPU a request', microseconds(ours))]
  if (theirs === undefined) return [...figures, given('Envoy is not here', '–')]
  return [
    ...figures,
    given('Envoy 1.37, h2c on both sides, concurrency 1, CPU a request', microseconds(theirs)),
    atMost('h2c unary ÷ Envoy', ours / theirs, 2, value => value.toFixed(2)),
  ]
}

async function measured(backend: number): Promise<number> {
  const project = hopProject({ backend, hosts: 1, rulesPerHost: 1, http2: true })
  const world = await startWorld({ project, flags: ['--pool', '0'] })
  try {
    return await costOf(world.pid, world.port)
  } finally {
    await world.stop()
    rmSync(project, { recursive: true })
  }
}

async function measuredEnvoy(binary: string, backend: number): Promise<number> {
  const envoy = await startEnvoy(binary, { backend, virtualHosts: [envoyHost(1)], http2: true })
  try {
    return await costOf(envoy.pid, envoy.port)
  } finally {
    envoy.stop()
  }
}

async function costOf(pid: number, port: number): Promise<number> {
  const clients = Array.from({ length: sessions }, () => connect(`http://127.0.0.1:${port}`))
  await exchange(clients, requests / 5)
  const before = cpuSeconds(pid)
  await exchange(clients, requests)
  const cost = (cpuSeconds(pid) - before) / requests
  for (const client of clients) client.destroy()
  return cost
}

/** So many requests, each of the streams one after the other. Rejects at the first wrong answer. */
async function exchange(clients: readonly ClientHttp2Session[], count: number): Promise<void> {
  let left = count
  const worker = async (client: ClientHttp2Session) => {
    while (left-- > 0) await oneRequest(client)
  }
  await Promise.all(clients.flatMap(client => Array.from({ length: streamsEach }, () => worker(client))))
}

function oneRequest(client: ClientHttp2Session): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = client.request({ ':path': '/', ':authority': fullSemantics.host, 'x-dev-user': 'user-0' })
    let status = 0
    let body = ''
    stream.setEncoding('utf8')
    stream.once('response', headers => {
      status = Number(headers[':status'])
    })
    stream.on('data', (text: string) => {
      body += text
    })
    stream.once('error', reject)
    stream.once('close', () => {
      if (status === 200 && body === 'hello') resolve()
      else reject(new Error(`a wrong answer: ${status} ${body}`))
    })
    stream.end()
  })
}

const microseconds = (value: number) => `${(value * 1e6).toFixed(1)} µs`
