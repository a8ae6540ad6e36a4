# Read by scripts/swarmd and scripts/mem-db, which set `here` (their own path, no link) and `program`.
# Sets `root` (the folder of swarmd's package.json) and `node` (a Node.js that is new enough), or says what is
# missing and ends with 78, which the service files take as "do not try again".
# No process is started on the usual path: mem-db has 60 ms in all, and a fork costs one or two of them.

root=${here%/*}/..

# The checkout's own Node comes with `npm install`; beside it lies the one of a project that installed both.
node=${SWARMD_NODE:-$root/node_modules/node/bin/node}
[ -x "$node" ] || node=$root/../node/bin/node
if ! [ -x "$node" ]; then
  node=$(command -v node) || node=
  version=
  [ -n "$node" ] && version=$("$node" --version 2>/dev/null)
  major=${version#v}
  minor=${major#*.}
  major=${major%%.*}
  minor=${minor%%.*}
  if ! [ "${major:-0}" -gt 22 ] 2>/dev/null && ! { [ "${major:-0}" -eq 22 ] && [ "${minor:-0}" -ge 18 ]; } 2>/dev/null; then
    {
      if [ -n "$version" ]; then
        echo "swarmd needs Node.js 22.18 or newer; $node is $version."
      else
        echo "swarmd needs Node.js 22.18 or newer; none is in PATH."
      fi
      if [ -f "$root/package-lock.json" ]; then
        echo "Run \`npm install\` in $(cd "$root" && pwd): it brings a Node.js of its own."
      else
        echo "Install one (https://nodejs.org, or \`npm install node@24\` beside swarmd), or name one in SWARMD_NODE."
      fi
    } >&2
    exit 78
  fi
fi

# The program that `program` names, compiled.
program=$root/dist/scripts/$program.js
if ! [ -f "$program" ]; then
  echo "swarmd is not built: $program is missing. Run \`npm install\` in $(cd "$root" && pwd)." >&2
  exit 78
fi
