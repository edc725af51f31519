//! The Mac's app, made on Linux from ready programs: what `bundle/build.sh` makes, and
//! what `bundle/check.py` notices. On a Mac the workflow builds, signs, checks and opens
//! the real one.
#![cfg(target_os = "linux")] // On a Mac, build.sh would sign the placeholders.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on has failed, and its name says what it shows"
)]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use tempfile::TempDir;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const VERSION: &str = env!("CARGO_PKG_VERSION");
const PROGRAMS: [&str; 2] = ["inneros-tray", "inneros"];
const ARM64: u32 = 0x0100_000c;
const X86_64: u32 = 0x0100_0007;
const SYSTEM: &str = "/usr/lib/libSystem.B.dylib";

#[test]
fn a_bundle_passes_the_check_wherever_it_is() {
    let folder = Folder::new("it's \"here\" & <thére>");
    folder.add_programs(b"a placeholder");

    let built = folder.build(&["--binaries", "programs", "--out", "."]);

    assert!(built.status.success(), "{}", text(&built));
    assert_eq!(folder.entries(), ["InnerOS.app", "programs"]);
    if let Some(checked) = folder.check(&[]) {
        assert!(checked.status.success(), "{}", text(&checked));
    }
}

#[test]
fn a_second_bundle_leaves_nothing_of_the_first() {
    let folder = Folder::with_bundle();
    let old = folder.app().join("Contents/Resources/old");
    fs::write(&old, "").unwrap();

    folder.build(&["--binaries", "programs", "--out", "."]);

    assert!(!old.exists());
}

#[test]
fn a_bundle_that_fails_leaves_the_old_one_in_place() {
    let folder = Folder::with_bundle();
    fs::remove_file(folder.path.join("programs/inneros")).unwrap();

    let built = folder.build(&["--binaries", "programs", "--out", "."]);

    assert_eq!(built.status.code(), Some(1));
    assert!(text(&built).contains("has no inneros"), "{}", text(&built));
    assert_eq!(folder.entries(), ["InnerOS.app", "programs"]);
    assert!(folder.app().join("Contents/MacOS/inneros").exists());
}

#[test]
fn what_only_a_mac_can_do_is_refused() {
    let folder = Folder::new("home");
    folder.add_programs(b"a placeholder");
    for arguments in [
        &["--out", "."][..],
        &["--binaries", "programs", "--dmg"],
        &["--binaries", "programs", "--debug"],
        &["--binaries"],
        &["--unknown"],
    ] {
        let built = folder.build(arguments);

        assert_eq!(built.status.code(), Some(2), "{arguments:?}");
        assert!(text(&built).starts_with("error: "), "{}", text(&built));
        assert_eq!(folder.entries(), ["programs"], "{arguments:?}");
    }
}

/// The tools of a Mac that a signed and notarized image takes, in their order.
#[test]
fn a_notarized_bundle_has_a_ticket_in_the_app_and_in_the_image() {
    let folder = Folder::new("home");
    folder.add_programs(b"a placeholder");
    folder.add_tool("uname", "echo Darwin");
    folder.add_tool("xattr", "");
    folder.add_tool("codesign", "");
    folder.add_tool("spctl", "");
    folder.add_tool("lipo", "echo arm64 x86_64");
    folder.add_tool(
        "ditto",
        "[ \"$1\" = -c ] && touch \"$5\" || cp -R \"$1\" \"$2\"",
    );
    folder.add_tool(
        "hdiutil",
        "[ \"$1\" = create ] && for last; do :; done && touch \"$last\"; true",
    );
    // Where the app is stapled, it gets a file more.
    folder.add_tool(
        "xcrun",
        "case $3 in *.app) [ \"$1\" = stapler ] && touch \"$3/Contents/CodeResources\";; esac; true",
    );

    let built = folder.build_on_a_mac(
        &["--binaries", "programs", "--out", ".", "--dmg"],
        &[("CODESIGN_IDENTITY", "Me"), ("NOTARY_PROFILE", "mine")],
    );

    assert!(built.status.success(), "{}", text(&built));
    let calls = folder.calls();
    let place = |needle: &str| {
        let found = calls.iter().position(|call| call.contains(needle));
        found.unwrap_or_else(|| panic!("{needle}: {calls:#?}"))
    };
    let steps = [
        "codesign --force --sign Me --options runtime --timestamp --entitlements",
        "xcrun notarytool submit app.zip --keychain-profile mine --wait",
        "xcrun stapler staple InnerOS.app",
        "ditto InnerOS.app",
        "hdiutil create",
        "xcrun notarytool submit InnerOS-",
        "xcrun stapler staple InnerOS-",
    ];
    assert!(steps.map(place).is_sorted(), "{calls:#?}");
    assert!(folder.app().join("Contents/CodeResources").exists());
    let identifier = "--identifier dev.inneros.tray inneros";
    assert!(calls.iter().any(|call| call.ends_with(identifier)));
    fs::create_dir(folder.app().join("Contents/_CodeSignature")).unwrap();
    add(&folder.app(), "_CodeSignature/CodeResources", b"");
    if let Some(checked) = folder.check(&[]) {
        assert!(checked.status.success(), "{}", text(&checked));
    }
}

