import { describe, expect, it } from 'vitest'
import { eventOf, type SendFlags } from './outgoing.ts'

const input = { input: async () => '{"from":"input"}' }
const given = (more: Partial<SendFlags> = {}): SendFlags => ({
  ...{ type: 't', source: '/skiff', id: '1', ext: [], namespace: 'default' },
  ...more,
})

describe('the event that is sent', () => {
  it('has what was given, in the broker of the namespace', async () => {
    expect(
      await eventOf('b', given({ subject: 's', ext: ['devuser=beta', 'note=a=b'], namespace: 'app' }), input),
    ).toEqual({
      broker: 'app/b',
      attributes: {
        specversion: '1.0',
        id: '1',
        source: '/skiff',
        type: 't',
        subject: 's',
        devuser: 'beta',
        note: 'a=b',
      },
    })
  })

  it('goes to the broker of another namespace by its full name', async () => {
    expect((await eventOf('shop/b', given(), input)).broker).toBe('shop/b')
  })

  it.each([
    ['JSON', '{"a":1}', 'application/json', '{"a":1}'],
    ['text', 'hello', 'text/plain', 'hello'],
    ['the input', '-', 'application/json', '{"from":"input"}'],
  ])('carries %s as such', async (_sentence, data, type, text) => {
    const event = await eventOf('b', given({ data }), input)
    expect([event.attributes.datacontenttype, event.data]).toEqual([type, text])
  })

  it('gets a new id each time without one', async () => {
    const { id: _id, ...flags } = given()
    const [one, two] = await Promise.all([eventOf('b', flags, input), eventOf('b', flags, input)])
    expect(one.attributes.id).not.toBe(two.attributes.id)
  })

  it.each(['x', '=y'])('refuses the extension %s', async text => {
    await expect(eventOf('b', given({ ext: [text] }), input)).rejects.toThrow('name=value')
  })
})
