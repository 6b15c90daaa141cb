import { describe, expect, it } from 'vitest'
import { flag, type WatchOptions, watchOptionsOf } from './watch-options.ts'

const optionsOf = (query: string) => watchOptionsOf(new URLSearchParams(query))
const plain: WatchOptions = { from: 'everything', sendInitialEvents: false, bookmarks: false, timeoutMs: undefined }

describe('a watch is asked', () => {
  it.each<[string, string, Partial<WatchOptions>]>([
    ['for everything', '', {}],
    ['for everything, by version 0', 'resourceVersion=0', {}],
    ['for what happened since a version', 'resourceVersion=12', { from: 12 }],
    ['for an end', 'timeoutSeconds=3', { timeoutMs: 3_000 }],
    ['for no end', 'timeoutSeconds=0', {}],
    ['for bookmarks', 'allowWatchBookmarks=true', { bookmarks: true }],
    [
      'for a list within the watch',
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion=12',
      { sendInitialEvents: true, bookmarks: true },
    ],
    ['for what comes from now on', 'sendInitialEvents=false&resourceVersionMatch=NotOlderThan', { from: 'now' }],
    [
      'for what happened since, without a list',
      'sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=7',
      { from: 7 },
    ],
  ])('%s', (_, query, wanted) => expect(optionsOf(query)).toEqual({ ...plain, ...wanted }))

  it.each<[string, string, string]>([
    ['resourceVersion=x', 'BadRequest', 'resourceVersion: Invalid value: "x"'],
    ['resourceVersion=-1', 'BadRequest', 'resourceVersion: Invalid value: "-1"'],
    ['timeoutSeconds=', 'BadRequest', 'timeoutSeconds: Invalid value: ""'],
    ['timeoutSeconds=1.5', 'BadRequest', 'timeoutSeconds: Invalid value: "1.5"'],
    ['timeoutSeconds=-1', 'BadRequest', 'timeoutSeconds: Invalid value: "-1"'],
    ['sendInitialEvents=true', 'Invalid', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'],
    [
      'resourceVersionMatch=NotOlderThan',
      'Invalid',
      'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    ],
  ])('not for %s', (query, reason, sentence) => {
    expect(() => optionsOf(query)).toThrow(
      expect.objectContaining({ reason, message: expect.stringContaining(sentence) }),
    )
  })
})

it.each([
  [null, undefined],
  ['true', true],
  ['1', true],
  ['false', false],
  ['', false],
])('the flag %j is %j', (text, wanted) => expect(flag(text)).toBe(wanted))
