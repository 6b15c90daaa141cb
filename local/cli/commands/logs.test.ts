import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { LogOptions } from '../../seams/pod-logs.ts'
import { runCli } from '../cli-under-test.ts'

const asked: LogOptions[] = []
const cli = runCli({
  logs(_namespace, pod, options) {
    asked.push(options)
    return lines([`${pod} one\n${pod} t`, `wo\n`, 'no line end'])
  },
})

async function* lines(pieces: readonly string[]) {
  for (const piece of pieces) yield Buffer.from(piece)
}

/** A Knative Service, Ready, with so many pods. */
async function service(name: string, pods = 0): Promise<void> {
  await cli.skiff(['service', 'deploy', `dev.local/shop/${name}`])
  for (let pod = 1; pod <= pods; pod++) {
    cli.store.create({
      ...{ apiVersion: 'v1', kind: 'Pod' },
      metadata: {
        name: `${name}-00001-deployment-${pod}`,
        namespace: 'default',
        labels: { 'serving.knative.dev/service': name },
      },
      spec: { containers: [{ name: 'user-container' }] },
    } as Parameters<typeof cli.store.create>[0])
  }
}

function ended(pod: string, file: string, text: string, secondsAgo = 0): void {
  const path = join(cli.stateDir, 'logs/default', pod, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  const time = Date.now() / 1_000 - secondsAgo
  utimesSync(path, time, time)
  utimesSync(dirname(path), time, time)
}

describe('the logs of a service that runs', () => {
  it('are those of its only pod as they stand, to the last half of a line', async () => {
    await service('single', 1)
    const pod = 'single-00001-deployment-1'
    expect(await cli.skiff(['logs', 'single'])).toEqual({
      code: 0,
      out: `${pod} one\n${pod} two\nno line end\n`,
      err: '',
    })
  })

  it('name the pod in each line where there are several', async () => {
    await service('many', 2)
    const { out } = await cli.skiff(['logs', 'svc/many'])
    expect(out.split('\n').slice(0, 4)).toEqual([
      '[many-00001-deployment-1] many-00001-deployment-1 one',
      '[many-00001-deployment-1] many-00001-deployment-1 two',
      '[many-00001-deployment-1] no line end',
      '[many-00001-deployment-2] many-00001-deployment-2 one',
    ])
  })

  it('ask the API for what was asked', async () => {
    await service('asked', 1)
    asked.length = 0
    await cli.skiff(['logs', 'asked', '--tail', '5', '-c', 'user-container', '--since', '90s', '-p'])
    expect(asked).toEqual([
      expect.objectContaining({ tail: 5, container: 'user-container', previous: true, since: expect.any(Number) }),
    ])
  })

  it('may be those of one pod by its name', async () => {
    await service('named', 1)
    expect((await cli.skiff(['logs', 'pod/named-00001-deployment-1'])).out).toContain('deployment-1 one\n')
  })
})

describe('the logs of a service at zero', () => {
  it('are those of the instance that ended last', async () => {
    await service('ended')
    ended('ended-00001-deployment-old', 'user-container.log', 'old\n', 60)
    ended('ended-00001-deployment-new', 'user-container.log', 'a\nb\nc\n')
    ended('other-00001-deployment-x', 'user-container.log', 'of another\n')
    expect((await cli.skiff(['logs', 'ended'])).out).toBe('a\nb\nc\n')
    expect((await cli.skiff(['logs', 'ended', '--tail', '2'])).out).toBe('b\nc\n')
    expect((await cli.skiff(['logs', 'ended', '--tail', '0'])).out).toBe('')
  })

  it('are of one container, or of its run before, when asked', async () => {
    await service('kept')
    ended('kept-00001-deployment-x', 'side.log', 'side\n')
    ended('kept-00001-deployment-x', 'user-container.previous.log', 'before\n')
    ended('kept-00001-deployment-x', 'user-container.log', 'now\n')
    expect((await cli.skiff(['logs', 'kept', '-c', 'side'])).out).toBe('side\n')
    expect((await cli.skiff(['logs', 'kept', '-c', 'user-container', '-p'])).out).toBe('before\n')
  })

  it('are nothing where the last change is older than asked', async () => {
    await service('stale')
    ended('stale-00001-deployment-x', 'user-container.log', 'stale\n', 3_600)
    expect((await cli.skiff(['logs', 'stale', '--since', '5m'])).out).toBe('')
    expect((await cli.skiff(['logs', 'stale', '--since', '2h'])).out).toBe('stale\n')
  })

  it('are nothing where none ever ran', async () => {
    await service('fresh')
    expect(await cli.skiff(['logs', 'fresh'])).toEqual({ code: 0, out: '', err: '' })
  })
})

describe('logs', () => {
  it.each([
    ['nothing named', ['logs'], 2, 'name a service or a pod'],
    ['a kind that has none', ['logs', 'route/x'], 2, 'got "route/x"'],
    ['a duration without a unit', ['logs', 'x', '--since', '5'], 2, 'It must be a duration such as 30s'],
    ['lines that are no number', ['logs', 'x', '--tail', 'all'], 2, 'It must be a whole number'],
    ['a trace beside a service', ['logs', 'x', '--trace', 't-1'], 2, 'leave the service out'],
    ['a service that is not there', ['logs', 'nobody'], 1, 'for a pod write pod/NAME, for another namespace -n'],
    ['a pod that is not there', ['logs', 'pod/nobody'], 1, 'pods "nobody" not found'],
  ])('refuse %s', async (_, args, code, sentence) => {
    expect(await cli.skiff(args)).toMatchObject({ code, out: '', err: expect.stringContaining(sentence) })
  })
})
