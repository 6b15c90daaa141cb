import { describe, expect, it } from 'vitest'
import { knobs, readSettings } from './options.ts'
import { buildProgram } from './program.ts'

describe('settings', () => {
  it('are the defaults when nothing is given', () => {
    const { state, json, apply, pool, gatewayPort, seed } = readSettings({}, {})
    expect({ state, json, apply, gatewayPort, seed }).toEqual({
      state: '.skiff',
      json: false,
      apply: true,
      gatewayPort: {},
      seed: undefined,
    })
    expect(pool).toBe(knobs.pool.default)
  })

  it('come from the environment', () => {
    const settings = readSettings({}, { SKIFF_STATE: '/x', SKIFF_POOL: '0', SKIFF_GATEWAY_PORT: '80=9080,443=0' })
    expect(settings).toMatchObject({ state: '/x', pool: 0, gatewayPort: { 80: 9080, 443: 0 } })
  })

  it('prefer flags to the environment', () => {
    expect(readSettings({ pool: '3' }, { SKIFF_POOL: '5' }).pool).toBe(3)
  })

  it('take an empty variable for an unset one', () => {
    expect(readSettings({}, { SKIFF_STATE: '' }).state).toBe('.skiff')
  })

  it('hear --no-apply', () => {
    expect(readSettings({ apply: false }, {}).apply).toBe(false)
  })

  it.each([
    [{ pool: 'many' }, '--pool: must be a whole number from 0 to 64, got "many"'],
    [{ pool: '65' }, '--pool: must be a whole number from 0 to 64, got "65"'],
    [{ seed: '-1' }, '--seed: must be a whole number from 0 to 4294967295, got "-1"'],
    [{ gatewayPort: '80' }, '--gateway-port: must be GATEWAY=LOCAL, such as 80=9080, got "80"'],
    [{ gatewayPort: '80=70000' }, '--gateway-port: must be GATEWAY=LOCAL, such as 80=9080, got "80=70000"'],
    [{ state: ' ' }, '--state: must not be empty, got " "'],
  ])('refuse %j as wrong usage', (flags, message) => {
    expect(() => readSettings(flags, {})).toThrow(expect.objectContaining({ message, exitCode: 2 }))
  })

  it('name the variable that is wrong', () => {
    expect(() => readSettings({}, { SKIFF_POOL: 'x' })).toThrow('SKIFF_POOL: must be a whole number')
  })
})

describe('help', async () => {
  const terminal = {
    cwd: '/',
    env: {},
    interactive: false,
    columns: 200,
    input: async () => '',
    out() {},
    err() {},
    now: () => 0,
  }
  const program = await buildProgram(terminal)
  const text = [program, ...program.commands]
    .map(one => one.helpInformation())
    .join('\n')
    .replace(/\s+/g, ' ')

  it.each(Object.entries(knobs))('says what %s does', (_, knob) => {
    expect(text).toContain(knob.flag)
    expect(text).toContain(knob.doc)
  })
})
