import { describe, expect, it } from 'vitest'
import type { Fetched } from './backends.ts'
import { bookPage, indexPage } from './pages.ts'

const book = { id: 0, title: 'Twins & <others>', descriptionHtml: '<a href="/x">Summary</a>' }
const good = (body: unknown, revision?: string): Fetched => ({ status: 200, body, ...(revision ? { revision } : {}) })
const bad = (status: number, body: unknown): Fetched => ({ status, body })

async function shown({
  details = good({}),
  reviews = good({ reviews: [] }),
  user = undefined as string | undefined,
} = {}) {
  return String(await bookPage({ user, book, details, reviews }))
}
const count = (text: string, of: string) => text.split(of).length - 1
const reviewWith = (rating: unknown) => good({ reviews: [{ reviewer: 'R', text: 'T', rating }] })

describe('the page of a book', () => {
  it('shows its title as text, and the summary, which is ours, as markup', async () => {
    const page = await shown()
    expect(page).toContain('<h1>Twins &amp; &lt;others&gt;</h1>')
    expect(page).toContain('<a href="/x">Summary</a>')
  })

  it('names who is signed in, whatever the name is', async () => {
    expect(await shown({ user: '<i>"O’Neil" & Co</i>' })).toContain('&lt;i&gt;&quot;O’Neil&quot; &amp; Co&lt;/i&gt;')
    expect(await shown()).not.toContain('<strong>')
  })

  it('says which revision answered, where one did', async () => {
    const page = await shown({ details: good({}, 'details-<1>') })
    expect(page).toContain('Answered by <code>details-&lt;1&gt;</code>')
    expect(count(page, 'Answered by')).toBe(1)
  })

  it('shows facts that are texts or numbers, and nothing in the place of others', async () => {
    const page = await shown({
      details: good({ author: 'Zoë 🐴', year: 1595, type: { $: 1 }, pages: null, secret: 's3' }),
    })
    expect(page).toContain('<dd>Zoë 🐴</dd>')
    expect(page).toContain('<dt>Type</dt><dd></dd><dt>Pages</dt><dd></dd>')
    expect(page).not.toMatch(/s3|object Object|null/)
  })

  it.each([
    ['a failure with a reason', bad(503, { error: 'Sorry <b>' }), 'Sorry &lt;b&gt;'],
    ['a failure without one', bad(500, undefined), '<p></p>'],
    ['a failure whose reason is none', bad(404, { error: { deep: 1 } }), '<p></p>'],
  ])('%s stands in the place of the part alone', async (_, reviews, text) => {
    const page = await shown({ reviews, details: good({ author: 'A' }) })
    expect(page).toContain('Error fetching product reviews!')
    expect(page).toContain(text)
    expect(page).toContain('<dd>A</dd>')
  })

  it.each([[null], [undefined], ['text'], [[]], [{ reviews: 'none' }], [{ reviews: {} }], [{ reviews: null }]])(
    'reviews that are %j are none',
    async body => {
      const page = await shown({ reviews: good(body) })
      expect([count(page, '<figure>'), count(page, 'Book Reviews')]).toEqual([0, 1])
    },
  )

  it('a review that is nothing leaves the others', async () => {
    const page = await shown({ reviews: good({ reviews: [null, 7, { reviewer: 'R', text: 'fine' }] }) })
    expect([count(page, '<figure>'), count(page, '<p>fine</p>')]).toEqual([3, 1])
  })
})

describe('the stars of a review', () => {
  it.each([
    [5, 5, '5 of 5 stars'],
    [0, 0, '0 of 5 stars'],
    [3.5, 4, '4 of 5 stars'],
    [3.4, 3, '3 of 5 stars'],
    [-7, 0, '0 of 5 stars'],
    [1e9, 5, '5 of 5 stars'],
    ['4', 4, '4 of 5 stars'],
  ])('given as %j: %i', async (stars, full, words) => {
    const page = await shown({ reviews: reviewWith({ stars, color: 'red' }) })
    expect([count(page, 'glyphicon-star"'), count(page, 'glyphicon-star-empty"')]).toEqual([full, 5 - full])
    expect(page).toContain(`${words}, red`)
  })

  it.each([[undefined], [null], [{}], [{ stars: 'many' }], [{ stars: {} }], ['five'], [{ color: 'red' }]])(
    'are not there for %j',
    async rating => {
      expect(await shown({ reviews: reviewWith(rating) })).not.toMatch(/glyphicon|class="unrated"/)
    },
  )

  it('give way to the reason why there are none', async () => {
    const page = await shown({ reviews: reviewWith({ error: 'not <now>', stars: 5 }) })
    expect(page).toContain('<p class="unrated">not &lt;now&gt;</p>')
    expect(page).not.toContain('glyphicon')
  })

  it('keep their colour inside its quotes', async () => {
    const page = await shown({ reviews: reviewWith({ stars: 1, color: '" onclick="x' }) })
    expect(page).toContain('data-color="&quot; onclick=&quot;x"')
  })
})

it('the list of services has all four, with whom they ask', async () => {
  const page = String(await indexPage(undefined))
  const rows = [...page.matchAll(/<th scope="row">(\w+)<\/th><td>[^<]+<\/td><td>([^<]*)<\/td>/g)]
  expect(rows.map(([, name, asks]) => [name, asks])).toEqual([
    ['productpage', 'details, reviews'],
    ['details', ''],
    ['reviews', 'ratings'],
    ['ratings', ''],
  ])
})
