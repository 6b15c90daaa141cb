// The markup of the shop's page.

/** A shopping cart as the icon, so that no browser asks for /favicon.ico. */
const icon =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><text y='13' font-size='13'>🛒</text></svg>"

export const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Back office</title>
<link rel="icon" href="${icon}">
<link rel="stylesheet" href="/page.css">
<script src="/page.js" defer></script>
</head>
<body>
<main>
<h1>Back office</h1>
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
<noscript><p>This page needs JavaScript. GraphQL works without it, at /graphql.</p></noscript>
</main>
</body>
</html>
`
