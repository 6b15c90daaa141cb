import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { holderOf, makeFolder, takeStateFolder } from './state-folder.ts'

let place: string

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'state-'))
})

afterEach(() => rmSync(place, { recursive: true, force: true }))

/** A pid that no process has: beyond the largest a system gives. */
const nobody = 4_194_305

describe('a state folder', () => {
  it('is made with all above it, for its owner alone', () => {
    const path = join(place, 'a/b/state')
    takeStateFolder(path)
    for (const one of [path, join(path, 'logs'), join(path, 'data'), join(path, 'images')])
      expect(statSync(one).mode & 0o777).toBe(0o700)
    expect(statSync(join(path, 'skiff.pid')).mode & 0o777).toBe(0o600)
  })

  it('refuses a second runtime while the first lives', () => {
    writeFileSync(join(place, 'skiff.pid'), `${process.ppid}\n`)
    expect(holderOf(place)).toBe(process.ppid)
    expect(() => takeStateFolder(place)).toThrow(expect.objectContaining({ exitCode: 5 }))
  })

  it.each([`${nobody}`, '', 'garbage', '-1', '0'])('is taken over from a pid file that says %j', text => {
    writeFileSync(join(place, 'skiff.pid'), text)
    takeStateFolder(place)
    expect(holderOf(place)).toBeUndefined() // this process itself is no other holder
  })

  it('says in one line that a file is in the way', () => {
    writeFileSync(join(place, 'file'), '')
    expect(() => takeStateFolder(join(place, 'file/state'))).toThrow(
      expect.objectContaining({ exitCode: 1, message: expect.stringMatching(/^cannot write .*--state DIR$/) }),
    )
  })

  it.runIf(process.platform === 'linux')('does not hang where the system takes no folder', () => {
    expect(() => makeFolder('/proc/x/y')).toThrow('ENOENT')
  })

  it('forgets objects, events and data when asked, and keeps images', () => {
    mkdirSync(join(place, 'data'))
    mkdirSync(join(place, 'images'))
    for (const file of ['state.db', 'state.db-wal', 'broker.db', 'data/a.db', 'images/a'])
      writeFileSync(join(place, file), '')
    takeStateFolder(place, { fresh: true })
    const there = (file: string) => statSync(join(place, file), { throwIfNoEntry: false }) !== undefined
    expect(['state.db', 'state.db-wal', 'broker.db', 'data/a.db', 'images/a'].filter(there)).toEqual(['images/a'])
  })

  it('reads JSON back, and takes a missing or torn file for none', () => {
    const file = takeStateFolder(place).json<{ a: number }>('x.json')
    expect(file.read()).toBeUndefined()
    file.write({ a: 1 })
    expect(file.read()).toEqual({ a: 1 })
    writeFileSync(join(place, 'x.json'), '{"a":')
    expect(file.read()).toBeUndefined()
  })

  it('is free again once released', () => {
    takeStateFolder(place).release()
    expect(statSync(join(place, 'skiff.pid'), { throwIfNoEntry: false })).toBeUndefined()
  })
})
