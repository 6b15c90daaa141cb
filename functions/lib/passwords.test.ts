import { describe, expect, it } from 'vitest'
import { hashPassword, isPassword } from './passwords.ts'

describe('a password', () => {
  it('is known again by what was kept of it, and is not in it', async () => {
    const kept = await hashPassword('correct horse')
    expect(kept).toMatch(/^scrypt\$32768\$8\$1\$[\w-]+\$[\w-]+$/)
    expect(kept).not.toContain('horse')
    expect(await isPassword('correct horse', kept)).toBe(true)
    expect(await isPassword('Correct horse', kept)).toBe(false)
  })

  it('is kept otherwise each time', async () => {
    expect(await hashPassword('same')).not.toBe(await hashPassword('same'))
  })

  it('is the same however its letters are composed', async () => {
    expect(await isPassword('cafe\u0301', await hashPassword('café'))).toBe(true)
  })

  it.each([[undefined], [''], ['plain'], ['scrypt$32768$8$1$$'], ['bcrypt$x']])('kept as %j is none', async kept => {
    expect(await isPassword('anything', kept)).toBe(false)
  })
})
