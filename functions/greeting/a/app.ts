import { greeter } from '../greeter.ts'

export default greeter({ name: 'Service-A', message: 'Hello, from Service-A!', calls: ['b', 'c'], cors: true })
