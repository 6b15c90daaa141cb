// The markup of the greeting page.

/** A waving hand as the icon, so that no browser asks for /favicon.ico. */
const icon =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><text y='13' font-size='13'>👋</text></svg>"

export const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Greetings</title>
<link rel="icon" href="${icon}">
<link rel="stylesheet" href="/page.css">
<script src="/page.js" defer></script>
</head>
<body>
<main>
<h1>Greetings</h1>
<p>One request, seven services: each greets once it has heard from those it calls.</p>
<form id="ask">
<label for="api">API URL</label>
<div class="field">
<span id="prefix">http://</span>
<input id="api" name="api" type="text" inputmode="url" autocomplete="off" autocapitalize="none" spellcheck="false" required aria-describedby="prefix full">
<button type="submit">Submit</button>
</div>
<p class="full">Asks <output id="full" for="api"></output></p>
</form>
<p id="status" role="status" aria-live="polite"></p>
<p id="error" role="alert" hidden></p>
<ul id="cards" aria-label="Greetings received"></ul>
<noscript><p>This page needs JavaScript. The API answers without it: open its URL followed by /api/greeting.</p></noscript>
</main>
</body>
</html>
`
