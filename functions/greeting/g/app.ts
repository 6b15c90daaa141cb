import { greeter } from '../greeter.ts'

export { requireStore as start } from '../../lib/stores.ts'

export default greeter({ name: 'Service-G', message: 'Ahlan, from Service-G!', stores: 'greetings' })
