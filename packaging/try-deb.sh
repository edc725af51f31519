#!/usr/bin/env bash
# Tries a Debian package out in a clean root: installs it, uses both programs as a user,
# removes it, and sees that nothing is left.
#
# Usage: packaging/try-deb.sh PACKAGE VERSION
#
# VERSION is what the programs must say of themselves. Only for root. The clean root is the
# minimal system of this machine's Debian release, from where this machine's apt has its
# packages. It lives in namespaces of its own: no mount and no process outlives this script,
# however it ends.
#
# Exit code: 77 where no clean root can be made, else 1 where something is wrong.
set -Eeuo pipefail

step() { printf '\n==> %s\n' "$*"; }
die() {
  printf '\nthe package failed: %s\n' "$*" >&2
  exit 1
}
impossible() {
  printf 'no clean root: %s\n' "$*" >&2
  exit 77
}
trap 'printf "\nthe package failed in line %s: %s\n" "$LINENO" "$BASH_COMMAND" >&2' ERR

if (($# != 2)) || [[ $1 == -* || ! -f $1 ]]; then
  echo "usage: packaging/try-deb.sh PACKAGE VERSION" >&2
  exit 2
fi
((EUID == 0)) || impossible "it takes root"

# It calls itself as the first process of the namespaces: at its end the kernel ends all others.
if [[ ! ${TRY_DEB_FOLDER-} ]]; then
  unshare --mount --pid --fork true || impossible "no namespaces are to be had here"
  folder=$(mktemp -d)
  trap 'rm -rf --one-file-system -- "$folder"' EXIT
  code=0
  TRY_DEB_FOLDER=$folder unshare --mount --pid --fork --kill-child \
    bash "${BASH_SOURCE[0]}" "$@" || code=$?
  exit "$code"
fi

package=$1
version=$2
folder=$TRY_DEB_FOLDER
root=$folder/root
# Seconds in which anything that should happen at once has happened on a busy machine.
patience=20

# await WHAT COMMAND...: tries the command until it succeeds.
await() {
  local what=$1 end=$((SECONDS + patience))
  shift
  until "$@"; do
    ((SECONDS < end)) || die "waited $patience s for $what"
    sleep 0.1
  done
}

# as_root COMMAND..., as_user COMMAND...: runs it in the clean root.
in_root() {
  chroot "${@:1:1}" "$root" env -i HOME=/home/user USER=user LANG=C.UTF-8 TERM=dumb \
    PATH=/home/user/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${@:2}"
}
as_root() { in_root --userspec=0:0 "$@"; }
as_user() { in_root --userspec=1000:1000 "$@"; }

# answers CODE WORDS COMMAND...: the user's command must end so, and say so.
answers() {
  local code=$1 words=$2 found=0 said
  shift 2
  said=$(as_user "$@" 2>&1) || found=$?
  printf '$ %s\n%s\n' "$*" "$said"
  [[ $found == "$code" ]] || die "exit code $found instead of $code"
  [[ $said == *"$words"* ]] || die "it does not say '$words'"
}

# Every file and folder with its rights, less what is the user's.
files() {
  (cd "$root" && find . -xdev \( -path ./proc -o -path ./home/user -o -path ./tmp \) -prune -o \
    -printf '%P %y %m %U:%G %l\n') | LC_ALL=C sort
}

step "Clean root"
# shellcheck disable=SC1091 # It is there on every Debian.
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
# shellcheck disable=SC2016 # The names are apt's.
mirror=$(apt-get indextargets --format '$(REPO_URI)' "Release: $suite" 'Component: main' \
  'Created-By: Packages' | head -n 1)
[[ $mirror ]] || impossible "apt has no source of the release '$suite'"
# What apt goes through, debootstrap has to go through as well.
eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
for proxy in http_proxy https_proxy; do
  if [[ ${!proxy-} && ${!proxy} != DIRECT ]]; then
    # shellcheck disable=SC2163 # The variable that has this name.
    export "$proxy"
  fi
done
begun=$SECONDS
# The bus is for the tray alone: the package asks for none.
if ! debootstrap --variant=minbase --include=dbus-daemon "$suite" "$root" "$mirror" \
  >"$folder/debootstrap.log" 2>&1; then
  tail -n 20 "$folder/debootstrap.log" >&2
  impossible "debootstrap failed"
fi
echo "$suite, $(as_root dpkg-query -W | wc -l) packages, $((SECONDS - begun)) s"
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
as_root useradd --create-home --uid 1000 --shell /bin/sh user
files >"$folder/before"

step "Installation"
cp -- "$package" "$root/tmp/inneros-tray.deb"
depends=$(dpkg-deb --field "$package" Depends)
echo "Depends: $depends"
for word in ${depends//,/ }; do
  [[ $word =~ ^(libc6|libgcc-s1|\(.*|.*\))$ ]] || die "it depends on $word"
done
as_root dpkg --install /tmp/inneros-tray.deb || die "dpkg cannot install it"
# shellcheck disable=SC2016 # The name is dpkg's.
[[ $(as_root dpkg-query -W -f '${db:Status-Status}' inneros-tray) == installed ]] ||
  die "dpkg has not installed it"
[[ ! $(as_root dpkg --audit) ]] || die "dpkg is not content: $(as_root dpkg --audit)"
for program in inneros inneros-tray; do
  libraries=$(as_root ldd "/usr/bin/$program")
  echo "$libraries"
  [[ $libraries != *"not found"* ]] || die "$program lacks a library"
done

step "Command line"
answers 0 "inneros $version" inneros --version
answers 0 "inneros-tray $version" inneros-tray --version
answers 3 "no command is configured" inneros daemon status
answers 3 '"not-configured"' inneros --json daemon status
for page in inneros inneros-daemon-status inneros-tray; do
  answers 0 .SH sh -c "zcat /usr/share/man/man1/$page.1.gz | grep -m 1 '^.SH'"
done

step "At login"
# The unit of the package is the one that the program writes, less the switch.
as_user mkdir /home/user/bin
printf '#!/bin/sh\n' >"$root/home/user/bin/systemctl"
chmod 755 "$root/home/user/bin/systemctl"
units=$root/home/user/.config/systemd/user
plain() { sed -e '/^#/d' -e '/^Documentation=/d' -e '/^\[Install\]/,$d' "$1" | grep .; }
answers 3 "disabled" inneros autostart status daemon
answers 0 "enabled" inneros autostart enable daemon
diff <(plain "$root/usr/lib/systemd/user/inneros-daemon.service") \
  <(plain "$units/inneros-daemon.service") || die "that unit is another one"
echo "the package's unit and the user's run the same"
answers 0 "disabled" inneros autostart disable daemon
[[ ! -e $units/inneros-daemon.service ]] || die "the user's unit is left"
answers 0 "enabled" inneros autostart enable tray
answers 0 "/usr/bin/inneros-tray" grep Exec /home/user/.config/autostart/dev.inneros.tray.desktop
answers 0 "disabled" inneros autostart disable tray

step "Tray"
demo=(--home /home/user/demo)
as_user dbus-run-session -- sh -c 'echo $$ >~/tray.pid && exec inneros-tray --demo "$@"' tray \
  "${demo[@]}" 2>"$folder/tray.log" &
session=$!
# The PIDs in the clean root are ours: it is in our namespace.
lives() { grep -q '^State:[[:space:]]*[RSD]' "$root/proc/$1/status" 2>/dev/null; }
demo_runs() {
  as_user inneros "${demo[@]}" --json daemon status 2>/dev/null | grep -q '"state":"running"'
}
trap '[[ ! -s $folder/tray.log ]] || cat -- "$folder/tray.log" >&2' EXIT
await "the tray" test -s "$root/home/user/tray.pid"
tray=$(<"$root/home/user/tray.pid")
await "the sample daemon" demo_runs
answers 0 "running" inneros "${demo[@]}" daemon status
# No panel is there: it waits for one.
lives "$tray" || die "the tray has ended"
[[ $(readlink "$root/proc/$tray/exe") == */usr/bin/inneros-tray ]] || die "pid $tray is not the tray"
kill -TERM "$tray"
code=0
wait "$session" || code=$?
((code == 0)) || die "the tray ended with code $code"
cat -- "$root/home/user/demo/tray.log"
answers 0 "running" inneros "${demo[@]}" daemon status
answers 0 "stopped" inneros "${demo[@]}" daemon stop
answers 3 "not running" inneros "${demo[@]}" daemon status
# That no panel is there it says after a while, and nothing else.
! grep -v '^no panel shows tray icons: ' "$folder/tray.log" || die "the tray complained"

step "Removal"
as_root dpkg --remove inneros-tray
! as_root dpkg-query -W inneros-tray 2>/dev/null || die "dpkg still has it"
files >"$folder/after"
diff "$folder/before" "$folder/after" || die "it is not gone without a trace"
for process in "$root"/proc/[0-9]*; do
  if [[ $(readlink "$process/root") == "$root" ]]; then
    die "still alive: $(tr '\0' ' ' <"$process/cmdline")"
  fi
done
echo "nothing is left"
