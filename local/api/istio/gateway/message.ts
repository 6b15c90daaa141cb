// The Gateway message.
import { serverTlsSettings } from '../fields/messages.ts'
import { list, map, message, string, uint32 } from '../proto/message.ts'
import type { GatewaySpec, Port, Server } from './types.ts'

const networking = 'istio.networking.v1alpha3'

export const gatewayMessage = message<GatewaySpec>(`${networking}.Gateway`, {
  servers: list(
    message<Server>(`${networking}.Server`, {
      port: message<Port>(`${networking}.Port`, {
        number: uint32,
        protocol: string,
        name: string,
        targetPort: uint32,
      }),
      bind: string,
      hosts: list(string),
      tls: serverTlsSettings,
      defaultEndpoint: string,
      name: string,
    }),
  ),
  selector: map(string),
})
