import { greeter } from '../greeter.ts'
import { greeters } from '../letters.ts'

export { requireStore as start } from '../../lib/stores.ts'

export default greeter(greeters.c)
