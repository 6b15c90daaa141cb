import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { issueCertificate } from '../../kernel/certificate.ts'
import { FakeClock } from '../../kernel/clock.ts'
import { openAuthority } from './authority.ts'

let folder: string
const file = (name: string) => join(folder, name)
const state = { file }
const yearMs = 365 * 24 * 60 * 60 * 1000

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skiff-authority-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('the authority of a state folder', () => {
  it('is the same one the next time, and signs what its first certificate vouches for', () => {
    const clock = new FakeClock()
    const first = openAuthority(state, clock)
    const second = openAuthority(state, clock)
    expect(second.cert).toBe(first.cert)
    const leaf = new X509Certificate(issueCertificate(second, ['a.test'], clock.now()).cert)
    expect(leaf.checkIssued(new X509Certificate(readFileSync(file('ca.crt'))))).toBe(true)
    expect(leaf.verify(new X509Certificate(first.cert).publicKey)).toBe(true)
  })

  it.each(['ca.crt', 'ca.key'])('%s is for its owner alone', name => {
    openAuthority(state, new FakeClock())
    expect(statSync(file(name)).mode & 0o777).toBe(0o600)
  })

  it.each([
    ['the key is torn', 'ca.key', () => '-----BEGIN PRIVATE KEY-----\nMIGH'],
    ['the certificate is empty', 'ca.crt', () => ''],
    [
      'the certificate is no authority’s',
      'ca.crt',
      () => issueCertificate(openAuthority(state, new FakeClock()), ['a'], 0).cert,
    ],
  ])('is made anew when %s', (_case, name, text) => {
    const clock = new FakeClock()
    const before = openAuthority(state, clock).cert
    writeFileSync(file(name), text())
    expect(openAuthority(state, clock).cert).not.toBe(before)
  })

  it('is made anew before it ends', async () => {
    const clock = new FakeClock()
    const before = openAuthority(state, clock).cert
    await clock.advance(8.8 * yearMs)
    expect(openAuthority(state, clock).cert).toBe(before)
    await clock.advance(0.2 * yearMs)
    expect(openAuthority(state, clock).cert).not.toBe(before)
  })
})
