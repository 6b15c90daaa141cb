import { greeter } from '../greeter.ts'

export { requireStore as start } from '../../lib/stores.ts'

export default greeter({ name: 'Service-C', message: 'Konnichiwa, from Service-C!', stores: 'greetings' })