#[test]
fn a_daemon_may_send_apple_events() {
    let read = |name: &str| {
        let path = Path::new(ROOT).join("bundle").join(name);
        plist::Value::from_file(path).unwrap()
    };
    let entitlements = read("entitlements.plist");
    let keys: Vec<_> = entitlements.as_dictionary().unwrap().iter().collect();

    let expected = "com.apple.security.automation.apple-events".to_owned();
    assert_eq!(keys, [(&expected, &plist::Value::Boolean(true))]);
}

#[test]
fn the_check_notices_each_damage() {
    let cases: &[(Damage, &str)] = &[
        (
            |app| remove(app, "MacOS/inneros"),
            "MacOS/inneros' is missing",
        ),
        (
            |app| add(app, "Resources/.DS_Store", b""),
            ".DS_Store' does not belong",
        ),
        (
            |app| fs::create_dir(app.join("Contents/Frameworks")).unwrap(),
            "Frameworks' does not",
        ),
        (
            |app| symlink("/bin/sh", app.join("Contents/MacOS/sh")).unwrap(),
            "neither a file nor",
        ),
        (
            |app| set_mode(app, "MacOS/inneros-tray", 0o644),
            "inneros-tray is not executable",
        ),
        (
            |app| add(app, "Info.plist", b"<plist>"),
            "Info.plist does not parse",
        ),
        (|app| edit(app, VERSION, "9.9.9"), "is '9.9.9', not"),
        (
            |app| edit(app, "<true/>", "<string>1</string>"),
            "LSUIElement is '1', not True",
        ),
        (
            |app| edit(app, "LSUIElement", "LSBackgroundOnly"),
            "has no LSUIElement",
        ),
        (
            |app| edit(app, "13.0", "12.0"),
            "LSMinimumSystemVersion is '12.0'",
        ),
        (
            |app| edit(app, "<dict>", "<dict><key>New</key><true/>"),
            "New is not known",
        ),
        (
            |app| change_icon(app, |icon| icon.truncate(1000)),
            "or is cut off",
        ),
        (
            |app| change_icon(app, |icon| rename_entry(icon, *b"ic10", *b"ic99")),
            "no 'ic10'",
        ),
        (
            |app| change_icon(app, |icon| rename_entry(icon, *b"ic09", *b"ic08")),
            "no 'ic09'",
        ),
        (
            |app| {
                change_icon(app, |icon| {
                    let at = find(icon, b"ic12");
                    icon[at + 100] ^= 1;
                });
            },
            "'ic12' is damaged",
        ),
        (
            |app| {
                change_icon(app, |icon| {
                    let at = find(icon, b"ARGB");
                    icon[at + 4] -= 1;
                });
            },
            "'ic04' is not 16 pixels square",
        ),
        (
            |app| add(app, "MacOS/inneros", b"panicked at /home/me/src/main.rs"),
            "inneros holds a path below '/home/me/'",
        ),
    ];
    assert_noticed(cases);
}

#[test]
fn the_check_knows_the_ticket_and_what_a_user_is_told() {
    assert_noticed(&[
        (
            |app| add(app, "CodeResources", b""),
            "Contents/CodeResources' does not belong",
        ),
        (
            |app| edit(app, "NSAppleEventsUsage", "NSOtherUsage"),
            "has no NSAppleEventsUsageDescription",
        ),
    ]);
}

fn assert_noticed(cases: &[(Damage, &str)]) {
    for (damage, expected) in cases {
        let folder = Folder::with_bundle();
        damage(&folder.app());

        let Some(checked) = folder.check(&["--without", "/home/me"]) else {
            return;
        };

        assert_eq!(
            checked.status.code(),
            Some(1),
            "{expected}: {}",
            text(&checked)
        );
        assert!(
            text(&checked).contains(expected),
            "{expected}: {}",
            text(&checked)
        );
    }
}

