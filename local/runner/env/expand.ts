// `$(VAR)` in env values, command and args, as Kubernetes expands it.

/**
 * Replaces `$(NAME)` by its value; an unknown name stays as written, `$$` is one `$`, so `$$(NAME)` is `$(NAME)`.
 * Source: Kubernetes, "Define dependent environment variables".
 */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$(\$|\(([^)]*)\))/g, (whole, inner: string, name: string) => {
    if (inner === '$') return '$'
    return Object.hasOwn(variables, name) ? (variables[name] ?? '') : whole
  })
}
