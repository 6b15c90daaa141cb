import { greeter } from '../greeter.ts'

export default greeter({
  name: 'Service-D',
  message: 'Shalom, from Service-D!',
  publishes: { type: 'com.example.greeting.v1', source: 'service-d' },
})
