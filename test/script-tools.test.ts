// What the scripts say they would do, judged by the real tools: each command of a dry run is one that its tool takes.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isInstalled } from '../scripts/program.ts'
import { lacks } from './cluster-tools.ts'

const root = join(import.meta.dirname, '..')

interface Outcome {
  code: number
  out: string
  err: string
}

/** Without any kubeconfig, and without an engine that could really do something. */
function run(program: string, args: readonly string[]): Promise<Outcome> {
  const { REGISTRY: _r, TAG: _t, CONTEXT: _c, ...inherited } = process.env
  const env = {
    ...inherited,
    KUBECONFIG: '/dev/null',
    DOCKER_HOST: 'unix:///nowhere',
    KIND_EXPERIMENTAL_PROVIDER: 'docker',
  }
  return new Promise(resolve => {
    execFile(program, args, { cwd: root, env, maxBuffer: 2 ** 26 }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    )
  })
}

/** A line of a shell as its words. */
async function wordsOf(line: string): Promise<string[]> {
  return (await run('bash', ['-c', `printf '%s\\0' ${line}`])).out.split('\0').slice(0, -1)
}

/** The commands of a dry run. */
async function commands(line: string): Promise<string[][]> {
  const [name = '', ...args] = line.split(' ')
  const { code, out, err } = await run(join(root, 'scripts', name), [...args, '--dry-run'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const lines = out.split('\n').filter(each => each.startsWith('+ '))
  return Promise.all(lines.map(each => wordsOf(each.slice(2))))
}

type Judge = (words: readonly string[]) => Promise<string>

/** Asked for help, these tools still read every option; of a group of commands they show how to name one. */
const byHelp: Judge = async ([tool = '', ...args]) => {
  const { code, out, err } = await run(tool, ['--help=true', ...args])
  if (code !== 0) return err
  const isGroup = new RegExp(`^(Usage:)? +${tool} .*(\\[command\\]|COMMAND)`, 'm').test(out)
  return isGroup ? `no such command: ${args.join(' ')}` : ''
}

/** It reads options of none when it is asked for help, but names all there are. */
const byNames: Judge = async ([tool = '', ...args]) => {
  const first = args.findIndex(word => word.startsWith('-'))
  const { code, out, err } = await run(tool, [...args.slice(0, first), '--help'])
  const unknown = args.filter(word => word.startsWith('--') && !new RegExp(`^ *${word}\\b`, 'm').test(out))
  return code === 0 ? unknown.map(word => `no such option: ${word}`).join('\n') : err
}

const byLint: Judge = async words => {
  const { out, err } = await run('gcloud', ['meta', 'lint-gcloud-commands', '--command-string', words.join(' ')])
  const [verdict] = JSON.parse(out || '[]') as { success: boolean; error_message: string | null }[]
  return verdict?.success ? '' : (verdict?.error_message ?? err)
}

const judges: Record<string, Judge> = {
  ...{ kubectl: byHelp, kind: byHelp, istioctl: byHelp, docker: byHelp, podman: byHelp, buildah: byHelp },
  ...{ az: byNames, gcloud: byLint },
  // Of these there is no other version to fear.
  ...{ sleep: async () => '', rm: async () => '', sed: async () => '' },
}

const verdicts = new Map<string, Promise<string>>()

/** Commands that differ in names alone are judged once. */
function verdict(words: readonly string[]): Promise<string> {
  const [tool = ''] = words
  const judge = judges[tool] ?? (async () => `nobody judges ${tool}`)
  const shape = [...words.slice(0, 3), ...words.filter(word => word.startsWith('-'))].join(' ')
  const known = verdicts.get(shape) ?? judge(words)
  verdicts.set(shape, known)
  return known
}

/** A script's dry run, and the tools it calls. */
const forms: [line: string, ...tools: string[]][] = [
  ['build greeting/a --engine docker --platform linux/arm64', 'docker'],
  ['build greeting/a --engine podman --platform linux/arm64', 'podman'],
  ['build greeting/a --engine buildah --platform linux/arm64', 'buildah'],
  ['push greeting/a --engine docker', 'kind'],
  ['push greeting/a --engine podman', 'podman', 'kind'],
  ['push greeting/a --engine buildah', 'buildah', 'kind'],
  ['push greeting/a --engine docker --registry example.org/x', 'docker'],
  ['push greeting/a --engine podman --registry example.org/x', 'podman'],
  ['push greeting/a --engine docker --registry europe-west1-docker.pkg.dev/p/r --to gke', 'docker', 'gcloud'],
  ['push greeting/a --engine buildah --registry mine.azurecr.io --to aks', 'buildah', 'az'],
  ['cluster-up', 'kind'],
  ['cluster-up gke --project p', 'gcloud'],
  ['cluster-up aks --group g', 'az'],
  ['install-istio --context there', 'istioctl', 'kubectl'],
  ['install-knative --context there', 'kubectl'],
  ['install-stores', 'kubectl'],
  ['install-observability', 'kubectl'],
  ['install-observability --operator', 'kubectl'],
  ['deploy', 'kubectl'],
  ['deploy relay bookinfo --overlay production --pull-secret regcred --context there', 'kubectl'],
  ['deploy greeting --overlay none --registry example.org/x --tag 7 --domain example.org', 'kubectl'],
  ['canary bookinfo/reviews reviews-v3 10 50 100 --pause 1', 'kubectl'],
  ['rules relay canary', 'kubectl'],
  ['rules relay canary --domain example.org', 'kubectl'],
  ['dashboard grafana', 'kubectl'],
  ['tear-down', 'kubectl'],
  ['tear-down --cluster kind', 'kind'],
  ['tear-down --cluster gke --project p', 'gcloud'],
  ['tear-down --cluster aks --group g', 'az'],
]

/** Of these no package can be had, so that CI has them only where its machine does. */
const packaged = (tool: string) => tool !== 'gcloud' && tool !== 'istioctl'
const isMissing = (tool: string) => (packaged(tool) ? lacks(tool) : !isInstalled(tool))

describe('the real tools take each command of', () => {
  for (const [line, ...tools] of forms) {
    it.skipIf(tools.some(isMissing))(line, async () => {
      const all = await commands(line)
      expect(all.map(([tool]) => tool)).toEqual(expect.arrayContaining(tools))
      for (const words of all) expect(await verdict(words), words.join(' ')).toBe('')
    })
  }
})

describe('they would not take', () => {
  const wrong = [
    'kubectl wait ksvc --all --frobnicate',
    'kubectl frobnicate',
    'kubectl rollout frobnicate',
    'kind create cluster --frobnicate',
    'kind load frobnicate',
    'docker build --frobnicate .',
    'docker frobnicate',
    'podman build --frobnicate .',
    'buildah push --frobnicate one',
    'az aks create --frobnicate --name skiff',
    'az aks frobnicate --name skiff',
    'gcloud container clusters create skiff --frobnicate',
    'gcloud container frobnicate',
  ].map(line => line.split(' '))

  for (const words of wrong) {
    it.skipIf(isMissing(words[0] ?? ''))(words.join(' '), async () => expect(await verdict(words)).not.toBe(''))
  }
})

describe.skipIf(lacks('kind'))('kind', () => {
  /** Up to where an engine would be needed: there is none here. */
  const create = (config: string) => run('kind', ['create', 'cluster', '--name', 'none', '--config', config])

  it('understands the cluster it is to make', async () => {
    expect((await create('scripts/manifests/kind.yaml')).err).toContain('docker')
    expect((await create('scripts/manifests/stores.yaml')).err).toMatch(/unknown|decod/)
  })
})
