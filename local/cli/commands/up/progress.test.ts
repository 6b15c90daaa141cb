import { describe, expect, it } from 'vitest'
import type { Terminal } from '../../terminal.ts'
import { progressLine } from './progress.ts'

function lineOn(terminal: Partial<Terminal>, visible = true) {
  let written = ''
  const err = (text: string) => {
    written += text
  }
  const line = progressLine({ interactive: true, columns: 80, err, ...terminal } as Terminal, visible)
  return { line, written: () => written }
}

describe('the progress line', () => {
  it('shows the newest step in the place of the one before, and goes away', () => {
    const { line, written } = lineOn({})
    line.show('one')
    line.show('two')
    line.clear()
    expect(written()).toBe('\r\x1b[Kone\r\x1b[Ktwo\r\x1b[K')
  })

  it('never fills the last column, where a terminal would break the line', () => {
    const { line, written } = lineOn({ columns: 5 })
    line.show('a long step')
    expect(written()).toBe('\r\x1b[Ka lo')
  })

  it.each([
    ['no person looks', { interactive: false }, true],
    ['it was not asked for', {}, false],
  ])('is silent where %s', (_, terminal, visible) => {
    const { line, written } = lineOn(terminal, visible)
    line.show('one')
    line.clear()
    expect(written()).toBe('')
  })
})
