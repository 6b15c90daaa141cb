// Images of functions: what goes into them, and that it runs as the image runs it.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { writeFunctionImage } from '../scripts/images/function-image.ts'
import { packageClosure, packagesOf } from '../scripts/images/package-closure.ts'
import { sbomOf } from '../scripts/images/sbom.ts'

const root = join(import.meta.dirname, '..')
const place = mkdtempSync(join(tmpdir(), 'images-'))
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8')
const versions = readFileSync(join(root, 'scripts/versions.env'), 'utf8')

afterAll(() => rmSync(place, { recursive: true, force: true }))

async function image(source: string, name = source.replace('/', '-')) {
  const outDir = join(place, name)
  const content = await writeFunctionImage({ source, projectDir: root, outDir, epoch: 1_700_000_000 })
  return { app: join(outDir, 'app'), ...content }
}

/** What `npm ci --omit=dev` installs, but for Node itself, which is large. */
function copyInstalled(context: string): void {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>
  }
  for (const [folder, { dev }] of Object.entries(packages)) {
    const from = join(root, folder)
    if (!folder || dev || /\/node-(bin-)?(linux|darwin|win)-/.test(folder) || !existsSync(from)) continue
    const isOwn = (path: string) => !relative(from, path).startsWith('node_modules')
    cpSync(from, join(context, folder), { recursive: true, filter: isOwn })
  }
}

