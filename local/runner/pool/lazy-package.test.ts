import { describe, expect, it } from 'vitest'
import { lazyPackage } from './lazy-package.ts'

function world() {
  let loads = 0
  const whole = () => {
    loads++
    return { Agent: 'agent of the whole', fetch: 'fetch' }
  }
  const pack = lazyPackage(['Agent', 'fetch'], { Agent: 'agent' }, whole)
  return { pack, loads: () => loads }
}

describe('a package loaded in part', () => {
  it('gives a part without loading the whole', () => {
    const { pack, loads } = world()
    expect(pack.Agent).toBe('agent')
    expect(loads()).toBe(0)
  })

  it('loads the whole for any other name', () => {
    const { pack, loads } = world()
    expect(pack.fetch).toBe('fetch')
    expect(loads()).toBe(1)
  })

  it('lists every name without loading anything, as an import of all does', () => {
    const { pack, loads } = world()
    expect(Object.keys(pack)).toEqual(['Agent', 'fetch'])
    expect(loads()).toBe(0)
  })

  it('has no name that the package has not', () => {
    expect(Object.hasOwn(world().pack, 'toString')).toBe(false)
    expect(world().pack.Nothing).toBeUndefined()
  })
})
