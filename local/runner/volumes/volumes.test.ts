// Volumes as real folders, and processes that see them where their YAML says, on a machine that is not changed by it.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PodSpec } from '../../api/core/pod-spec.ts'
import type { InstanceSpec } from '../../seams/instances.ts'
import { canMount, enterWords, type Mount, mountWords } from './mounts.ts'
import { makeVolumes } from './volumes.ts'

let state: string

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'volumes-'))
})

afterEach(() => rmSync(state, { recursive: true, force: true }))

function specOf(pod: PodSpec): InstanceSpec {
  const names = { name: 'pod-1', namespace: 'n', revision: 'r', configuration: 'c', service: 's' }
  return { ...names, labels: {}, annotations: {}, digests: [], graceMs: 1, pod }
}

const lookup = () => ({ key: 'value' })

describe('volumes of an instance', () => {
  const pod: PodSpec = {
    containers: [
      {
        image: 'i',
        volumeMounts: [
          { name: 'config', mountPath: '/etc/shop/', readOnly: true },
          { name: 'scratch', mountPath: '/scratch' },
          { name: 'config', mountPath: '/one', subPath: 'key' },
        ],
      },
    ],
    volumes: [
      { name: 'config', configMap: { name: 'x' } },
      { name: 'scratch', emptyDir: {} },
      { name: 'unused', secret: { secretName: 'x' } },
    ],
  }

  it('lie in the state folder, with what is mounted alone, and go with the instance', () => {
    const volumes = makeVolumes(state, specOf(pod), lookup, Date.now)
    const folder = join(state, 'volumes/n/pod-1')
    const [container] = pod.containers
    expect(container && volumes.mountsOf(container)).toEqual([
      { source: join(folder, 'config'), target: '/etc/shop', readOnly: true },
      { source: join(folder, 'scratch'), target: '/scratch', readOnly: false },
      { source: join(folder, 'config/key'), target: '/one', readOnly: false },
    ])
    expect(readFileSync(join(folder, 'config/key'), 'utf8')).toBe('value')
    expect(statSync(join(folder, 'scratch')).mode & 0o777).toBe(0o777)
    expect(existsSync(join(folder, 'unused'))).toBe(false)
    volumes.remove()
    expect(existsSync(folder)).toBe(false)
  })

  it('an emptyDir keeps what a container wrote before it was started again', () => {
    makeVolumes(state, specOf(pod), lookup, Date.now)
    writeFileSync(join(state, 'volumes/n/pod-1/scratch/mine'), 'x')
    makeVolumes(state, specOf(pod), lookup, Date.now)
    expect(readFileSync(join(state, 'volumes/n/pod-1/scratch/mine'), 'utf8')).toBe('x')
  })

  it('nothing leads out of a volume', () => {
    const source = { configMap: { name: 'x', items: [{ key: 'key', path: '../../out' }] } }
    const escaping: PodSpec = { ...pod, volumes: [{ name: 'config', ...source }] }
    expect(() => makeVolumes(state, specOf(escaping), lookup, Date.now)).toThrow('leads out of its volume')
  })

  it('a token is one of the pod and its service account', () => {
    const projected = {
      sources: [{ serviceAccountToken: { path: 'token', audience: 'shop', expirationSeconds: 600 } }],
    }
    const tokens: PodSpec = { ...pod, serviceAccountName: 'clerk', volumes: [{ name: 'config', projected }] }
    makeVolumes(state, specOf(tokens), lookup, () => 1_000_000)
    const [, claims = ''] = readFileSync(join(state, 'volumes/n/pod-1/config/token'), 'utf8').split('.')
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      ...{ aud: ['shop'], iat: 1_000, exp: 1_600, sub: 'system:serviceaccount:n:clerk' },
      'kubernetes.io': { namespace: 'n', pod: { name: 'pod-1' } },
    })
  })
})

describe.runIf(canMount())('a process with mounts', () => {
  let folder: string
  let work: string

  beforeEach(() => {
    folder = join(state, 'volume')
    work = join(state, 'work')
    execFileSync('mkdir', [folder, work])
    writeFileSync(join(folder, 'file'), 'content')
  })

  function run(mounts: Mount[], ...command: string[]) {
    const [program = '', ...words] = [...mountWords(mounts, work), ...command]
    return spawnSync(program, words, { encoding: 'utf8', cwd: state })
  }
  const mount = (target: string, readOnly = true): Mount => ({ source: folder, target, readOnly })

  it.each([['/skiff-nowhere'], ['/skiff-nowhere/deep/er'], ['/etc/skiff-nowhere'], ['/mnt']])(
    'sees its volume at %s, and the machine does not',
    target => {
      const { stdout, stderr } = run([mount(target)], '/bin/cat', `${target}/file`)
      expect([stdout, stderr]).toEqual(['content', ''])
      expect(existsSync(`${target}/file`)).toBe(false)
      expect(existsSync('/skiff-nowhere')).toBe(false)
    },
  )

  it('sees two, the rest of the machine, and works in the folder it was given', () => {
    const script = 'cat /skiff-a/file /etc/skiff-b/file; ls /usr/bin/env; pwd'
    const { stdout } = run([mount('/skiff-a'), mount('/etc/skiff-b')], '/bin/sh', '-c', script)
    expect(stdout).toBe(`contentcontent/usr/bin/env\n${state}\n`)
  })

  it('sees a single file where that is mounted', () => {
    const one = { source: join(folder, 'file'), target: '/etc/skiff-one', readOnly: true }
    expect(run([one], '/bin/cat', '/etc/skiff-one').stdout).toBe('content')
  })

  it('writes where it may, and nowhere else', () => {
    expect(run([mount('/skiff-a', true)], '/bin/sh', '-c', 'echo x > /skiff-a/new').status).not.toBe(0)
    expect(run([mount('/skiff-a', false)], '/bin/sh', '-c', 'echo x > /skiff-a/new').status).toBe(0)
    expect(readFileSync(join(folder, 'new'), 'utf8')).toBe('x\n')
  })

  it('keeps its process number, so that signals and limits find the program', async () => {
    const [program = '', ...words] = [...mountWords([mount('/skiff-a')], work), '/bin/sh', '-c', 'echo $$; sleep 10']
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await new Promise<Buffer[]>(resolve => child.stdout.once('data', data => resolve([data])))
    expect(Number(String(line))).toBe(child.pid)
    // A further command joins the mounts of the running one.
    const [enter = '', ...rest] = [...enterWords(child.pid ?? 0), '/bin/cat', '/skiff-a/file']
    expect(spawnSync(enter, rest, { encoding: 'utf8' }).stdout).toBe('content')
    child.kill('SIGKILL')
  })
})
