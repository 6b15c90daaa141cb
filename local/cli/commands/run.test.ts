import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ExtraHandler } from '../../apiserver/server.ts'
import { runCli } from '../cli-under-test.ts'

const proxy = 'http://id:token@127.0.0.1:15001'
let identities: unknown[]
let standIns: string[]
/** Resolves when the stand-in's request was closed. */
let given: PromiseWithResolvers<void>
beforeEach(() => {
  identities = []
  standIns = []
  given = Promise.withResolvers()
})

const cli = runCli({
  extra: new Map<string, ExtraHandler>([
    [
      '/skiff/credential',
      async (request, response) => {
        identities.push(JSON.parse(await text(request)))
        response.writeHead(201).end(JSON.stringify({ url: proxy }))
      },
    ],
    [
      '/skiff/stand-in',
      (request, response) => {
        standIns.push(request.url ?? '')
        response.once('close', () => given.resolve())
        response.write(`${JSON.stringify({ env: { K_SERVICE: 'cart', PATH: '/nowhere', HOME: '/nobody' } })}\n`)
      },
    ],
  ]),
})

/** Runs a script of Node as a member. Its standard output goes to the test's own. */
const member = (flags: string[], script: string) =>
  cli.skiff(['run', ...flags, '--', process.execPath, '-e', script], { env: { MINE: 'kept' } })
const writes = (what: string) => `require('node:fs').writeFileSync('seen.json', JSON.stringify(${what}))`
const seen = () => JSON.parse(readFileSync(join(cli.folder, 'seen.json'), 'utf8'))

describe('run', () => {
  it('gives the program the way into the mesh, under the identity asked for', async () => {
    const flags = ['--namespace', 'shop', '--service-account', 'till', '--labels', 'app=till,version=v1']
    expect(await member(flags, writes('process.env'))).toEqual({ code: 0, out: '', err: '' })
    expect(seen()).toMatchObject({ http_proxy: proxy, HTTPS_PROXY: proxy, NODE_USE_ENV_PROXY: '1', MINE: 'kept' })
    expect(identities).toEqual([
      {
        ...{ namespace: 'shop', serviceAccount: 'till', labels: { app: 'till', version: 'v1' } },
        name: `program-${process.pid}`,
      },
    ])
  })

  it('is of the default namespace and account unless told otherwise', async () => {
    await member([], '')
    expect(identities).toMatchObject([{ namespace: 'default', serviceAccount: 'default', labels: {} }])
  })

  it.each([
    ['ends as it should', 'process.exit(0)', 0],
    ['fails', 'process.exit(7)', 7],
    ['is ended by a signal', "process.kill(process.pid, 'SIGTERM')", 143],
    ['is killed', "process.kill(process.pid, 'SIGKILL')", 137],
  ])('ends as the program does that %s', async (_, script, code) => {
    expect(await member([], script)).toMatchObject({ code, err: '' })
  })

  it('puts the program in the place of a service as long as it runs', async () => {
    const script = writes('[process.env.K_SERVICE, process.env.PATH]')
    const { code, err } = await member(['--serve', 'cart', '--port', '3000', '-n', 'shop'], script)
    expect([code, err]).toEqual([0, 'shop/cart is served by this program on port 3000 until it ends\n'])
    expect(seen()).toEqual(['cart', process.env.PATH])
    expect(standIns).toEqual(['/skiff/stand-in?namespace=shop&service=cart&port=3000'])
    await given.promise
  })

  it.each([
    ['a service without a port', ['--serve', 'cart'], '--serve also needs --port'],
    ['a port that is none', ['--serve', 'cart', '--port', '70000'], 'It must be 1 to 65535'],
    ['a label without a value', ['--labels', 'a'], 'It must be name=value, got "a"'],
  ])('refuses %s, and starts nothing', async (_, flags, sentence) => {
    const outcome = await member(flags, writes('1').replace('seen', 'never'))
    expect(outcome).toMatchObject({ code: 2, err: expect.stringContaining(sentence) })
    expect(existsSync(join(cli.folder, 'never.json'))).toBe(false)
  })

  it('says when there is no such program', async () => {
    expect(await cli.skiff(['run', '--', 'no-such-program'])).toMatchObject({
      ...{ code: 1, err: expect.stringMatching(/^skiff: no-such-program did not start: .*ENOENT/) },
    })
  })
})
