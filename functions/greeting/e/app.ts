import { greeter } from '../greeter.ts'

export default greeter({ name: 'Service-E', message: 'Bonjour, de Service-E!', calls: ['g', 'h'] })
