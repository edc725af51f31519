#!/usr/bin/env bash
# Makes InnerOS.app, the app for the Mac. See --help. Runs with macOS's bash, 3.2.
set -euo pipefail

usage() {
  cat <<'TEXT'
Makes InnerOS.app, the app for the Mac, with both programs inside.

Usage: bundle/build.sh [options]

  --debug          a debug build, for this Mac's processor alone
  --native         a release build, for this Mac's processor alone
  --binaries DIR   take `inneros` and `inneros-tray` from DIR and build nothing;
                   so it works on Linux, too, and is not signed there
  --dmg            make a disk image beside the app
  --out DIR        where to put them [default: bundle in Cargo's target folder]
  -h, --help       this

A release build is for Apple silicon and Intel, where Rust has the standard library of
both: rustup target add aarch64-apple-darwin x86_64-apple-darwin

Environment:
  CODESIGN_IDENTITY   whom to sign as, e.g. "Developer ID Application: Me (TEAM)", with
                      the hardened runtime; without it the signature is ad hoc
  NOTARY_PROFILE      with --dmg: have Apple notarize the app and the image, with what
                      `xcrun notarytool store-credentials NAME` keeps under this name
  CARGO_TARGET_DIR    Cargo's target folder

Examples:
  bundle/build.sh
  bundle/build.sh --dmg --out ~/Desktop
  CODESIGN_IDENTITY="Developer ID Application: Me (TEAM)" bundle/build.sh --dmg
  bundle/build.sh --binaries target/macos-check/universal
TEXT
}

programs=(inneros-tray inneros)
architectures=(aarch64-apple-darwin x86_64-apple-darwin)
app_name=InnerOS.app

step() { printf '==> %s\n' "$*"; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}
refuse() {
  printf 'error: %s\nSee bundle/build.sh --help.\n' "$*" >&2
  exit 2
}

main() {
  root=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
  case $(uname -s) in
    Darwin) mac=yes ;;
    *) mac= ;;
  esac
  parse_options "$@"
  version=$(cargo_version)
  mkdir -p -- "$out"
  out=$(CDPATH='' cd -- "$out" && pwd -P)
  # On the same disk as the result, which appears at once, by mv.
  work=$(mktemp -d "$out/.bundle.XXXXXX")
  trap 'rm -rf -- "$work"' EXIT

  if [[ ! $binaries ]]; then
    build
  fi
  assemble
  if [[ $mac ]]; then
    sign
    if [[ $notary_profile && $dmg ]]; then
      notarize_app
    fi
  else
    echo "It is not signed: codesign is on macOS only."
  fi
  # Never written into: a running app's programs must stay what they are.
  rm -rf -- "${out:?}/$app_name"
  mv -- "$work/$app_name" "$out/$app_name"
  step "$out/$app_name"
  if [[ $dmg ]]; then
    make_dmg
  fi
}

