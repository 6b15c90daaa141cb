import { greeter } from '../greeter.ts'

export default greeter({ name: 'Service-B', message: 'Namaste, from Service-B!', calls: ['d', 'e'] })
