// The scripts for images and clusters, as people call them: what they would do, and what they refuse.
import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { shellFindings, shellScripts } from '../scripts/check-shell.ts'
import { lacks } from './cluster-tools.ts'

const root = join(import.meta.dirname, '..')
const place = mkdtempSync(join(tmpdir(), 'scripts-'))
const all = await shellScripts(root)

afterAll(() => rmSync(place, { recursive: true, force: true }))

interface Outcome {
  code: number
  out: string
  err: string
}

/** A script without any kubeconfig, so that no cluster of this machine is meant. */
function script(line: string, env: Record<string, string> = {}): Promise<Outcome> {
  const [name = '', ...args] = line.split(' ')
  const { REGISTRY: _r, TAG: _t, CONTEXT: _c, ...inherited } = process.env
  return new Promise(resolve => {
    execFile(
      join(root, 'scripts', name),
      args,
      { env: { ...inherited, KUBECONFIG: join(place, 'none'), ...env } },
      (error, out, err) => resolve({ code: error ? Number(error.code) : 0, out, err }),
    )
  })
}

/** The commands a dry run printed, in order. */
async function commands(line: string, env: Record<string, string> = {}): Promise<string[]> {
  const { code, out, err } = await script(`${line} --dry-run`, env)
  expect(err).toBe('')
  expect(code).toBe(0)
  return out.split('\n').flatMap(each => (each.startsWith('+ ') ? [each.slice(2)] : []))
}

/** A PATH with the usual tools of a shell, and of the others only those named, which do what the text says. */
function pathWith(tools: Record<string, string>): string {
  const folder = mkdtempSync(join(place, 'bin-'))
  for (const tool of [
    'bash',
    'env',
    'sed',
    'awk',
    'dirname',
    'basename',
    'cat',
    'git',
    'grep',
    'sort',
    'tr',
    'rm',
    'cp',
  ]) {
    const found = (process.env.PATH ?? '').split(delimiter).find(each => existsSync(join(each, tool)))
    if (found) symlinkSync(join(found, tool), join(folder, tool))
  }
  for (const [tool, text] of Object.entries(tools)) {
    writeFileSync(join(folder, tool), `#!/usr/bin/env bash\n${text}\n`)
    chmodSync(join(folder, tool), 0o755)
  }
  return folder
}

describe('every script', () => {
  it.each(all)('%s says what it does', async file => {
    const { code, out } = await script(`${file.slice('scripts/'.length)} --help`)
    expect(code).toBe(0)
    expect(out.split('\n')[0]).toMatch(/^[A-Z].*[.:,]/)
    expect(out).toContain(file)
    expect(out).not.toContain('shellcheck')
  })

  it.each(all)('%s refuses an option it does not know with one line', async file => {
    const { code, out, err } = await script(`${file.slice('scripts/'.length)} --frobnicate`)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(/^[a-z-]+: .*--frobnicate.*--help\)\n$/)
  })

  it.each(all)('%s is executable, and names itself in its help', file => {
    expect(existsSync(join(root, file))).toBe(true)
  })

  it.skipIf(lacks('shellcheck'))('passes shellcheck', async () => {
    expect(await shellFindings(root)).toBe('')
  })
})

describe('wrong usage ends with 2 and says what would be right', () => {
  it.each([
    ['build greeting/nobody', 'there is no function "greeting/nobody"'],
    ['build --engine rkt', '--engine is docker, podman or buildah'],
    ['build --tag', '--tag takes a value'],
    ['push --to nowhere', '--to is kind, gke, aks or registry'],
    ['push --to registry', '"dev.local" is no registry'],
    ['push --to gke --registry eu.gcr.io/me', 'europe-west1-docker.pkg.dev/PROJECT/REPOSITORY'],
    ['push --to aks --registry docker.io/me', 'NAME.azurecr.io'],
    ['cluster-up minikube', 'kind, gke or aks'],
    ['cluster-up gke --nodes few', '--nodes is a number'],
    ['deploy nowhere', 'there is no suite "nowhere"; there are: assets bookinfo'],
    ['deploy relay --overlay staging', '--overlay is none, dev or production'],
    ['canary reviews reviews-v2 10', 'a service is SUITE/SERVICE'],
    ['canary bookinfo/reviews reviews-v2', 'which service, revision and percents?'],
    ['canary bookinfo/reviews reviews-v2 101', 'a percent is a whole number from 0 to 100'],
    ['canary bookinfo/reviews reviews-v2 10 --pause soon', '--pause is a number of seconds'],
    ['rules relay', 'which suite and which rule set?'],
    ['rules relay nonesuch', 'relay canary'],
    ['tear-down nowhere', 'there is no suite "nowhere"'],
    ['tear-down --cluster minikube', '--cluster is kind, gke or aks'],
    ['dashboard', 'which tool: jaeger, grafana, prometheus, kiali or logs?'],
  ])('%s', async (line, message) => {
    const { code, err } = await script(`${line} --dry-run`)
    expect(code, err).toBe(2)
    expect(err).toContain(message)
  })
})

