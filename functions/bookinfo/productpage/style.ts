// The look of the shop: paper and ink, from a phone's width up; light, so that black stars can be told from red ones.

export const style = `:root {
  color-scheme: light;
  --ink: #23201c;
  --quiet: #6a6259;
  --paper: #fbf8f2;
  --card: #ffffff;
  --line: #ddd4c5;
  --accent: #7a3b12;
  --alarm: #9d1c17;
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.6 Georgia, 'Times New Roman', serif; }
header { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 0.5rem 1.5rem; padding: 0.75rem clamp(1rem, 4vw, 3rem); border-bottom: 1px solid var(--line); background: var(--card); font-family: system-ui, sans-serif; }
.shop { color: var(--ink); font-size: 1.125rem; font-weight: 700; text-decoration: none; }
.visitor { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 0.75rem; margin: 0; font-size: 0.9375rem; }
label { display: flex; align-items: center; gap: 0.375rem; }
input, button { min-height: 2.75rem; padding: 0 0.75rem; border: 1px solid var(--line); border-radius: 0.375rem; font: inherit; }
input { width: 9rem; background: var(--card); color: var(--ink); }
button { border-color: transparent; background: var(--accent); color: #ffffff; font-weight: 600; cursor: pointer; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
main { max-width: 64rem; margin: 0 auto; padding: clamp(1rem, 4vw, 3rem); }
h1 { margin: 0 0 0.5rem; font-size: clamp(1.75rem, 5vw, 2.5rem); line-height: 1.2; }
h2 { margin: 0 0 0.75rem; font-size: 1.25rem; }
.summary { max-width: 42rem; color: var(--quiet); }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); gap: 1.5rem; margin-top: 2rem; }
section { padding: 1.25rem; border: 1px solid var(--line); border-radius: 0.5rem; background: var(--card); }
dl { display: grid; grid-template-columns: auto 1fr; gap: 0.125rem 1rem; margin: 0; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
figure { margin: 0 0 1.25rem; }
blockquote { margin: 0; padding-left: 0.875rem; border-left: 3px solid var(--line); }
blockquote p { margin: 0; }
figcaption { margin-top: 0.375rem; color: var(--quiet); font-size: 0.9375rem; }
figcaption::before { content: '– '; }
.stars { margin: 0.25rem 0 0; font-size: 1.375rem; line-height: 1; letter-spacing: 0.125rem; }
.stars[data-color='black'] { color: #16130f; }
.stars[data-color='red'] { color: #c5221b; }
.spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.unrated { margin: 0.25rem 0 0; color: var(--alarm); font-size: 0.9375rem; }
.failure { padding-left: 0.875rem; border-left: 4px solid var(--alarm); }
.failure h2 { color: var(--alarm); }
.failure p { margin: 0; }
.source { margin: 1rem 0 0; color: var(--quiet); font-size: 0.8125rem; }
table { width: 100%; border-collapse: collapse; background: var(--card); }
th, td { padding: 0.5rem 0.75rem; border: 1px solid var(--line); text-align: left; }
`
