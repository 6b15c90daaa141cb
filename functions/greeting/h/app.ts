import { greeter } from '../greeter.ts'

export { requireStore as start } from '../../lib/stores.ts'

export default greeter({ name: 'Service-H', message: 'Ciao, from Service-H!', stores: 'greetings' })
