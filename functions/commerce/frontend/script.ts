// The script of the shop's page: asks what there is, places an order, and follows each order by server-sent events.

export const script = `'use strict'
const $ = id => document.getElementById(id)
const money = cents => (cents / 100).toFixed(2)
const endings = ['FULFILLED', 'REJECTED', 'FAILED', 'CANCELLED', 'RETURNED']
let products = []

async function ask(query, variables = {}) {
  const answer = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query, variables }),
  })
  const { data, errors } = await answer.json()
  if (errors && errors.length) throw new Error(errors.map(error => error.message).join('; '))
  return data
}

function say(text) { $('status').textContent = text }
function complain(text) {
  $('error').textContent = text
  $('error').hidden = text === ''
}
function element(name, text, className) {
  const made = document.createElement(name)
  if (text !== undefined) made.textContent = text
  if (className) made.className = className
  return made
}

function productRow(product) {
  const row = element('div', undefined, 'product')
  const label = element('label', product.title)
  label.htmlFor = 'sku-' + product.sku
  const price = element('small', money(product.price) + ' · ' + product.stock + ' left')
  price.id = 'left-' + product.sku
  const input = element('input')
  Object.assign(input, { id: label.htmlFor, type: 'number', min: 0, max: 1000, value: 0, inputMode: 'numeric' })
  input.setAttribute('aria-describedby', price.id)
  input.addEventListener('input', total)
  row.append(label, price, input)
  return row
}

function lines() {
  return products
    .map(({ sku }) => ({ sku, quantity: Number($('sku-' + sku).value) }))
    .filter(({ quantity }) => quantity > 0)
}
function total() {
  const price = sku => products.find(product => product.sku === sku).price
  $('total').textContent = money(lines().reduce((sum, line) => sum + price(line.sku) * line.quantity, 0))
}

async function refreshStock() {
  const data = await ask('{ products { sku price stock } }')
  for (const { sku, price, stock } of data.products) {
    const place = $('left-' + sku)
    if (place) place.textContent = money(price) + ' · ' + stock + ' left'
  }
}

function orderCard(order) {
  const card = element('li')
  card.append(element('h3', order.id + ' · ' + money(order.total)), element('ol'))
  return card
}
function addStep(card, status) {
  card.querySelector('ol').append(element('li', status, status))
}

function follow(card, id) {
  const query = 'subscription ($id: ID!) { orderStatus(id: $id) }'
  const variables = JSON.stringify({ id })
  const events = new EventSource('/graphql/stream?query=' + encodeURIComponent(query) + '&variables=' + encodeURIComponent(variables))
  let seen = 0
  let come = 0
  events.addEventListener('open', () => { come = 0 })
  events.addEventListener('next', event => {
    const { data } = JSON.parse(event.data)
    if (!data) return
    // After a reconnect the past ones come again.
    if (++come > seen) {
      seen = come
      addStep(card, data.orderStatus)
      say('Order ' + id + ': ' + data.orderStatus.toLowerCase())
    }
    if (endings.includes(data.orderStatus)) {
      events.close()
      refreshStock().catch(() => {})
    }
  })
  events.addEventListener('complete', () => events.close())
}

async function start() {
  say('Waking the shop…')
  const data = await ask('{ products { sku title price stock } customers { id name } orders(first: 5) { id total history { status } } }')
  products = data.products
  $('products').replaceChildren(...products.map(productRow))
  $('customer').replaceChildren(...data.customers.map(({ id, name }) => Object.assign(element('option', name), { value: id })))
  for (const order of data.orders) {
    const card = orderCard(order)
    for (const { status } of order.history) addStep(card, status)
    $('orders').append(card)
  }
  say('')
}

let placing = false
$('order').addEventListener('submit', async event => {
  event.preventDefault()
  if (placing) return
  const wanted = lines()
  complain('')
  if (wanted.length === 0) return complain('Choose how many of something first.')
  placing = true
  $('order').querySelector('button').setAttribute('aria-disabled', 'true')
  try {
    const query = 'mutation ($customerId: ID!, $lines: [LineInput!]!, $key: String) { placeOrder(customerId: $customerId, lines: $lines, key: $key) { id total } }'
    const { placeOrder } = await ask(query, { customerId: $('customer').value, lines: wanted, key: crypto.randomUUID() })
    const card = orderCard(placeOrder)
    $('orders').prepend(card)
    follow(card, placeOrder.id)
  } catch (error) {
    complain(error.message)
  } finally {
    placing = false
    $('order').querySelector('button').removeAttribute('aria-disabled')
  }
})

start().catch(error => {
  say('')
  complain('The shop does not answer: ' + error.message)
})
`
