import { describe, expect, it } from 'vitest'
import { formatTable } from './table.ts'

describe('a table', () => {
  it('keeps columns three spaces apart', () => {
    expect(formatTable(['NAME', 'READY', 'REASON'], [['hello', 'True', '']])).toBe(
      'NAME    READY   REASON\nhello   True    \n',
    )
  })

  it('is as wide as its widest cell', () => {
    expect(
      formatTable(
        ['A', 'B'],
        [
          ['long-name', 'x'],
          ['s', 'yy'],
        ],
      ),
    ).toBe('A           B\nlong-name   x\ns           yy\n')
  })

  it('without rows shows the headings', () => {
    expect(formatTable(['NAME', 'AGE'], [])).toBe('NAME   AGE\n')
  })

  it('counts characters, not UTF-16 units', () => {
    expect(
      formatTable(
        ['A', 'B'],
        [
          ['🚤', 'x'],
          ['ab', 'y'],
        ],
      ),
    ).toBe('A    B\n🚤    x\nab   y\n')
  })
})
