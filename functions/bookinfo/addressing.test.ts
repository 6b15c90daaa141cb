import { describe, expect, it } from 'vitest'
import { addressOf } from './address.ts'
import { alsoForwarded, forwarded } from './forwarded.ts'
import { productId } from './product-id.ts'

describe('the address of a service', () => {
  it.each([
    [{}, 'http://ratings-mesh.bookinfo'],
    [{ RATINGS_HOSTNAME: 'stars' }, 'http://stars'],
    [{ RATINGS_HOSTNAME: '', RATINGS_SERVICE_PORT: '' }, 'http://ratings-mesh.bookinfo'],
    [{ RATINGS_SERVICE_PORT: '9080' }, 'http://ratings-mesh.bookinfo:9080'],
    [{ RATINGS_SERVICE_PORT: '80' }, 'http://ratings-mesh.bookinfo'],
    [{ SERVICES_DOMAIN: 'svc.cluster.local' }, 'http://ratings-mesh.bookinfo.svc.cluster.local'],
    [{ RATINGS_HOSTNAME: 'r', SERVICES_DOMAIN: 'd', RATINGS_SERVICE_PORT: '1' }, 'http://r.d:1'],
    [{ REVIEWS_HOSTNAME: 'other' }, 'http://ratings-mesh.bookinfo'],
  ])('with %j is %s', (env, address) => {
    expect(addressOf(env, 'ratings')).toBe(address)
  })
})

describe('headers handed on', () => {
  it('are those of tracers and of who asks; none that is absent or empty', () => {
    const incoming = new Headers({ Cookie: 'a=1', SW8: 's', 'X-Request-Id': 'r', jwt: '', accept: '*/*', host: 'h' })
    expect(forwarded(incoming)).toEqual({ cookie: 'a=1', sw8: 's', 'x-request-id': 'r' })
    expect(forwarded(new Headers())).toEqual({})
  })

  it.each(alsoForwarded)('%s is one', name => {
    expect(forwarded(new Headers({ [name]: 'value' }))).toEqual({ [name]: 'value' })
  })
})

describe('a product id', () => {
  it.each([
    ['0', 0],
    ['007', 7],
    ['999999999999999', 999_999_999_999_999],
  ])('%s is %i', (text, id) => {
    expect(productId(text)).toBe(id)
  })

  it.each(['', '-1', '+1', '1.0', '1e3', '0x1', ' 1', '1\n', '٣', '1000000000000000', 'NaN'])('is not %j', text => {
    expect(productId(text)).toBeUndefined()
  })
})
