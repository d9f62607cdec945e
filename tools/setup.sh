# Sourced by serve, build, test and screenshots: what each of them needs, installed when it is missing.
#
# Everything is pinned and stays in the project: tool binaries in .tools/ (or $JOBSCOPE_TOOLS, to share them between
# clones), npm packages in tools/node_modules/. Only the compiler's wasm target (rustup) and Chromium (apt) go
# elsewhere. A tool of the pinned version that is on PATH already is used. With nothing missing this takes no time.

set -eu
cd "$(dirname "$0")/.."

# The command must be of the crate's version exactly.
WASM_BINDGEN_VERSION=$(sed -n '/^name = "wasm-bindgen"$/{n;s/^version = "\(.*\)"$/\1/p;}' Cargo.lock)
WASM_SPLIT_VERSION=0.2.4
TRUNK_VERSION=0.21.14
NODE_MAJOR=20

TOOLS=${JOBSCOPE_TOOLS:-$PWD/.tools}
PATH="$TOOLS/bin:$PWD/tools/node_modules/.bin:$PATH"
export PATH

say() { printf '==> %s\n' "$*"; }
fail() {
  printf '\n%s\n' "$*" >&2
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# apt_install WHAT PACKAGE…: where the system is apt's and we may; otherwise says what to do.
apt_install() {
  what=$1
  shift
  have apt-get || fail "$what is missing. Please install it (see the README, 'What is installed'), then run this again."
  [ "$(id -u)" = 0 ] || fail "$what is missing. Please run
  sudo apt-get update && sudo apt-get install -y --no-install-recommends $*
and then this again."
  say "Installing $what with apt (needs a download): $*"
  # One list that cannot be had need not matter: whether the packages can be had is found out next.
  apt-get update -q || say "apt could not renew all its lists; going on with what it has"
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}

need_rust() {
  have cargo || fail "Rust is missing. Please install it with rustup (https://rustup.rs), then run this again."
}

# jemalloc, which the headless runner allocates with, is C.
need_make() {
  have make && have cc || apt_install "A C compiler with make" make gcc libc6-dev
}

need_rust_target() {
  need_rust
  [ -d "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown" ] && return
  have rustup || fail "The compiler has no wasm32-unknown-unknown target, and there is no rustup to add it."
  say "Adding the compiler's wasm32-unknown-unknown target with rustup"
  rustup target add wasm32-unknown-unknown
}

# cargo_install NAME VERSION ESTIMATE ARGUMENT…: into $TOOLS, quickly built rather than quick to run.
cargo_install() {
  crate=$1 version=$2 estimate=$3
  shift 3
  say "Building $crate $version into $TOOLS (once, $estimate on two cores)"
  CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
    CARGO_TARGET_DIR="$TOOLS/build" cargo install "$crate" --version "$version" --root "$TOOLS" "$@"
  rm -rf "$TOOLS/build"
}

need_wasm_bindgen() {
  need_rust
  [ "$(wasm-bindgen --version 2>/dev/null)" = "wasm-bindgen $WASM_BINDGEN_VERSION" ] && have wasm-bindgen-test-runner && return
  # Not --locked: its lock file may name releases that a registry's mirror does not have yet.
  cargo_install wasm-bindgen-cli "$WASM_BINDGEN_VERSION" "2 to 3 minutes"
}

# It cannot say its version: where it was installed, cargo remembers.
need_wasm_split() {
  need_rust
  grep -qs "\"wasm_split_cli_support $WASM_SPLIT_VERSION " "$TOOLS/.crates.toml" && have wasm-split-cli && return
  cargo_install wasm_split_cli_support "$WASM_SPLIT_VERSION" "1 to 2 minutes" --locked --features build-binary
}

# Only `tools/serve --watch` needs it.
need_trunk() {
  need_rust
  [ "$(trunk --version 2>/dev/null)" = "trunk $TRUNK_VERSION" ] && return
  # Without Trunk's default features it only loses its check for updates.
  cargo_install trunk "$TRUNK_VERSION" "4 to 6 minutes" --locked --no-default-features --features rustls
}

need_node() {
  have node || apt_install "Node.js" nodejs npm
  [ "$(node -p 'process.versions.node.split(".")[0]')" -ge "$NODE_MAJOR" ] ||
    fail "Node.js $(node --version) is too old: $NODE_MAJOR or newer is needed. See https://nodejs.org."
  have npm || apt_install "npm" npm
}

# esbuild and CodeMirror (the editor), binaryen (wasm-opt), playwright-core and axe-core (the page's tests).
need_npm() {
  need_node
  cmp -s tools/package-lock.json tools/node_modules/.installed-lock && return
  say "Installing npm packages into tools/node_modules (about 140 MB)"
  (cd tools && npm ci --no-audit --no-fund)
  cp tools/package-lock.json tools/node_modules/.installed-lock
}

find_chrome() {
  for candidate in "${CHROME:-}" chromium chromium-browser google-chrome google-chrome-stable \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" /Applications/Chromium.app/Contents/MacOS/Chromium; do
    if [ -n "$candidate" ] && have "$candidate"; then
      command -v "$candidate"
      return
    fi
  done
}

# Exports CHROME, the browser that the page is driven in.
need_chrome() {
  [ -z "${CHROME:-}" ] || have "$CHROME" || fail "CHROME is set to $CHROME, which is not there."
  CHROME=$(find_chrome)
  if [ -z "$CHROME" ]; then
    apt_install "Chromium" chromium chromium-driver
    CHROME=$(find_chrome)
    [ -n "$CHROME" ] || fail "No Chromium was found. Please install one, or set CHROME to it."
  fi
  export CHROME
}

# Exports CHROMEDRIVER, through which wasm-bindgen's test runner drives the browser. Its version must fit the browser's.
need_chromedriver() {
  need_chrome
  if [ -z "${CHROMEDRIVER:-}" ]; then
    have chromedriver || apt_install "chromedriver" chromium-driver
    CHROMEDRIVER=$(command -v chromedriver)
  fi
  export CHROMEDRIVER
}
