// Mount paths for a process without a container: a view of the file system of its own, in which volumes lie where they should.
import { spawnSync } from 'node:child_process'
import { findProgram } from '../images/image-map.ts'
import { failed } from '../types.ts'

export interface Mount {
  /** A folder or file of this machine. */
  source: string
  /** The absolute path at which the container sees it. */
  target: string
  readOnly: boolean
}

// In a mount namespace of its own the shell binds each volume to its path and becomes the program: the process number
// stays. A path that does not exist is made on a layer in memory, so that nothing of the machine is changed: below the
// root a new root is put together from the entries of the old one, elsewhere an overlay does. POSIX sh and util-linux.
const script = `
set -e
saved=$PATH
PATH=/usr/sbin:/usr/bin:/sbin:/bin
work=$1; shift
mount -t tmpfs -o mode=755 skiff "$work"
mkdir "$work/root" "$work/layers"
here=$PWD
root=
layer=0
rebuild_root() {
  for entry in /* /.[!.]*; do
    if [ -L "$entry" ]; then cp -P "$entry" "$work/root$entry"
    elif [ -d "$entry" ]; then mkdir "$work/root$entry"; mount --rbind "$entry" "$work/root$entry"
    elif [ -e "$entry" ]; then : > "$work/root$entry"; mount --bind "$entry" "$work/root$entry"
    fi
  done
  root="$work/root"
}
make_place() {
  parent=$1
  while [ ! -d "$root$parent" ]; do parent=$(dirname "$parent"); done
  if [ "$parent" = / ]; then
    [ -n "$root" ] || rebuild_root
  elif [ "$parent" != "$1" ]; then
    layer=$((layer + 1))
    mkdir "$work/layers/$layer" "$work/layers/$layer/upper" "$work/layers/$layer/work"
    mount -t overlay -o "lowerdir=$root$parent,upperdir=$work/layers/$layer/upper,workdir=$work/layers/$layer/work" skiff "$root$parent"
  fi
}
while [ "$1" != -- ]; do
  source=$1 target=$2 access=$3; shift 3
  if [ -d "$source" ] || [ ! -e "$source" ]; then
    [ -e "$source" ] || mkdir -p "$source"
    [ -d "$root$target" ] || { make_place "$target"; mkdir -p "$root$target"; }
  else
    [ -e "$root$target" ] || { make_place "$(dirname "$target")"; mkdir -p "$(dirname "$root$target")"; : > "$root$target"; }
  fi
  mount --bind "$source" "$root$target"
  [ "$access" = rw ] || mount -o remount,bind,ro "$root$target"
done
shift
chroot=$(command -v chroot)
PATH=$saved
[ -z "$root" ] || exec "$chroot" "$root" /bin/sh -c 'cd "$1"; shift; exec "$@"' sh "$here" "$@"
exec "$@"
`

const namespaceFlags = process.getuid?.() === 0 ? ['--mount'] : ['--user', '--map-root-user', '--mount']

const unshare = findProgram('unshare', '/', process.env.PATH)

let able: boolean | undefined

/** True where mount namespaces can be made: on Linux with util-linux, for root or with user namespaces. */
export function canMount(): boolean {
  able ??= unshare !== undefined && spawnSync(unshare, [...namespaceFlags, 'true']).status === 0
  return able
}

/**
 * The words to put before a command so that it sees the mounts; none without mounts. `work` is an empty folder of its
 * own. Throws `CreateContainerConfigError` where the machine cannot do it.
 */
export function mountWords(mounts: readonly Mount[], work: string): string[] {
  if (mounts.length === 0) return []
  if (!canMount()) throw failed('CreateContainerConfigError', noMounts)
  const triples = mounts.flatMap(({ source, target, readOnly }) => [source, target, readOnly ? 'ro' : 'rw'])
  return [unshare ?? 'unshare', ...namespaceFlags, '/bin/sh', '-c', script, 'skiff-mounts', work, ...triples, '--']
}

/** The words to put before a command so that it joins the mounts of the process `pid`. */
export function enterWords(pid: number): string[] {
  const user = namespaceFlags.includes('--user') ? ['--user', '--preserve-credentials'] : []
  // Its root too: a view with paths of its own below the root has another one.
  return ['nsenter', '--target', String(pid), ...user, '--mount', '--root', '--wd']
}

const noMounts =
  'volumeMounts: this machine cannot give a process mounts of its own (Linux with util-linux and user namespaces can); use env or envFrom instead'