#[test]
fn the_check_reads_mach_o() {
    let universal = || fat(&[macho(ARM64, 13, SYSTEM), macho(X86_64, 13, SYSTEM)]);
    let cases = [
        (universal(), None),
        (b"a placeholder".to_vec(), Some("is not Mach-O")),
        (
            macho(ARM64, 13, SYSTEM),
            Some("is for arm64, not arm64, x86_64"),
        ),
        (
            fat(&[macho(ARM64, 13, SYSTEM), macho(X86_64, 14, SYSTEM)]),
            Some("is for macOS 14.0"),
        ),
        (
            fat(&[
                macho(ARM64, 13, SYSTEM),
                macho(X86_64, 13, "/opt/homebrew/lib/libx.dylib"),
            ]),
            Some("(x86_64) loads '/opt/homebrew/lib/libx.dylib', which is no part of macOS"),
        ),
        (
            fat(&[
                macho(ARM64, 13, "/usr/lib/../../x.dylib"),
                macho(X86_64, 13, SYSTEM),
            ]),
            Some("which is no part of macOS"),
        ),
        (
            fat(&[macho(ARM64, 13, SYSTEM), macho(ARM64, 13, SYSTEM)]),
            Some("has two parts"),
        ),
        (universal()[..600].to_vec(), Some("is cut off")),
        (
            changed(universal(), 256 + 12, 6),
            Some("is not a program (Mach-O type 6)"),
        ),
        (
            changed(universal(), 256 + 26, 0),
            Some("is not position-independent"),
        ),
        (
            changed(universal(), 256 + 32 + 4, 0),
            Some("its load commands are damaged"),
        ),
        (
            changed(universal(), 256 + 32 + 8, 2),
            Some("is not for macOS (platform 2)"),
        ),
        (
            changed(universal(), 256 + 4, 9),
            Some("is for something else"),
        ),
    ];
    for (program, expected) in cases {
        let folder = Folder::new("home");
        folder.add_programs(&program);
        folder.build(&["--binaries", "programs", "--out", "."]);

        let Some(checked) = folder.check(&["--archs", "x86_64,arm64"]) else {
            return;
        };

        let said = text(&checked);
        assert_eq!(
            checked.status.success(),
            expected.is_none(),
            "{expected:?}: {said}"
        );
        assert!(
            said.contains(expected.unwrap_or("is well")),
            "{expected:?}: {said}"
        );
    }
}

#[test]
fn cask_and_formula_are_filled_from_a_release() {
    let folder = Folder::new("release");
    for name in [
        format!("InnerOS-{VERSION}.dmg"),
        format!("inneros-tray-{VERSION}.tar.gz"),
    ] {
        fs::write(folder.path.join(name), "").unwrap();
    }

    let filled = folder.run("bundle/homebrew/fill.sh", &["me/inneros", VERSION, "."]);

    assert!(filled.status.success(), "{}", text(&filled));
    for name in ["inneros-tray.rb", "inneros.rb"] {
        let result = fs::read_to_string(folder.path.join(name)).unwrap();
        // The SHA-256 of nothing.
        assert!(
            result.contains("\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"")
        );
        assert!(result.contains("https://github.com/me/inneros/releases/download/v"));
        assert!(
            !result.contains("@VERSION@") && !result.contains("@REPOSITORY@"),
            "{result}"
        );
    }
}

/// Whether to run what is in Python. In CI it must be there.
static PYTHON: LazyLock<bool> = LazyLock::new(|| {
    let found = Command::new("python3").arg("--version").output().is_ok();
    found || std::env::var_os("CI").is_some()
});

/// Something that is done to a bundle.
type Damage = fn(&Path);

/// A folder of the test's own.
struct Folder {
    _root: TempDir,
    path: PathBuf,
}

impl Folder {
    fn new(name: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(name);
        fs::create_dir(&path).unwrap();
        Self { _root: root, path }
    }

    fn with_bundle() -> Self {
        let folder = Self::new("home");
        folder.add_programs(b"a placeholder");
        let built = folder.build(&["--binaries", "programs", "--out", "."]);
        assert!(built.status.success(), "{}", text(&built));
        folder
    }

    fn add_programs(&self, content: &[u8]) {
        let programs = self.path.join("programs");
        fs::create_dir_all(&programs).unwrap();
        for name in PROGRAMS {
            fs::write(programs.join(name), content).unwrap();
        }
    }

    fn app(&self) -> PathBuf {
        self.path.join("InnerOS.app")
    }

    fn entries(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(&self.path)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// A tool of the Mac's, of which each call is noted.
    fn add_tool(&self, name: &str, script: &str) {
        let folder = self.path.join("tools");
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name);
        let calls = self.path.join("calls");
        let note = format!(
            "printf '%s ' \"${{0##*/}}\" \"$@\" >>'{0}'; echo >>'{0}'",
            calls.display()
        );
        fs::write(&path, format!("#!/bin/sh\n{note}\n{script}\n")).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    }

    /// The calls of those tools, with the names of files for their paths.
    fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.path.join("calls")).unwrap();
        let short = |line: &str| {
            let words = line.split_whitespace();
            let words = words.map(|word| word.rsplit('/').next().unwrap_or(word));
            words.collect::<Vec<_>>().join(" ")
        };
        calls.lines().map(short).collect()
    }

    fn build_on_a_mac(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let path = std::env::var("PATH").unwrap();
        Command::new(Path::new(ROOT).join("bundle/build.sh"))
            .args(arguments)
            .current_dir(&self.path)
            .env(
                "PATH",
                format!("{}:{path}", self.path.join("tools").display()),
            )
            .envs(variables.iter().copied())
            .output()
            .unwrap()
    }

    fn build(&self, arguments: &[&str]) -> Output {
        self.run("bundle/build.sh", arguments)
    }

    /// Nothing where there is no Python, which the project does not need otherwise.
    fn check(&self, arguments: &[&str]) -> Option<Output> {
        if !*PYTHON {
            eprintln!("no python3: bundle/check.py is not tested");
            return None;
        }
        let app = self.app();
        let arguments: Vec<_> = arguments.iter().copied().chain(app.to_str()).collect();
        Some(self.run("bundle/check.py", &arguments))
    }

    fn run(&self, script: &str, arguments: &[&str]) -> Output {
        Command::new(Path::new(ROOT).join(script))
            .args(arguments)
            .current_dir(&self.path)
            .env_remove("CODESIGN_IDENTITY")
            .env_remove("NOTARY_PROFILE")
            .output()
            .unwrap()
    }
}

