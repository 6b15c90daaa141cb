import { describe, expect, it } from 'vitest'
import { profiles } from '../profiles/index.ts'
import { readCommandLine } from './command-line.ts'
import { LoadFailure } from './target.ts'

const read = (line: string, env = {}) => readCommandLine(line.split(' ').filter(Boolean), env, profiles)

describe('npm run load', () => {
  it.each(['', '--help', 'ab --help', '-h'])('"%s" asks for help', line => expect(read(line)).toBeUndefined())

  it('takes a profile as it is', () => {
    expect(read('ab')).toMatchObject({
      profile: { name: 'ab', model: { kind: 'closed', workers: 100 }, limit: { requests: 10_000 } },
      ...{ host: 'api.greeting.localhost', target: undefined, stateDir: '.skiff', json: false, timeoutMs: 30_000 },
    })
  })

  it.each([
    ['ab --workers 3', { model: { kind: 'closed', workers: 3 } }],
    ['siege --workers 3', { model: { kind: 'closed', workers: 3, pauseMs: 1_000 } }],
    ['ab --rate 12.5', { model: { kind: 'open', perSecond: 12.5 } }],
    ['artillery --random', { model: { kind: 'open', perSecond: 50, arrivals: 'random' } }],
    ['artillery --workers 5', { model: { kind: 'closed', workers: 5 } }],
    ['ab --duration 20', { limit: { seconds: 20 } }],
    ['artillery --requests 7', { limit: { requests: 7 } }],
    ['ab --requests 7 --duration 2', { limit: { requests: 7, seconds: 2 } }],
    ['ab --max-p99 1.5s', { thresholds: { p99: 1_500, errors: { count: 0 } } }],
    ['ab --max-errors 1%', { thresholds: { errors: { share: 0.01 } } }],
  ])('"%s" changes the profile', (line, wanted) => expect(read(line)?.profile).toMatchObject(wanted))

  it('a limit that is given replaces the whole limit', () => {
    expect(read('artillery --requests 7')?.profile.limit).toEqual({ requests: 7 })
  })

  it('finds the state folder by option, then by environment', () => {
    expect(read('ab', { SKIFF_STATE: '/a' })?.stateDir).toBe('/a')
    expect(read('ab --state /b', { SKIFF_STATE: '/a' })?.stateDir).toBe('/b')
  })

  it.each([
    ['nope', 'no profile "nope"; there are: hey-root'],
    ['ab siege', 'one profile at a time'],
    ['--json', 'no profile ""'],
    ['ab --workers 2 --rate 3', 'give one of them'],
    ['ab --random', 'give --rate too'],
    ['ab --workers 0', '--workers is "0", it should be a number above 0'],
    ['ab --workers 1.5', 'a whole number'],
    ['ab --rate fast', '--rate is "fast"'],
    ['ab --max-p99 soon', 'such as 250ms'],
    ['ab --max-errors few', 'such as 0 or 0.5%'],
    ['ab --verbose', "Unknown option '--verbose'"],
  ])('"%s" is wrong usage: %s', (line, message) => {
    const failure = thrown(() => read(line))
    expect(failure.message).toContain(message)
    expect(failure.exitCode).toBe(2)
  })

  it('says so when npm kept an option for itself, and is content when it did not', () => {
    const env = { npm_lifecycle_event: 'load', npm_config_target: 'true' }
    expect(thrown(() => read('ab http://10.0.0.1', env)).message).toContain('npm run load ab -- --target')
    expect(read('ab --target http://10.0.0.1', env)?.target).toBe('http://10.0.0.1')
    expect(read('ab', { npm_config_target: 'true' })?.profile.name).toBe('ab')
  })
})

function thrown(task: () => unknown): LoadFailure {
  try {
    task()
  } catch (error) {
    if (error instanceof LoadFailure) return error
  }
  throw new Error('nothing was refused')
}
