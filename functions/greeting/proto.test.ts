// The protocol files and the Swagger document: the numbers and names they always had.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import descriptor from '../../proto/greeting.json' with { type: 'json' }
import swagger from '../../proto/greeting.swagger.json' with { type: 'json' }

const folder = new URL('../../proto/', import.meta.url).pathname
describe('the protocol of the greeting system', () => {
  it.each([
    ['greeting.proto', 'greeting', ['id=1', 'service=2', 'message=3', 'created=4']],
    ['greeting/v1/greeting.proto', 'greeting.v1', ['id=1', 'service=2', 'message=3', 'created=4']],
    ['greeting/v2/greeting.proto', 'greeting.v2', ['id=1', 'service=2', 'message=3', 'created=4', 'hostname=5']],
    ['greeting/v3/greeting.proto', 'greeting.v3', ['id=1', 'service=2', 'message=3', 'created=4', 'hostname=5']],
  ])('OBS-20: %s is package %s, with the numbers it always had', (file, name, fields) => {
    const text = readFileSync(folder + file, 'utf8')
    const message = /message Greeting \{([^}]*)\}/.exec(text)?.[1] ?? ''
    expect([...message.matchAll(/string (\w+) = (\d);/g)].map(([, field, id]) => `${field}=${id}`)).toEqual(fields)
    expect(/^package (.*);$/m.exec(text)?.[1]).toBe(name)
    expect(text).toMatch(/message GreetingResponse \{\s*repeated Greeting greeting = 1;\s*\}/)
    expect(/Greeting greeting = 1;\n\}\n\nmessage GreetingResponse/.test(text)).toBe(name === 'greeting.v3')
  })

  it('OBS-21: is one path in Swagger, with the fields of the first package', () => {
    expect(Object.keys(swagger.paths)).toEqual(['/api/greeting'])
    expect(swagger.paths['/api/greeting'].get.operationId).toBe('Greeting')
    expect(Object.keys(swagger.definitions.greetingGreeting.properties)).toEqual(
      Object.keys(descriptor.nested.greeting.nested.Greeting.fields),
    )
  })
})
