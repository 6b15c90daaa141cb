import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import app from './app.ts'

const env = { VERSION: 'v1', K_REVISION: 'echo-00001' }
const seen = async (path: string) =>
  (await (await app.request(path, { headers: { 'x-a': 'b' } }, env)).json()) as object

describe('the echo', () => {
  it('tells version, revision and headers, and who it is', async () => {
    const [first, second] = [await seen('/'), await seen('/')]
    expect(first).toMatchObject({ version: 'v1', revision: 'echo-00001', headers: { 'x-a': 'b' } })
    expect(second).toEqual(first)
  })

  it('tells how many it had at once', async () => {
    await Promise.all([seen('/?ms=20'), seen('/?ms=20'), seen('/')])
    expect(await seen('/')).toMatchObject({ most: 3 })
  })

  it('shows its environment', async () => expect(await seen('/env')).toEqual(env))

  it('begins an answer and goes no further', async () => {
    const { body } = await app.request('/stall', {}, env)
    const reader = body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('begun')
    await reader?.cancel()
  })

  it('ends before it starts with the code it is told', () => {
    const program = join(import.meta.dirname, 'app.ts')
    const { status, stdout } = spawnSync(process.execPath, [program], { env: { CRASH: '3' }, encoding: 'utf8' })
    expect([status, stdout]).toEqual([3, 'boom\n'])
  })
})
