// Header values with commands in them, and those that Envoy does not take.
import { describe, expect, it } from 'vitest'
import { compileHeaderValue } from './header-value.ts'

const command = (name: string, argument?: string, length?: number) => ({ command: name, argument, length })

describe('a header value', () => {
  const rows: [text: string, value: unknown][] = [
    ['plain', 'plain'],
    ['  spaced  ', 'spaced'],
    ['', ''],
    ['100%%', '100%'],
    ['%%REQ(x)%%', '%REQ(x)%'],
    ['%REQ(:path)%', [command('REQ', ':path')]],
    ['%REQ(x-nope?x-a)%', [command('REQ', 'x-nope?x-a')]],
    ['%REQ(user-agent):12%', [command('REQ', 'user-agent', 12)]],
    ['pre-%REQ(x)%-post', ['pre-', command('REQ', 'x'), '-post']],
    ['%REQ(x)% 100%%', [command('REQ', 'x'), ' 100%']],
    ['%START_TIME(%s)%', [command('START_TIME', '%s')]],
    ['%START_TIME(%Y/%m/%dT%H:%M:%S%z)%', [command('START_TIME', '%Y/%m/%dT%H:%M:%S%z')]],
    ['%UPSTREAM_HOST%;%RESPONSE_CODE%', [command('UPSTREAM_HOST'), ';', command('RESPONSE_CODE')]],
    ['%CEL(request.path)%', [command('CEL', 'request.path')]],
    ['%CEL(size(request.path))%', [command('CEL', 'size(request.path)')]],
    ['%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%', [command('DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT')]],
    ['%ENVIRONMENT(HOME)%', [command('ENVIRONMENT', 'HOME')]],
  ]
  it.for(rows)('%s', ([text, value]) => expect(compileHeaderValue(text)).toEqual(value))

  const refused: [text: string, reason: string][] = [
    ['%NOPE%', 'Not supported field in StreamInfo: NOPE'],
    ['%REQ%', 'REQ requires parameters'],
    ['%REQ()%', 'REQ requires parameters'],
    ['%REQ(x-a', 'begins no command'],
    ['100%', 'begins no command'],
    ['%lower%', 'begins no command'],
  ]
  it.for(refused)('%s is refused: %s', ([text, reason]) => expect(() => compileHeaderValue(text)).toThrow(reason))
})