describe('tools that are missing', () => {
  it.each([
    ['build greeting/a', 'build: needs docker, podman or buildah'],
    ['push --engine docker', 'push: needs docker:'],
    ['cluster-up', 'cluster-up: needs kind kubectl:'],
    ['cluster-up aks', 'cluster-up: needs az kubectl:'],
    ['install-istio', 'install-istio: needs istioctl kubectl:'],
    ['install-knative', 'install-knative: needs kubectl:'],
    ['deploy relay', 'deploy: needs kubectl:'],
    ['tear-down', 'tear-down: needs kubectl:'],
    ['tear-down --cluster gke', 'tear-down: needs gcloud:'],
  ])('%s names them in one line, before it does anything', async (line, message) => {
    const { code, out, err } = await script(line, { PATH: pathWith({}) })
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err.startsWith(message), err).toBe(true)
    expect(err.trim().split('\n')).toHaveLength(1)
  })

  it('a tool of another version is refused', async () => {
    const tools = { kubectl: 'exit 0', istioctl: 'echo 1.2.3' }
    const { code, err } = await script('install-istio', { PATH: pathWith(tools) })
    expect(code).toBe(1)
    expect(err).toMatch(/istioctl is 1\.2\.3, not 1\.\d+\.\d+: install that, or set ISTIO_VERSION/)
  })

  it('no cluster at all is one line too', async () => {
    const { code, err } = await script('install-stores', { PATH: pathWith({ kubectl: 'exit 1' }) })
    expect(code).toBe(1)
    expect(err).toContain('no cluster answers')
  })
})

describe('images', () => {
  it.each(['docker', 'podman', 'buildah'])('%s builds each function from the one Dockerfile', async engine => {
    const [first = '', ...rest] = await commands(
      `build --engine ${engine} --registry example.org/skiff --tag 7 greeting/a relay/core`,
    )
    expect(rest).toHaveLength(1)
    expect(first).toMatch(new RegExp(`^${engine} build .*--build-arg NODE_IMAGE=\\S+@sha256:[0-9a-f]{64} `))
    expect(first).toContain('--build-arg SUITE=greeting --build-arg SERVICE=a --tag example.org/skiff/greeting/a:7 .')
  })

  it('all are built when none is named, at the time of the commit', async () => {
    const lines = await commands('build --engine podman', { SOURCE_DATE_EPOCH: '1700000000' })
    expect(lines.length).toBeGreaterThan(35)
    for (const line of lines) expect(line).toContain('--timestamp 1700000000')
  })

  it.each([
    ['push greeting/a --engine docker', ['kind load docker-image dev.local/greeting/a:0.1.0 --name skiff']],
    [
      'push greeting/a --engine docker --registry europe-west1-docker.pkg.dev/p/r --to gke --tag 7',
      [
        'gcloud auth configure-docker europe-west1-docker.pkg.dev --quiet',
        'docker push europe-west1-docker.pkg.dev/p/r/greeting/a:7',
      ],
    ],
    [
      'push greeting/a --engine buildah --registry mine.azurecr.io --to aks --tag 7',
      ['az acr login --name mine', 'buildah push mine.azurecr.io/greeting/a:7'],
    ],
    [
      'push greeting/a --engine podman --registry example.org:5000/x --tag 7',
      ['podman push example.org:5000/x/greeting/a:7'],
    ],
  ])('%s', async (line, expected) => {
    expect(await commands(line)).toEqual(expected)
  })

  it('podman and buildah hand kind an archive', async () => {
    const lines = await commands('push greeting/a --engine buildah')
    expect(lines[0]).toMatch(/^buildah push dev\.local\/greeting\/a:0\.1\.0 docker-archive:.*\.tar:dev\.local/)
    expect(lines[1]).toMatch(/^kind load image-archive .*\.tar --name skiff$/)
  })
})