/** A port that nobody listens at. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** The command of the image, in its working directory; away from this repository's packages. */
function start(app: string, env: Record<string, string>): ChildProcess {
  const [, words = ''] = /^CMD (.*)$/m.exec(dockerfile) ?? []
  const [, ...args] = JSON.parse(words) as string[]
  return spawn(process.execPath, args, { cwd: app, env: { PATH: '', ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
}

async function answered(url: string): Promise<Response> {
  for (let tries = 0; ; tries++) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer) return answer
    if (tries > 300) throw new Error(`${url} does not answer`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

describe('the image of a function', () => {
  it.each(['greeting/a', 'greeting/f', 'commerce/frontend', 'bookinfo/productpage'])(
    '%s runs on Node alone, answers, and ends at SIGTERM',
    async source => {
      const { app } = await image(source)
      const port = await freePort()
      const child = start(app, { PORT: String(port) })
      const exit = once(child, 'exit')
      const health = await answered(`http://127.0.0.1:${port}/healthz`)
      expect(await health.json()).toEqual({ alive: true })
      expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200)
      child.kill('SIGTERM')
      expect(await exit).toEqual([0, null])
    },
  )

  it('lets a request in flight end at SIGTERM', async () => {
    const asked = Promise.withResolvers<ServerResponse>()
    const upstream = createServer((_request, response) => asked.resolve(response)).listen(0, '127.0.0.1')
    await once(upstream, 'listening')
    const { port: upstreamPort } = upstream.address() as AddressInfo
    const { app } = await image('relay/front')
    const port = await freePort()
    const child = start(app, {
      PORT: String(port),
      SERVICE_NAME: 'f',
      UPSTREAM_URI: `http://127.0.0.1:${upstreamPort}/`,
    })
    const exit = once(child, 'exit')
    await answered(`http://127.0.0.1:${port}/healthz`)
    const answer = fetch(`http://127.0.0.1:${port}/`)
    const held = await asked.promise
    child.kill('SIGTERM')
    // Nobody new is taken, and who waits is still waiting.
    await expect
      .poll(() =>
        fetch(`http://127.0.0.1:${port}/healthz`).then(
          () => 'taken',
          () => 'refused',
        ),
      )
      .toBe('refused')
    held.end('the last word')
    expect(await (await answer).text()).toContain('the last word')
    expect(await exit).toEqual([0, null])
    upstream.close()
  })

  it('has drivers beside the bundle only where the bundle asks for them', async () => {
    const storing = await image('greeting/f')
    const plain = await image('commerce/frontend')
    expect(storing.external.some(name => /^mongodb@\d/.test(name))).toBe(true)
    expect(plain.external.some(name => /^(mongodb|ioredis|amqplib|@grpc)/.test(name))).toBe(false)
    expect(existsSync(join(plain.app, 'node_modules/prom-client/package.json'))).toBe(true)
    expect(existsSync(join(plain.app, 'node_modules/hono'))).toBe(false)
  })

  it('refuses to start on a cluster when it would lose what it stores, and says what to set', async () => {
    const { app } = await image('greeting/f')
    const child = start(app, { PORT: '0', KUBERNETES_SERVICE_HOST: '10.0.0.1' })
    let err = ''
    child.stderr?.on('data', text => (err += text))
    expect(await once(child, 'close')).toEqual([1, null])
    expect(err).toContain('set MONGODB_URI')
  })

  it('is the same, byte for byte and second for second, when it is made again', async () => {
    const contents = async (name: string) => {
      const { app } = await image('relay/core', name)
      const files: string[] = []
      for await (const file of glob('**', { cwd: app })) files.push(file)
      return files.sort().map(file => {
        const stat = statSync(join(app, file))
        return [file, stat.mtimeMs, stat.isFile() ? readFileSync(join(app, file), 'utf8') : '']
      })
    }
    const [first, second] = [await contents('once'), await contents('again')]
    expect(first.length).toBeGreaterThan(10)
    expect(second).toEqual(first)
    expect(new Set(first.map(([, time]) => time))).toEqual(new Set([1_700_000_000_000]))
  })

  it('holds neither sources nor types of packages', async () => {
    const { app } = await image('greeting/f')
    for await (const file of glob('node_modules/**', { cwd: app })) expect(file).not.toMatch(/\.(ts|map|md)$/)
    expect(readdirSync(app).sort()).toEqual(['node_modules', 'sbom.cdx.json', 'server.cjs', 'server.cjs.map'])
  })

  it('names in its bill of materials what is in the bundle and what is beside it', async () => {
    const { app } = await image('greeting/f')
    const { bomFormat, components, metadata } = JSON.parse(readFileSync(join(app, 'sbom.cdx.json'), 'utf8'))
    const found = components.map(({ name }: { name: string }) => name)
    expect({ bomFormat, name: metadata.component.name }).toEqual({ bomFormat: 'CycloneDX', name: 'greeting/f' })
    expect(found).toEqual(expect.arrayContaining(['hono', '@hono/node-server', 'mongodb', 'bson', 'prom-client']))
    expect(found).not.toContain('esbuild')
  })

  it.each([
    [['greeting'], 2, 'usage'],
    [['greeting/a'], 2, 'usage'],
    [['greeting/nobody', join(place, 'none')], 1, 'there is no folder'],
  ])('the bundler called with %j ends with %i', async (args, code, message) => {
    const ran = await new Promise<{ code: unknown; err: string }>(resolve =>
      execFile(process.execPath, [join(root, 'scripts/bundle-function.ts'), ...args], (error, _out, err) =>
        resolve({ code: error?.code ?? 0, err }),
      ),
    )
    expect(ran.code).toBe(code)
    expect(ran.err).toContain(message)
  })
})

describe('packages', () => {
  it('come with all they depend on, each where Node looks for it', () => {
    const closure = packageClosure(root, ['mongodb'])
    expect(closure.map(({ folder }) => folder)).toEqual(
      expect.arrayContaining(['node_modules/mongodb', 'node_modules/bson']),
    )
    expect(closure.every(({ version }) => /^\d/.test(version))).toBe(true)
  })

  it('that are missing are named', () => {
    expect(() => packageClosure(root, ['no-such-package'])).toThrow('the package no-such-package is not installed')
  })

  it('are told from their files, nested and scoped ones too', () => {
    const files = ['node_modules/hono/dist/a.js', 'node_modules/@hono/node-server/dist/b.js', 'functions/a.ts']
    expect(packagesOf(root, files).map(({ name }) => name)).toEqual(['@hono/node-server', 'hono'])
  })

  it('are in the bill once a version, with licences as CycloneDX writes them', () => {
    const one = { name: '@a/b', version: '1.0.0', license: 'MIT', folder: 'node_modules/@a/b' }
    const { components } = sbomOf('s/f', '1', [
      one,
      { ...one, folder: 'x' },
      { ...one, name: 'c', license: '(MIT OR X)' },
    ]) as {
      components: object[]
    }
    expect(components).toMatchObject([
      { purl: 'pkg:npm/%40a/b@1.0.0', licenses: [{ license: { id: 'MIT' } }] },
      { purl: 'pkg:npm/c@1.0.0', licenses: [{ expression: '(MIT OR X)' }] },
    ])
  })
})

describe('the Dockerfile', () => {
  it('pins its base by digest, the same as the scripts', () => {
    const [, base] = /^ARG NODE_IMAGE=(\S+)$/m.exec(dockerfile) ?? []
    expect(base).toMatch(/^docker\.io\/library\/node:24-alpine@sha256:[0-9a-f]{64}$/)
    expect(versions).toContain(`NODE_IMAGE=\${NODE_IMAGE:-${base}}`)
  })

  it('runs as a user by number, with no shell between Node and SIGTERM', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '))
    expect(last).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m)
    expect(last).toMatch(/^CMD \["node", .*"server\.cjs"\]$/m)
    expect(last).not.toMatch(/^RUN /m)
  })

  it.each(['greeting/grpc-gateway', 'commerce/frontend'])('copies all that %s is made of', async source => {
    const context = join(place, 'context')
    const admitted = readFileSync(join(root, '.dockerignore'), 'utf8').match(/^!.*$/gm) ?? []
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, words = '']) => words.split(' '))
    expect(copied.map(each => `!${each}`).sort()).toEqual(admitted.toSorted())
    for (const each of copied) cpSync(join(root, each), join(context, each), { recursive: true })
    if (!existsSync(join(context, 'node_modules'))) copyInstalled(context)
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['scripts/bundle-function.ts', source, join(place, 'built')],
      {
        cwd: context,
      },
    )
    expect(stdout).toContain(`${source}: `)
  })

  it('says where the bill of materials is', () => {
    expect(dockerfile).toContain('dev.skiff.sbom="/app/sbom.cdx.json"')
  })

  it('the bake file names every function', async () => {
    const functions: string[] = []
    for await (const app of glob('*/*/app.ts', { cwd: join(root, 'functions') }))
      functions.push(app.replace(/\/app\.ts$/, ''))
    const bake = readFileSync(join(root, 'docker-bake.hcl'), 'utf8')
    const [, list = ''] = /variable "FUNCTIONS" \{\s*default = \[([^\]]*)\]/.exec(bake) ?? []
    expect([...list.matchAll(/"([^"]+)"/g)].map(([, name]) => name)).toEqual(functions.sort())
  })
})
