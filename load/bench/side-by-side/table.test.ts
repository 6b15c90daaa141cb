import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { projectDir } from '../../world.ts'
import { compare, insert, markdown } from './table.ts'

const format = (value: number) => `${value} µs`

it('a comparison has the ratio of ours to theirs', () => {
  expect(compare('hop', 35, 'Envoy', 50, format)).toEqual({
    ...{ what: 'hop', ours: '35 µs', peer: 'Envoy', theirs: '50 µs', ratio: 0.7 },
  })
})

it('the table has a row for each, also where a peer is missing', () => {
  const rows = [compare('hop', 35, 'Envoy', 50, format), compare('events', 7, 'RabbitMQ', undefined, format)]
  expect(markdown(rows, 'two cores').split('\n')).toEqual([
    'One run of `npm run bench side-by-side`: two cores.',
    '',
    '| what | Skiff | beside it | ratio |',
    '|---|---|---|---|',
    '| hop | 35 µs | Envoy: 50 µs | 0.70 × |',
    '| events | 7 µs | RabbitMQ: not here | – |',
  ])
})

describe('the table in a text', () => {
  const readme = readFileSync(join(projectDir, 'README.md'), 'utf8')

  it('has its place in the README', () => expect(insert(readme, '| a table |')).toContain('\n| a table |\n<!--'))

  it('replaces the one before, and nothing else', () => {
    const once = insert(readme, '| first |')
    expect(insert(insert(readme, '| second |'), '| first |')).toBe(once)
    expect(once.replace('| first |', '').length).toBeLessThanOrEqual(readme.length + 1)
  })

  it('needs its markers', () => expect(() => insert('# A text', '')).toThrow('has no lines'))
})