describe('clusters', () => {
  it.each([
    ['kind', [/^kind create cluster --name skiff --image kindest\/node:v1\.34\.0@sha256:/]],
    ['gke', [/^gcloud container clusters create skiff --location europe-west1-b /, /get-credentials skiff/]],
    ['aks', [/^az group create --name skiff/, /^az aks create --resource-group skiff --name skiff/, /get-credentials/]],
  ])('cluster-up %s', async (kind, expected) => {
    const lines = await commands(`cluster-up ${kind}`)
    expect(lines).toHaveLength(expected.length)
    for (const [index, pattern] of expected.entries()) expect(lines[index]).toMatch(pattern)
  })

  it('cluster-up kind takes the cluster that is there', async () => {
    const tools = { kubectl: 'exit 0', kind: '[ "$*" != "get clusters" ] || echo skiff' }
    const { code, out } = await script('cluster-up', { PATH: pathWith(tools) })
    expect({ code, out }).toEqual({
      code: 0,
      out: '== the kind cluster skiff is there already\n+ kind export kubeconfig --name skiff\n',
    })
  })

  it('the installation is of pinned versions, in an order that works', async () => {
    const lines = await commands('install-knative --context there')
    const order = [
      'serving-crds',
      'serving-core',
      'net-istio',
      'eventing-crds',
      'eventing-core',
      'in-memory-channel',
      'mt-channel-broker',
    ]
    const places = order.map(file => lines.findIndex(line => line.includes(`/${file}.yaml`)))
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(places).not.toContain(-1)
    expect(lines.every(line => line.startsWith('kubectl --context there '))).toBe(true)
    expect(lines.filter(line => line.includes('://')).every(line => /\/(knative-)?v\d+\.\d+\.\d+\//.test(line))).toBe(
      true,
    )
    expect(lines.filter(line => line.includes('sidecar.istio.io/inject'))).toHaveLength(2)
    expect(lines.at(-1)).toContain('rabbitmqcluster/rabbitmq')
  })

  it('without RabbitMQ nothing of it is installed', async () => {
    expect(
      (await commands('install-knative --without-rabbitmq')).filter(line => /rabbit|cert-manager/.test(line)),
    ).toEqual([])
  })

  it.each([
    ['jaeger', '16686:80'],
    ['grafana', '3000:3000'],
    ['prometheus', '9090:9090'],
    ['kiali', '20001:20001'],
  ])('OBS-45 CC-21 dashboard %s', async (tool, ports) => {
    expect((await commands(`dashboard ${tool}`))[0]).toMatch(new RegExp(`^kubectl port-forward .* ${ports}$`))
  })

  it('AIR-39 AIR-40 observability brings four tools, hosts and traces of all requests', async () => {
    const lines = await commands('install-observability')
    for (const tool of ['prometheus', 'grafana', 'jaeger', 'kiali'])
      expect(lines.some(line => line.endsWith(`/samples/addons/${tool}.yaml`))).toBe(true)
    expect(lines.some(line => line.endsWith('scripts/manifests/telemetry.yaml'))).toBe(true)
  })
})

describe('deploy', () => {
  it('applies revisions one by one, each Ready before the next, and waits for all', async () => {
    const lines = await commands('deploy relay')
    const front = lines.filter(line => line.includes('front-'))
    expect(front).toEqual([
      'kubectl apply -f front-py.yaml',
      'kubectl wait revision front-py --namespace relay --for=condition=Ready --timeout=600s',
      'kubectl apply -f front-no.yaml',
      'kubectl wait revision front-no --namespace relay --for=condition=Ready --timeout=600s',
    ])
    expect(lines[0]).toBe('kubectl apply -f knative/relay/namespace.yaml')
    expect(lines.indexOf('kubectl apply --kustomize overlays/dev/relay')).toBeGreaterThan(lines.indexOf(front[3] ?? ''))
    expect(lines.at(-2)).toBe('kubectl wait ksvc --all --namespace relay --for=condition=Ready --timeout=600s')
  })

  it('AIR-42 a registry with a password has a pull secret, before anything is pulled', async () => {
    const lines = await commands('deploy relay --pull-secret regcred')
    const at = lines.indexOf('kubectl apply --server-side -f pull-secret.yaml')
    expect(at).toBe(lines.indexOf('kubectl apply -f knative/relay/namespace.yaml') + 1)
    expect(at).toBeGreaterThan(0)
  })

  it('leaves no folder behind', async () => {
    await commands('deploy greeting', { TMPDIR: place })
    expect(existsSync(place)).toBe(true)
    const { out } = await new Promise<{ out: string }>(resolve =>
      execFile('ls', [place], (_error, out) => resolve({ out })),
    )
    expect(out).not.toContain('skiff-deploy')
  })

  it('BKI-42 tear-down takes the services first, then the namespace', async () => {
    expect(await commands('tear-down relay')).toEqual([
      'kubectl delete ksvc --all --namespace relay --ignore-not-found --timeout=300s',
      'kubectl delete namespace relay --ignore-not-found --timeout=600s',
    ])
  })

  it.each([
    ['kind', 'kind delete cluster --name skiff'],
    ['gke', 'gcloud container clusters delete skiff --location europe-west1-b --quiet'],
    ['aks', 'az aks delete --resource-group skiff --name skiff --yes'],
  ])('tear-down --cluster %s', async (kind, expected) => {
    expect(await commands(`tear-down --cluster ${kind}`)).toEqual([expected])
  })
})

describe('canary', () => {
  /** The traffic after each step of a service with these entries: "REVISION|TAG|PERCENT|LATEST". */
  async function steps(entries: string[], line: string): Promise<{ code: number; traffic: unknown[][]; err: string }> {
    const kubectl = [
      'case "$*" in',
      `  *'{range'*) printf '%s\\n' ${entries.map(each => `'${each}'`).join(' ')} ;;`,
      '  *latestReady*) echo reviews-v9 ;;',
      `  *jsonpath*) echo '[{"revisionName":"before"}]' ;;`,
      '  wait*) [ -z "$NEVER_READY" ] || exit 1 ;;',
      'esac',
    ]
    const never: Record<string, string> = line.includes('NEVER_READY') ? { NEVER_READY: '1' } : {}
    const path = pathWith({ kubectl: kubectl.join('\n'), sleep: 'exit 0' })
    const { code, out, err } = await script(line.replace(' NEVER_READY', ''), { PATH: path, ...never })
    const patches = out.split('\n').flatMap(each => /--patch '(.*)'$/.exec(each)?.[1] ?? [])
    return { code, err, traffic: patches.map(patch => parse(patch).spec.traffic) }
  }

  it('moves a share from the revision with most, and keeps tags', async () => {
    const entries = ['reviews-v1|prod|90|', 'reviews-v2|beta|10|', 'reviews-v2|next|0|']
    const { code, traffic } = await steps(entries, 'canary bookinfo/reviews reviews-v2 50 100')
    expect(code).toBe(0)
    expect(traffic).toEqual([
      [
        { revisionName: 'reviews-v1', percent: 50, tag: 'prod' },
        { revisionName: 'reviews-v2', percent: 50, tag: 'beta' },
        { revisionName: 'reviews-v2', percent: 0, tag: 'next' },
      ],
      [
        { revisionName: 'reviews-v1', percent: 0, tag: 'prod' },
        { revisionName: 'reviews-v2', percent: 100, tag: 'beta' },
        { revisionName: 'reviews-v2', percent: 0, tag: 'next' },
      ],
    ])
  })

  it('names the revision that is latest now, so that the next one gets nothing', async () => {
    const { traffic } = await steps(['||100|true'], 'canary bookinfo/reviews reviews-v2 10')
    expect(traffic).toEqual([
      [
        { revisionName: 'reviews-v9', percent: 90 },
        { revisionName: 'reviews-v2', percent: 10 },
      ],
    ])
  })

  it('goes back to 0', async () => {
    const { traffic } = await steps(['reviews-v1||80|', 'reviews-v2||20|'], 'canary bookinfo/reviews reviews-v2 0')
    expect(traffic).toEqual([[{ revisionName: 'reviews-v1', percent: 100 }]])
  })

  it('takes the share from the revision that is named', async () => {
    const entries = ['reviews-v1||90|', 'reviews-v3|three|10|']
    const { traffic } = await steps(entries, 'canary bookinfo/reviews reviews-v2 10 --from reviews-v3')
    expect(traffic).toEqual([
      [
        { revisionName: 'reviews-v3', percent: 90, tag: 'three' },
        { revisionName: 'reviews-v2', percent: 10 },
      ],
    ])
  })

  it('restores what was before when the service does not become Ready', async () => {
    const { code, traffic, err } = await steps(
      ['reviews-v1||100|'],
      'canary bookinfo/reviews reviews-v2 10 NEVER_READY',
    )
    expect(code).toBe(1)
    expect(err).toContain('reviews is not Ready with 10 % at reviews-v2: going back')
    expect(traffic.at(-1)).toEqual([{ revisionName: 'before' }])
  })

  it('says so when nobody is there to take the rest', async () => {
    const { code, err } = await steps(['reviews-v2||100|'], 'canary bookinfo/reviews reviews-v2 10')
    expect(code).toBe(1)
    expect(err).toContain('name one with --from')
  })
})