parse_options() {
  local debug='' native=''
  binaries='' dmg='' out=''
  while (($#)); do
    case $1 in
      --debug) debug=yes ;;
      --native) native=yes ;;
      --dmg) dmg=yes ;;
      --binaries | --out)
        if (($# < 2)) || [[ ! $2 ]]; then
          refuse "$1 needs a folder"
        fi
        if [[ $1 == --out ]]; then out=$2; else binaries=$2; fi
        shift
        ;;
      -h | --help)
        usage
        exit
        ;;
      *) refuse "unknown argument '$1'" ;;
    esac
    shift
  done

  profile=release
  if [[ $debug ]]; then profile=debug; fi
  native_only=$debug$native
  identity=${CODESIGN_IDENTITY:--}
  notary_profile=${NOTARY_PROFILE-}
  target_dir=${CARGO_TARGET_DIR:-$root/target}
  case $target_dir in
    /*) ;;
    *) target_dir=$PWD/$target_dir ;;
  esac
  out=${out:-$target_dir/bundle}

  if [[ $binaries ]]; then
    if [[ $native_only ]]; then
      refuse "--binaries builds nothing: neither --debug nor --native fits"
    fi
    if [[ ! -d $binaries ]]; then
      die "'$binaries' is not a folder"
    fi
    binaries=$(CDPATH='' cd -- "$binaries" && pwd -P)
  elif [[ ! $mac ]]; then
    refuse "only a Mac can build it; elsewhere name ready programs with --binaries DIR"
  fi
  if [[ ! $mac && $dmg ]]; then
    refuse "only a Mac can make a disk image"
  fi
  if [[ ! $mac && $identity != - ]]; then
    refuse "only a Mac can sign: unset CODESIGN_IDENTITY"
  fi
  if [[ $dmg && $notary_profile && $identity == - ]]; then
    refuse "Apple notarizes no ad-hoc signature: NOTARY_PROFILE needs CODESIGN_IDENTITY"
  fi
}

cargo_version() {
  local found form='^[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?$'
  found=$(awk '/^\[/ { package = ($0 == "[package]") } package && /^version *=/ { print; exit }' \
    "$root/Cargo.toml" | sed 's/^[^"]*"\([^"]*\)".*/\1/')
  if [[ ! $found =~ $form ]]; then
    die "no version in '$root/Cargo.toml'"
  fi
  printf '%s' "$found"
}

