import { expect, it } from 'vitest'
import { localPort } from './gateways.ts'

it.each([
  [80, 8_080],
  [443, 8_443],
  [81, 8_081],
  [1_023, 9_023],
  [1_024, 1_024],
  [15_443, 15_443],
])('gateway port %d is local port %d', (gateway, local) => expect(localPort(gateway)).toBe(local))