/// What it said: on standard error if it failed.
fn text(output: &Output) -> String {
    let said = if output.status.success() {
        &output.stdout
    } else {
        &output.stderr
    };
    String::from_utf8_lossy(said).into_owned()
}

fn add(app: &Path, name: &str, content: &[u8]) {
    fs::write(app.join("Contents").join(name), content).unwrap();
}

fn remove(app: &Path, name: &str) {
    fs::remove_file(app.join("Contents").join(name)).unwrap();
}

fn set_mode(app: &Path, name: &str, mode: u32) {
    fs::set_permissions(
        app.join("Contents").join(name),
        Permissions::from_mode(mode),
    )
    .unwrap();
}

fn edit(app: &Path, old: &str, new: &str) {
    let plist = app.join("Contents/Info.plist");
    let content = fs::read_to_string(&plist).unwrap();
    assert!(content.contains(old));
    fs::write(plist, content.replacen(old, new, 1)).unwrap();
}

fn change_icon(app: &Path, change: fn(&mut Vec<u8>)) {
    let path = app.join("Contents/Resources/AppIcon.icns");
    let mut icon = fs::read(&path).unwrap();
    change(&mut icon);
    fs::write(path, icon).unwrap();
}

fn rename_entry(icon: &mut [u8], old: [u8; 4], new: [u8; 4]) {
    let at = find(icon, &old);
    icon[at..at + 4].copy_from_slice(&new);
}

fn find(content: &[u8], part: &[u8]) -> usize {
    content
        .windows(part.len())
        .position(|window| window == part)
        .unwrap()
}

fn changed(mut content: Vec<u8>, at: usize, byte: u8) -> Vec<u8> {
    assert_ne!(content[at], byte);
    content[at] = byte;
    content
}

/// The least of a Mach-O program: what it is for and what it loads.
fn macho(cpu: u32, minimum: u32, library: &str) -> Vec<u8> {
    let mut name = library.as_bytes().to_vec();
    name.resize(library.len() / 8 * 8 + 8, 0);
    let dylib_size = 24 + u32::try_from(name.len()).unwrap();
    let words = [
        // mach_header_64: magic, processor and its kind, MH_EXECUTE, two commands, MH_PIE.
        &[0xfeed_facf, cpu, 0, 2, 2, 24 + dylib_size, 0x20_0000, 0][..],
        // LC_BUILD_VERSION: for macOS, from this version on, built with SDK 15, no tools.
        &[0x32, 24, 1, minimum << 16, 15 << 16, 0],
        // LC_LOAD_DYLIB: its name follows.
        &[0x0c, dylib_size, 24, 0, 0, 0],
    ];
    let mut content: Vec<u8> = words
        .concat()
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect();
    content.extend(name);
    content
}

/// A universal program: each part begins at a multiple of 256.
fn fat(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut header = vec![0xcafe_babe, u32::try_from(parts.len()).unwrap()];
    let mut body = Vec::new();
    for part in parts {
        let cpu = u32::from_le_bytes(part[4..8].try_into().unwrap());
        let offset = 256 + u32::try_from(body.len()).unwrap();
        header.extend([cpu, 0, offset, u32::try_from(part.len()).unwrap(), 8]);
        body.extend(part);
        body.resize(body.len().next_multiple_of(256), 0);
    }
    let mut content: Vec<u8> = header.iter().flat_map(|word| word.to_be_bytes()).collect();
    content.resize(256, 0);
    content.extend(body);
    content
}