# Leaves the programs in $binaries.
build() {
  local targets target host program parts
  cd -- "$root"
  host=$(rustc -vV | sed -n 's/^host: //p')
  targets=()
  for target in "${architectures[@]}"; do
    if [[ $target == "$host" || ! $native_only ]] && has_standard_library "$target"; then
      targets+=("$target")
    else
      [[ $native_only ]] || echo "Not for $target: run \`rustup target add $target\`"
    fi
  done
  if ((${#targets[@]} == 0)); then
    die "the Rust toolchain ($host) cannot build for this Mac"
  fi

  step "Build ($profile) for ${targets[*]}"
  local arguments=(build --locked --bins --target-dir "$target_dir")
  if [[ $profile == debug ]]; then
    # Without --target it is what `cargo build` makes, too.
    cargo "${arguments[@]}"
    binaries=$target_dir/debug
    return
  fi
  for target in "${targets[@]}"; do
    arguments+=(--target "$target")
  done
  MACOSX_DEPLOYMENT_TARGET=$(plist_value LSMinimumSystemVersion)
  CARGO_ENCODED_RUSTFLAGS=$(rust_flags)
  export MACOSX_DEPLOYMENT_TARGET CARGO_ENCODED_RUSTFLAGS
  cargo "${arguments[@]}" --release
  binaries=$work/universal
  mkdir -- "$binaries"
  for program in "${programs[@]}"; do
    parts=()
    for target in "${targets[@]}"; do
      parts+=("$target_dir/$target/release/$program")
    done
    lipo -create -output "$binaries/$program" "${parts[@]}"
  done
}

has_standard_library() {
  local folder
  folder=$(rustc --print target-libdir --target "$1") && [[ -d $folder ]]
}

# The user's flags, and then: panic messages do not tell where the program was built.
rust_flags() {
  local flags=()
  if [[ ${CARGO_ENCODED_RUSTFLAGS-} ]]; then
    IFS=$'\x1f' read -r -a flags <<<"$CARGO_ENCODED_RUSTFLAGS"
  elif [[ ${RUSTFLAGS-} ]]; then
    read -r -a flags <<<"$RUSTFLAGS"
  fi
  flags+=("--remap-path-prefix=$root=/inneros-tray"
    "--remap-path-prefix=$target_dir=/target"
    "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo")
  local IFS=$'\x1f'
  printf '%s' "${flags[*]}"
}

plist_value() {
  sed -n "/<key>$1<\/key>/{n;s/.*<string>\(.*\)<\/string>.*/\1/p;}" "$root/bundle/Info.plist.in"
}

assemble() {
  local contents=$work/$app_name/Contents program
  mkdir -p -- "$contents/MacOS" "$contents/Resources"
  for program in "${programs[@]}"; do
    if [[ ! -f $binaries/$program ]]; then
      die "'$binaries' has no $program"
    fi
    cp -- "$binaries/$program" "$contents/MacOS/$program"
    chmod 755 "$contents/MacOS/$program"
  done
  # A property list knows no pre-release: 1.2.3-rc.1 is 1.2.3 there.
  sed "s/@VERSION@/${version%%[-+]*}/" "$root/bundle/Info.plist.in" >"$contents/Info.plist"
  cp -- "$root/assets/AppIcon.icns" "$contents/Resources/AppIcon.icns"
  chmod 644 "$contents/Info.plist" "$contents/Resources/AppIcon.icns"
}

# From the inside out, and not with --deep, as Apple advises: each program is signed for
# itself, the app last.
sign() {
  local options=(--force --sign "$identity") verdict
  cd -- "$work"
  if [[ $identity == - ]]; then
    step "Sign ad hoc"
    options+=(--timestamp=none)
  else
    step "Sign as $identity"
    options+=(--options runtime --timestamp --entitlements "$root/bundle/entitlements.plist")
  fi
  # codesign refuses extended attributes, which some folders put on every file.
  xattr -cr "$app_name"
  # Under the app's own identifier: to the notification service the two are one app.
  codesign "${options[@]}" --identifier dev.inneros.tray "$app_name/Contents/MacOS/inneros"
  codesign "${options[@]}" "$app_name"
  codesign --verify --deep --strict --verbose=2 "$app_name"
  # A debug build goes nowhere.
  [[ $profile == release ]] || return 0
  if verdict=$(spctl --assess --type execute --verbose=2 "$app_name" 2>&1); then
    echo "Gatekeeper accepts it: $verdict"
  elif [[ $identity == - ]]; then
    echo "Gatekeeper rejects it, as it does with every ad-hoc signature: $verdict"
    echo "It opens on this Mac. On another one it must be allowed once, in System Settings,"
    echo "Privacy & Security."
  else
    echo "Gatekeeper rejects it until it is notarized: $verdict"
  fi
}

# The app has a ticket of its own, and not only the image that it comes in: who copies it out
# may open it for the first time without a network.
notarize_app() {
  ditto -c -k --keepParent "$work/$app_name" "$work/app.zip"
  notarize "$work/app.zip" "$work/$app_name"
  rm -- "$work/app.zip"
}

# Has Apple look at a file, and puts the ticket into what came in it.
notarize() {
  step "Notarize ${1##*/}"
  xcrun notarytool submit "$1" --keychain-profile "$notary_profile" --wait
  # It fails where Apple did not accept it, which `submit` does not.
  xcrun stapler staple "$2"
}

make_dmg() {
  local archs=() name image attempt
  read -r -a archs <<<"$(lipo -archs "$out/$app_name/Contents/MacOS/inneros-tray")"
  name=InnerOS-$version.dmg
  if ((${#archs[@]} == 1)); then name=InnerOS-$version-${archs[0]}.dmg; fi
  image=$work/$name

  mkdir -- "$work/image"
  ditto "$out/$app_name" "$work/image/$app_name"
  ln -s /Applications "$work/image/Applications"
  # hdiutil's "Resource busy" comes and goes: the indexer is looking at the new volume.
  for attempt in 1 2 3 4 5; do
    if hdiutil create -volname InnerOS -srcfolder "$work/image" -fs HFS+ -format UDZO -ov "$image"; then
      break
    fi
    if ((attempt == 5)); then
      die "hdiutil could not make the disk image in five attempts"
    fi
    sleep $((2 * attempt))
  done
  hdiutil verify -quiet "$image"
  if [[ $identity != - ]]; then
    codesign --sign "$identity" --timestamp "$image"
  fi
  if [[ $notary_profile ]]; then
    notarize "$image" "$image"
  fi
  mv -f -- "$image" "$out/$name"
  step "$out/$name"
}

main "$@"
