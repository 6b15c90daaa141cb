import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGuard } from '../process/guard.ts'
import { bootProcess } from './booted-process.ts'
import { poolProgram } from './program.ts'

const repository = join(import.meta.dirname, '../../..')

let folder: string
let program: string
let guard: ReturnType<typeof startGuard>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'web-globals-'))
  program = await poolProgram(folder, [repository])
  guard = startGuard(join(folder, 'sockets'))
})

afterAll(async () => {
  await guard.close()
  rmSync(folder, { recursive: true, force: true })
})

let count = 0

/** Becomes a function whose `start` runs `body` and gives what it returns, as JSON. */
async function inProcess(body: string, env: Record<string, string> = {}): Promise<unknown> {
  const bundle = join(folder, `bundle-${count++}.cjs`)
  const result = `${bundle}.json`
  writeFileSync(
    bundle,
    `exports.start = async () => {
      const value = await (async () => { ${body} })()
      require('node:fs').writeFileSync(${JSON.stringify(result)}, JSON.stringify(value))
      return { async close() {} }
    }`,
  )
  const child = bootProcess({ program, guard, env: {}, cwd: folder, logFile: `${bundle}.log` })
  await child.boot
  child.assign({
    ...{ bundle, codeCache: `${bundle}.cache`, env, args: [], cwd: folder, listen: { path: join(folder, 'unused') } },
    ...{ graceMs: 100, projectDir: folder, roots: [repository] },
  })
  const failed = child.exited.then(async () => {
    throw new Error((await promisify(execFile)('cat', [`${bundle}.log`])).stdout)
  })
  await Promise.race([child.listening, failed])
  failed.catch(() => {})
  child.kill()
  return JSON.parse((await promisify(execFile)('cat', [result])).stdout)
}

/** A proxy that answers every request itself with the target it was asked for, and refuses tunnels with 418. */
async function withProxy<T>(use: (url: string, asked: string[]) => Promise<T>): Promise<T> {
  const asked: string[] = []
  const proxy = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.end(`asked for ${request.url}`)
  })
  proxy.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url}`)
    socket.end('HTTP/1.1 418 No\r\n\r\n')
  })
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
  try {
    return await use(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, asked)
  } finally {
    proxy.closeAllConnections()
    proxy.close()
  }
}

const proxied = (url: string) => ({ NODE_USE_ENV_PROXY: '1', http_proxy: url, https_proxy: url, no_proxy: '10.0.0.1' })

describe('a pool process', () => {
  it('has booted without what most functions never use', async () => {
    const late = ['internal/deps/undici/undici', 'http2', 'tls', 'crypto', 'https']
    const loaded = `return process.moduleLoadList.map(name => name.split(' ').at(-1))`
    const modules = (await inProcess(loaded, proxied('http://127.0.0.1:9'))) as string[]
    expect(modules.filter(name => late.includes(name))).toEqual([])
    expect(modules).toContain('http')
  })

  it('has the globals of fetch, all of one family', async () => {
    const body = `
      const form = new FormData()
      form.set('name', 'value')
      const request = new Request('http://x/', { method: 'POST', body: form, headers: new Headers({ a: 'b' }) })
      const answer = Response.json({ ok: true })
      return [
        (await request.formData()).get('name'), request.headers.get('a'), request instanceof Request,
        await answer.json(), answer instanceof Response, typeof WebSocket, new MessageEvent('m', { data: 1 }).data,
        new CloseEvent('c', { code: 1000 }).code,
      ]`
    expect(await inProcess(body)).toEqual(['value', 'b', true, { ok: true }, true, 'function', 1, 1000])
  })

  it('lets a function put its own in the place of a global', async () => {
    expect(await inProcess(`globalThis.fetch = () => 'mine'; return fetch()`)).toBe('mine')
  })

  it('makes multipart boundaries and speaks HTTP/2, which load what was left out', async () => {
    const body = `
      const form = new FormData()
      form.set('a', 'b')
      const { Agent } = require('undici')
      const server = require('node:http2').createServer()
      await new Promise(resolve => server.listen(0, resolve))
      server.on('stream', stream => { stream.respond({ ':status': 200 }); stream.end('two') })
      const url = 'http://127.0.0.1:' + server.address().port
      const client = new (require('undici').Client)(url, { useH2c: true, allowH2: true })
      const answer = await client.request({ path: '/', method: 'GET' })
      const text = await answer.body.text()
      await client.close()
      server.close()
      return [/boundary=/.test(new Request('http://x/', { method: 'POST', body: form }).headers.get('content-type')), text]`
    expect(await inProcess(body)).toEqual([true, 'two'])
  })
})

describe('the proxies of an environment', () => {
  const get = (module: string, url: string) => `await new Promise(resolve =>
    require('${module}').get('${url}', answer => {
      let text = ''
      answer.on('data', chunk => { text += chunk }).on('end', () => resolve(text))
    }).on('error', error => resolve(error.code ?? error.message)))`

  it('carry fetch, undici and http requests', async () => {
    await withProxy(async (url, asked) => {
      const body = `
        const fetched = await fetch('http://one.example/').then(answer => answer.status, error => String(error.cause))
        const undici = await require('undici').request('http://two.example/').then(a => a.statusCode, e => e.message)
        const plain = ${get('node:http', 'http://three.example/a')}
        return [fetched, undici, plain]`
      const answers = await inProcess(body, proxied(url))
      expect(asked.join(' ')).toMatch(/one\.example.*two\.example.*three\.example/)
      expect(answers).toContain('asked for http://three.example/a')
    })
  })

  it('carry https requests, through a tunnel', async () => {
    await withProxy(async (url, asked) => {
      await inProcess(`return ${get('node:https', 'https://four.example/')}`, proxied(url))
      expect(asked).toEqual(['CONNECT four.example:443'])
    })
  })

  it('leave a function that names none alone', async () => {
    await withProxy(async (url, asked) => {
      const body = `return (await fetch('${url}/direct')).text()`
      expect(await inProcess(body)).toBe('asked for /direct')
      expect(asked).toEqual(['/direct'])
    })
  })
})
