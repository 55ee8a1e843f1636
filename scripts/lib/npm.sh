# shellcheck shell=bash
# npm packages that only checks need: pinned by a lock file in the tree, installed outside of it. Sourced.

# Installs what FOLDER/package-lock.json names, once, and answers where: installed_packages NAME FOLDER
installed_packages() {
  local cache=${XDG_CACHE_HOME:-$HOME/.cache}/$1
  if ! cmp -s "$2/package-lock.json" "$cache/installed-lock"; then
    mkdir -p "$cache"
    cp "$2/package.json" "$2/package-lock.json" "$cache"
    # No package runs anything when it is installed.
    (cd "$cache" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >&2
    cp "$2/package-lock.json" "$cache/installed-lock"
  fi
  echo "$cache"
}
