// The markup of the dashboard. Its own addresses are relative: it is served below a prefix.

/** A gauge as the icon, so that no browser asks for /favicon.ico. */
const icon =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><text y='13' font-size='13'>⚙️</text></svg>"

export const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Assets</title>
<link rel="icon" href="${icon}">
<link rel="stylesheet" href="page.css">
<script src="page.js" defer></script>
</head>
<body>
<main>
<h1>Assets</h1>
<form id="login">
<label for="name">E-mail or user id</label>
<input id="name" name="name" autocomplete="username" required>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" minlength="8" required>
<div class="buttons">
<button type="submit">Log in</button>
<button type="button" id="register">Register</button>
</div>
</form>
<div id="session" hidden>
<p>Logged in as <strong id="who"></strong> <button type="button" id="logout">Log out</button></p>
<table>
<caption>What the machines say, as it comes</caption>
<thead><tr><th scope="col">Asset</th><th scope="col">Type</th><th scope="col">Temperature</th><th scope="col">Pressure</th><th scope="col">Risk</th></tr></thead>
<tbody id="assets"></tbody>
</table>
</div>
<p id="status" role="status" aria-live="polite"></p>
<p id="error" role="alert" hidden></p>
<noscript><p>This page needs JavaScript. The assets are at assets, their changes at assets/stream.</p></noscript>
</main>
</body>
</html>
`
