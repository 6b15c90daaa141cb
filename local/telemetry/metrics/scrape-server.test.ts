import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { PodState, RevisionMeasures } from '../../seams/revision-measures.ts'
import type { Endpoint } from '../../seams/upstreams.ts'
import { expose } from './exposition.ts'
import { openScrapeServer, type ScrapeServer } from './scrape-server.ts'

const open: (ScrapeServer | Server)[] = []
afterEach(() => Promise.all(open.splice(0).map(one => one.close())))

function revision(endpoint: Endpoint | undefined, state: PodState = 'ready'): RevisionMeasures {
  return {
    ...{ namespace: 'app', revision: 'a-00001', labels: { app: 'a', 'serving.knative.dev/service': 'a' } },
    ...{ serviceAccount: 'default', metric: 'concurrency', stable: 0, panic: 0, target: 1, panicking: false },
    ...{ excessBurstCapacity: 0, desired: 1, requested: 1, queued: 0, active: 0, proxied: false },
    pods: [{ name: 'p-1', state, startedAt: 0, readyAt: 1, endpoint }],
  }
}

async function scraped(revisions: RevisionMeasures[] = []) {
  const point = { labels: { text: 'quoted " and \\ and \n' }, value: 7 }
  const metrics = () => expose([{ name: 'made_total', help: 'Made.', type: 'counter', points: [point] }])
  const server = await openScrapeServer({ metrics, revisions: () => revisions }, 0)
  open.push(server)
  const get = async (path: string, method = 'GET') => {
    const answer = await fetch(`http://${server.address}${path}`, { method })
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() }
  }
  return { server, get }
}

async function podOf(listener: RequestListener): Promise<Endpoint> {
  const server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  open.push(server)
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port, protocol: 'http1' }
}

describe('the scrape endpoint', () => {
  it('answers in the text format of Prometheus, with what Node itself tells', async () => {
    const { get } = await scraped()
    const { status, type, text } = await get('/metrics')
    expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    expect(text).toContain('# TYPE made_total counter\nmade_total{text="quoted \\" and \\\\ and \\n"} 7\n')
    expect(text).toContain('process_resident_memory_bytes ')
  })

  it('lists itself and the pods that are ready, each with who it is', async () => {
    const endpoint: Endpoint = { path: '/run/x.sock', protocol: 'http1' }
    const { server, get } = await scraped([revision(endpoint), revision(undefined, 'starting')])
    expect(JSON.parse((await get('/sd')).text)).toEqual([
      { targets: [server.address], labels: { __metrics_path__: '/metrics', component: 'skiff' } },
      {
        targets: [server.address],
        labels: {
          __metrics_path__: '/metrics/pods/app/p-1',
          ...{ namespace: 'app', pod: 'p-1', container: 'user-container', revision: 'a-00001', service: 'a', app: 'a' },
        },
      },
    ])
  })

  it('fetches a pod’s own metrics, its answer as it is', async () => {
    const endpoint = await podOf((request, response) => {
      response
        .writeHead(200, { 'content-type': 'text/plain; version=0.0.4' })
        .end(`asked_total{path="${request.url}"} 1\n`)
    })
    const { get } = await scraped([revision(endpoint)])
    expect(await get('/metrics/pods/app/p-1')).toEqual({
      ...{ status: 200, type: 'text/plain; version=0.0.4', text: 'asked_total{path="/metrics"} 1\n' },
    })
  })

  it('says so when the pod has none, is gone, breaks off, or speaks another protocol', async () => {
    const without = await podOf((_, response) => response.writeHead(404).end())
    expect((await (await scraped([revision(without)])).get('/metrics/pods/app/p-1')).status).toBe(404)
    const gone: Endpoint = { path: '/nowhere.sock', protocol: 'http1' }
    const answer = await (await scraped([revision(gone)])).get('/metrics/pods/app/p-1')
    expect(answer).toMatchObject({ status: 502, text: expect.stringContaining('the pod gave no metrics') })
    const grpc: Endpoint = { ...without, protocol: 'h2c' }
    expect((await (await scraped([revision(grpc)])).get('/metrics/pods/app/p-1')).status).toBe(502)
    const broken = await podOf((_, response) => {
      response.writeHead(200).write('half', () => setTimeout(() => response.destroy(), 50))
    })
    await expect((await scraped([revision(broken)])).get('/metrics/pods/app/p-1')).rejects.toThrow()
  })

  it.each([['/'], ['/metrics/pods/app/none'], ['/metrics/pods/app'], ['/metrics/pods/%/x']])(
    'has nothing at %s',
    async path => {
      expect((await (await scraped([revision(undefined)])).get(path)).status).toBe(404)
    },
  )

  it('takes no other method, and another port when its own is taken', async () => {
    const first = await scraped()
    expect((await first.get('/metrics', 'POST')).status).toBe(405)
    const taken = Number(first.server.address.split(':')[1])
    const second = await openScrapeServer({ metrics: () => expose([]), revisions: () => [] }, taken)
    open.push(second)
    expect(second.address).not.toBe(first.server.address)
  })
})
