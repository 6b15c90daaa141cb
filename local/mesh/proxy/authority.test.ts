import { expect, it } from 'vitest'
import { machineOf, splitAuthority } from './authority.ts'

it.each([
  ['a.b:81', 'a.b', 81],
  ['a.b', 'a.b', 80],
  ['[::1]:81', '::1', 81],
  ['[::1]', '::1', 80],
])('reads %s', (authority, host, port) => {
  expect(splitAuthority(authority)).toEqual({ host, port })
})

it('takes another port for one that is not named', () => {
  expect(splitAuthority('a.b', 9080)).toEqual({ host: 'a.b', port: 9080 })
})

it.each([
  ['localhost', '127.0.0.1'],
  ['api.localhost', '127.0.0.1'],
  ['localhost.example.org', 'localhost.example.org'],
])('takes %s for the machine %s', (host, machine) => expect(machineOf(host)).toBe(machine))
