import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const launcher = join(root, 'local/cli/bin/skiff.js')
const anyPorts = ['--gateway-port', '80=0', '--gateway-port', '443=0']

interface Outcome {
  code: number
  out: string
  err: string
}

/** One run of the launcher as a person starts it. */
function skiff(cwd: string, ...args: string[]): Promise<Outcome> {
  const { SKIFF_STATE: _, ...env } = process.env
  return new Promise(resolve => {
    execFile(process.execPath, [launcher, ...args], { cwd, env }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err })
    })
  })
}

describe('skiff', () => {
  const place = mkdtempSync(join(tmpdir(), 'skiff-cli-'))
  const project = join(place, 'demo')

  beforeAll(async () => {
    expect(await skiff(place, 'init', 'demo')).toMatchObject({ code: 0 })
    symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'))
  })

  afterAll(async () => {
    await skiff(project, 'down')
    rmSync(place, { recursive: true, force: true })
  })

  describe('without a runtime', () => {
    it.each([
      [['frobnicate'], 2, "unknown command 'frobnicate'"],
      [[], 2, 'which command?'],
      [['up', '--pool', 'x'], 2, '--pool: must be a whole number'],
      [['up', '--images', 'nowhere.yaml'], 2, '--images: no such file'],
      [['get', 'spoons'], 2, 'the API has no kind "spoons"'],
      [['status'], 4, 'no runtime is running here'],
      [['get', 'ksvc'], 4, 'no runtime is running here'],
    ])('%j ends with %i and one line', async (args, code, sentence) => {
      const outcome = await skiff(project, ...args)
      expect(outcome).toMatchObject({ code, out: '' })
      expect(outcome.err).toContain(sentence)
      expect(outcome.err.trimEnd().split('\n')).toHaveLength(1)
    })

    it('has nothing to stop, which is no failure', async () => {
      expect(await skiff(project, 'down')).toMatchObject({ code: 0, out: expect.stringContaining('nothing to stop') })
    })

    it('says with --json what went wrong as JSON', async () => {
      const { code, err } = await skiff(project, 'status', '--json')
      expect(code).toBe(4)
      expect(JSON.parse(err).error).toMatchObject({ exitCode: 4 })
    })

    it('refuses a folder that is no project', async () => {
      const { code, err } = await skiff(place, 'up')
      expect(code).toBe(2)
      expect(err).toContain('is no project')
    })

    it('does not write over a folder', async () => {
      expect(await skiff(place, 'init', 'demo')).toMatchObject({ code: 2 })
    })

    it('names the line of a flaw, and boots nothing', async () => {
      const bad = join(project, 'knative/hello/bad.yaml')
      writeFileSync(bad, 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: x\n  labelz: {}\n')
      const outcome = await skiff(project, 'up', ...anyPorts)
      rmSync(bad)
      expect(outcome.code).toBe(3)
      expect(outcome.err).toContain('knative/hello/bad.yaml:5')
      expect(existsSync(join(project, '.skiff/skiff.pid'))).toBe(false)
    })

    const container = ['  template:', '    spec:', '      containers:', '        - image: dev.local/hello/hello']
    const inContainer = (...lines: string[]) => [...container, ...lines.map(line => `          ${line}`)]
    const share = (...lines: string[]) => [...container, '  traffic:', ...lines.map(line => `    ${line}`)]

    it.each([
      ['an unknown field', [...container, '  templte: {}'], /:10:3: unknown field .*did you mean "template"/],
      ['a wrong type', inContainer('env: 7'), /:10:11: .*env: expected array, got number/],
      ['a reserved variable', inContainer('env:', '  - name: K_SERVICE'), /:11:15: "K_SERVICE" is a reserved/],
      ['a reserved port', inContainer('ports:', '  - containerPort: 8012'), /:10:11: .*8012 is a reserved port/],
      ['percents that are not 100', share('- percent: 60', '  latestRevision: true'), /:10:3: .*sum to 60, want 100/],
      [
        'a tag that makes a host too long',
        share('- percent: 100', '  latestRevision: true', `  tag: ${'a'.repeat(60)}`),
        /:13:7: .*63 characters:.*shorten the tag or the name/s,
      ],
      ['broken YAML', ['  template: ['], /:7:1: not readable as YAML/],
    ])('refuses %s at its line', async (_, lines, sentence) => {
      const bad = join(project, 'knative/hello/bad.yaml')
      const head = ['apiVersion: serving.knative.dev/v1', 'kind: Service', 'metadata:', '  name: flawed', 'spec:']
      writeFileSync(bad, `${[...head, ...lines].join('\n')}\n`)
      const outcome = await skiff(project, 'up', ...anyPorts)
      rmSync(bad)
      expect(outcome.code).toBe(3)
      expect(outcome.err).toMatch(/^skiff: knative\/hello\/bad\.yaml:/)
      expect(outcome.err).toMatch(sentence)
      expect(outcome.err).not.toMatch(/^ +at /m)
    })

    it('refuses a name that is written twice, and says where both stand', async () => {
      const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: twice\n'
      const files = ['a', 'b'].map(name => join(project, `knative/hello/${name}.yaml`))
      for (const file of files) writeFileSync(file, text)
      const outcome = await skiff(project, 'up', ...anyPorts)
      for (const file of files) rmSync(file)
      expect(outcome.code).toBe(3)
      expect(outcome.err).toMatch(/b\.yaml:4:3: ConfigMap "twice" .*also at knative\/hello\/a\.yaml:1/)
    })

    it.runIf(process.platform === 'linux')('does not hang where the system takes no folder', async () => {
      for (const detach of [[], ['-d']]) {
        const outcome = await skiff(project, 'up', ...detach, ...anyPorts, '--state', '/proc/x')
        expect(outcome).toMatchObject({
          code: 1,
          err: expect.stringContaining('cannot write the state folder /proc/x'),
        })
      }
    })

    it('names the holder of a taken port and the flag that moves it', async () => {
      const holder = createServer().listen(0, '127.0.0.1')
      await once(holder, 'listening')
      const { port } = holder.address() as { port: number }
      const outcome = await skiff(project, 'up', '-d', '--gateway-port', `80=${port}`, '--gateway-port', '443=0')
      holder.close()
      expect(outcome.code).toBe(5)
      expect(outcome.err).toContain(`port ${port}`)
      expect(outcome.err).toContain('--gateway-port 80=PORT')
    })

    it('says that the state folder cannot be written', async () => {
      writeFileSync(join(place, 'file'), '')
      for (const detach of [[], ['-d']]) {
        const outcome = await skiff(project, 'up', ...detach, ...anyPorts, '--state', join(place, 'file', 'state'))
        expect(outcome.code).toBe(1)
        expect(outcome.err).toMatch(/^skiff: cannot write the state folder .*--state DIR\n$/)
      }
    })
  })

  describe('with a runtime in the background', () => {
    let port = ''

    beforeAll(async () => {
      const outcome = await skiff(project, 'up', '-d', ...anyPorts)
      expect(outcome).toMatchObject({ code: 0, err: '' })
      port = /127\.0\.0\.1:(\d+)|localhost:(\d+)/.exec(outcome.out)?.slice(1).find(Boolean) ?? ''
    })

    it('prints a curl that answers', async () => {
      const { get } = await import('node:http')
      const [response] = await once(get({ port, headers: { host: 'hello.hello.localhost' } }), 'response')
      expect(JSON.parse(Buffer.concat(await response.toArray()).toString())).toEqual({ message: 'Hello from Knative' })
    })

    it('refuses a second one on the same state', async () => {
      for (const detach of [[], ['-d']]) {
        const { code, err } = await skiff(project, 'up', ...detach, ...anyPorts)
        expect(code).toBe(5)
        expect(err).toMatch(/^skiff: already running here as process \d+ .*skiff down\n$/)
      }
    })

    it('keeps its state from other users', () => {
      expect(statSync(join(project, '.skiff')).mode & 0o777).toBe(0o700)
      for (const file of ['state.db', 'broker.db', 'skiff.pid', 'api.sock']) {
        expect([file, statSync(join(project, '.skiff', file)).mode & 0o077]).toEqual([file, 0])
      }
    })

    it('shows what runs', async () => {
      const { out } = await skiff(project, 'status', '--json')
      expect(JSON.parse(out)).toMatchObject({
        ready: true,
        services: [{ namespace: 'hello', name: 'hello', ready: 'True' }],
      })
    })

    it('prints the columns of a kind', async () => {
      const { out } = await skiff(project, 'get', 'ksvc', '-A')
      expect(out.split('\n')[0]).toMatch(/^NAMESPACE +NAME +URL +LATESTCREATED +LATESTREADY +READY +REASON$/)
      expect(out.split('\n')[1]).toMatch(
        /^hello +hello +http:\/\/hello\.hello\.localhost.* hello-00001 +hello-00001 +True/,
      )
    })

    it('prints YAML, JSON and names', async () => {
      expect((await skiff(project, 'get', 'ksvc/hello', '-n', 'hello', '-o', 'yaml')).out).toMatch(
        /^apiVersion: serving/,
      )
      const list = JSON.parse((await skiff(project, 'get', 'ksvc', '-n', 'hello', '-o', 'json')).out)
      expect(list).toMatchObject({ kind: 'List', items: [{ metadata: { name: 'hello' } }] })
      const names = await skiff(project, 'get', 'rev', '-n', 'hello', '-o', 'name')
      expect(names.out).toBe('revision.serving.knative.dev/hello-00001\n')
    })

    it('says when there is nothing, and when something named is missing', async () => {
      expect(await skiff(project, 'get', 'ksvc')).toMatchObject({
        code: 0,
        err: 'No resources found in default namespace.\n',
      })
      const missing = await skiff(project, 'get', 'ksvc', 'nope')
      expect(missing).toMatchObject({ code: 1 })
      expect(missing.err).toContain('services.serving.knative.dev "nope" not found')
    })

    it('says what Istio’s validation warns of, with its line, and applies it', async () => {
      const file = join(place, 'warned.yaml')
      const abort =
        '    - fault: {abort: {percentage: {value: 5}}}\n      route: [{destination: {host: a.example.com}}]\n'
      const head = 'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: warned}\n'
      writeFileSync(file, `${head}spec:\n  hosts: [a.example.com]\n  http:\n${abort}`)
      const outcome = await skiff(project, 'apply', '-f', file)
      expect(outcome).toMatchObject({ code: 0, out: 'virtualservice.networking.istio.io/warned created\n' })
      expect(outcome.err).toMatch(/^warning: .*warned\.yaml:7:15: abort configured, but error type not set\n$/)
      expect(await skiff(project, 'delete', '-f', file)).toMatchObject({ code: 0 })
    })

    it('applies, says so again, and deletes', async () => {
      const file = join(place, 'map.yaml')
      writeFileSync(file, 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: m\ndata:\n  a: "1"\n')
      expect((await skiff(project, 'apply', '-f', file)).out).toBe('configmap/m created\n')
      expect((await skiff(project, 'apply', '-f', file)).out).toBe('configmap/m unchanged\n')
      writeFileSync(file, readFileSync(file, 'utf8').replace('"1"', '"2"'))
      expect((await skiff(project, 'apply', '-f', file)).out).toBe('configmap/m configured\n')
      expect(await skiff(project, 'delete', '-f', file)).toMatchObject({ code: 0 })
      expect(await skiff(project, 'delete', '-f', file)).toMatchObject({ code: 0, out: 'configmap/m was not there\n' })
    })

    it('applies and deletes what comes on standard input', async () => {
      const piped = async (...args: string[]) => {
        const child = spawn(process.execPath, [launcher, ...args, '-f', '-'], { cwd: project })
        child.stdin.end('apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: piped\n')
        return Buffer.concat(await child.stdout.toArray()).toString()
      }
      expect(await piped('apply')).toBe('configmap/piped created\n')
      expect(await piped('delete')).toBe('configmap "piped" deleted\n')
    })

    it('refuses a flawed file and applies the other', async () => {
      writeFileSync(join(place, 'bad.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\ndatum: {}\n')
      writeFileSync(join(place, 'good.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: g\n')
      const outcome = await skiff(project, 'apply', '-f', join(place, 'bad.yaml'), join(place, 'good.yaml'))
      expect(outcome).toMatchObject({ code: 3, out: 'configmap/g created\n' })
      expect(outcome.err).toMatch(/bad\.yaml:5.*datum/)
    })

    it('takes several documents of one object in order, a Service revision by revision', async () => {
      const file = join(place, 'several.yaml')
      const map = (value: number) =>
        `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: several\ndata:\n  a: "${value}"\n`
      const service = (version: string, traffic = '') => `apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: steps, namespace: hello}
spec:
  template:
    metadata: {name: steps-${version}}
    spec: {containers: [{name: user-container, image: dev.local/hello/hello, env: [{name: V, value: ${version}}]}]}
${traffic}`
      const split = '  traffic: [{revisionName: steps-v1, percent: 50}, {revisionName: steps-v2, percent: 50}]\n'
      const documents = [map(1), service('v1'), map(2), service('v2'), service('v3', split)]
      writeFileSync(file, documents.join('---\n'))
      const outcome = await skiff(project, 'apply', '-f', file)
      expect(outcome).toMatchObject({ code: 0, err: '' })
      expect(outcome.out.trimEnd().split('\n')).toEqual([
        'configmap/several created',
        'configmap/several configured',
        'service.serving.knative.dev/steps created',
        'service.serving.knative.dev/steps configured',
        'service.serving.knative.dev/steps configured',
      ])
      const { out } = await skiff(project, 'get', 'rev', '-n', 'hello', '-o', 'name')
      expect(out.match(/steps-v\d/g)).toEqual(['steps-v1', 'steps-v2', 'steps-v3'])
      const { spec } = JSON.parse((await skiff(project, 'get', 'ksvc', 'steps', '-n', 'hello', '-o', 'json')).out)
      expect(spec.traffic.map((one: { revisionName: string }) => one.revisionName)).toEqual(['steps-v1', 'steps-v2'])
      expect((await skiff(project, 'delete', '-f', file)).out.trimEnd().split('\n')).toHaveLength(2)
    })

    it('shows what a service wrote', async () => {
      expect(await skiff(project, 'logs', 'hello', '-n', 'hello')).toMatchObject({ code: 0 })
      expect(await skiff(project, 'logs', 'nope', '-n', 'hello')).toMatchObject({ code: 1 })
      const all = ['logs', 'hello', '-n', 'hello']
      expect(await skiff(project, ...all, '--since', '1h')).toMatchObject({ code: 0 })
      expect(await skiff(project, ...all, '--previous')).toMatchObject({ out: '' })
      expect(await skiff(project, ...all, '--since', 'soon')).toMatchObject({ code: 2 })
    })

    it('replaces a runtime that was killed, and stops', async () => {
      const pid = Number(readFileSync(join(project, '.skiff/skiff.pid'), 'utf8'))
      process.kill(pid, 'SIGKILL')
      expect(await skiff(project, 'up', '-d', ...anyPorts)).toMatchObject({ code: 0 })
      expect(await skiff(project, 'down')).toMatchObject({ code: 0 })
      expect(existsSync(join(project, '.skiff/skiff.pid'))).toBe(false)
      expect(await skiff(project, 'status')).toMatchObject({ code: 4 })
    })
  })

  it('stops cleanly at Ctrl-C in the foreground', async () => {
    const child = spawn(process.execPath, [launcher, 'up', ...anyPorts], {
      cwd: project,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(existsSync(join(project, '.skiff/skiff.pid'))).toBe(false)
  })
})
