// Addresses and CIDR blocks of policies: `10.1.2.3`, `10.1.0.0/16`, `2001:db8::/32`.
import { BlockList, isIPv4, isIPv6 } from 'node:net'

export interface AddressBlock {
  readonly written: string
  /** How many bits of an address it fixes. */
  readonly bits: number
  readonly list: BlockList
}

/** Undefined when it is neither an address nor a block. */
export function addressBlock(written: string): AddressBlock | undefined {
  const [address = '', bits] = written.split('/')
  const family = familyOf(address)
  if (!family) return undefined
  const most = family === 'ipv4' ? 32 : 128
  const prefix = bits === undefined ? most : Number(bits)
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > most) return undefined
  const list = new BlockList()
  list.addSubnet(address, prefix, family)
  return { written, bits: prefix, list }
}

export function holds({ list }: AddressBlock, address: string): boolean {
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address
  const family = familyOf(plain)
  return family !== undefined && list.check(plain, family)
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  if (isIPv4(address)) return 'ipv4'
  return isIPv6(address) ? 'ipv6' : undefined
}
