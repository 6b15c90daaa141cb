// The pages of the shop: a book with what is known of it, and the list of services behind it.
import { html, raw } from 'hono/html'
import type { Fetched } from './backends.ts'
import type { Book } from './books.ts'
import { frame, type Markup } from './frame.ts'

export interface BookPage {
  user: string | undefined
  book: Book
  details: Fetched
  reviews: Fetched
}

/** The page of a book. What a service did not deliver is said in its place. */
export function bookPage({ user, book, details, reviews }: BookPage): Markup {
  return frame(
    user,
    html`<h1>${book.title}</h1>
<p class="summary">${raw(book.descriptionHtml)}</p>
<div class="columns">
<section aria-labelledby="details">${section('details', 'Book Details', details, detailsList)}</section>
<section aria-labelledby="reviews">${section('reviews', 'Book Reviews', reviews, reviewsList)}</section>
</div>`,
  )
}

function section(id: string, heading: string, fetched: Fetched, show: (body: unknown) => Markup): Markup {
  if (fetched.status !== 200) {
    return html`<div class="failure" role="alert"><h2 id="${id}">Error fetching product ${id}!</h2>
<p>${textOf(fetched.body, 'error')}</p></div>`
  }
  const source = fetched.revision ? html`<p class="source">Answered by <code>${fetched.revision}</code></p>` : ''
  return html`<h2 id="${id}">${heading}</h2>${show(fetched.body)}${source}`
}

const shownDetails: readonly (readonly [string, string])[] = [
  ['author', 'Author'],
  ['year', 'Year'],
  ['type', 'Type'],
  ['pages', 'Pages'],
  ['publisher', 'Publisher'],
  ['language', 'Language'],
  ['ISBN-10', 'ISBN-10'],
  ['ISBN-13', 'ISBN-13'],
]

function detailsList(body: unknown): Markup {
  return html`<dl>${shownDetails.map(([key, label]) => html`<dt>${label}</dt><dd>${textOf(body, key)}</dd>`)}</dl>`
}

function reviewsList(body: unknown): Markup {
  const reviews = fieldOf(body, 'reviews')
  const list = Array.isArray(reviews) ? reviews : []
  return html`${list.map(
    review => html`<figure><blockquote><p>${textOf(review, 'text')}</p></blockquote>
<figcaption>${textOf(review, 'reviewer')}</figcaption>${rating(fieldOf(review, 'rating'))}</figure>`,
  )}`
}

const mostStars = 5

/** Stars in their colour, and in words for those who do not see them; the reason when there are none; else nothing. */
function rating(value: unknown): Markup | '' {
  const error = fieldOf(value, 'error')
  if (error !== undefined) return html`<p class="unrated">${String(error)}</p>`
  const given = Number(fieldOf(value, 'stars'))
  if (!Number.isFinite(given)) return ''
  const stars = Math.min(Math.max(Math.round(given), 0), mostStars)
  const color = textOf(value, 'color')
  const full = Array.from({ length: stars }, () => html`<span class="glyphicon-star">★</span>`)
  const rest = Array.from({ length: mostStars - stars }, () => html`<span class="glyphicon-star-empty">☆</span>`)
  return html`<p class="stars" data-color="${color}"><span aria-hidden="true">${full}${rest}</span>
<span class="spoken">${stars} of ${mostStars} stars, ${color}</span></p>`
}

const services: readonly (readonly [string, string, string])[] = [
  ['productpage', 'shows a book', 'details, reviews'],
  ['details', 'knows the facts of a book', ''],
  ['reviews', 'keeps what readers wrote', 'ratings'],
  ['ratings', 'keeps how many stars they gave', ''],
]

/** What the shop is made of. Inside the mesh only: the gateway does not route to it. */
export function indexPage(user: string | undefined): Markup {
  return frame(
    user,
    html`<h1>What this shop is made of</h1>
<table><thead><tr><th scope="col">Service</th><th scope="col">What it does</th><th scope="col">Asks</th></tr></thead>
<tbody>${services.map(([name, does, asks]) => html`<tr><th scope="row">${name}</th><td>${does}</td><td>${asks}</td></tr>`)}</tbody></table>
<p><a href="/productpage">To the book</a></p>`,
  )
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
}

function textOf(value: unknown, key: string): string {
  const field = fieldOf(value, key)
  return typeof field === 'string' || typeof field === 'number' ? String(field) : ''
}
