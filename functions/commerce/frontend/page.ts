// The markup of the shop's page.
import type { Page } from '../../lib/page.ts'
import { script } from './script.ts'
import { style } from './style.ts'

export const page: Page = {
  title: 'Back office',
  icon: '🛒',
  style,
  script,
  content: `<h1>Back office</h1>
<p>Place an order and watch it move: reserved, paid, sent. Each step is a service that sleeps until an event wakes it.</p>
<form id="order">
<label for="customer">Customer</label>
<select id="customer" required></select>
<fieldset>
<legend>Products</legend>
<div id="products"></div>
</fieldset>
<p>Total: <output id="total">0.00</output></p>
<button type="submit">Place order</button>
</form>
<p id="status" role="status" aria-live="polite"></p>
<p id="error" role="alert" hidden></p>
<h2>Orders</h2>
<ul id="orders" aria-label="Orders, the newest first"></ul>
<noscript><p>This page needs JavaScript. GraphQL works without it, at /graphql.</p></noscript>`,
}
