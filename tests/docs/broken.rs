//! Pages that are wrong: each check notices.

use std::collections::BTreeMap;
use std::path::Path;

use crate::page::Page;
use crate::{links, quotes, walk};

/// What is found in a page by walking through it.
fn flaw(text: &str) -> String {
    let found = walk::flaws(&Page::read("page.md", text));
    assert!(found.len() <= 1, "{found:#?}");
    found.into_iter().next().unwrap_or_default()
}

#[test]
fn a_block_that_does_not_say_what_it_is_is_found() {
    for (text, what) in [
        (
            "a\n\n```\ninneros\n```\n",
            "page.md:3: the block does not say what it is",
        ),
        (
            "a\n\n    inneros\n",
            "page.md:3: the block does not say what it is",
        ),
        (
            "```fish\ninneros\n```\n",
            "page.md:1: nobody knows what 'fish' is",
        ),
        (
            "```sh moon\ninneros\n```\n",
            "page.md:1: nobody knows the mark 'moon'",
        ),
        (
            "<!-- home: sweet -->\n",
            "page.md:1: nobody knows what 'home:' is",
        ),
        ("<br>\n", "page.md:1: HTML that is no comment"),
    ] {
        assert_eq!(flaw(text), what, "{text}");
    }
}

#[test]
fn a_command_that_fails_is_found() {
    let failing = flaw("```sh\nfalse\ntrue\n```\n");
    let unknown = flaw("```sh\ninneros daemon begin\n```\n");
    let unset = flaw("```sh\necho $no_such_variable\n```\n");
    let silent = flaw("```console\n$ false\n```\n");

    assert!(
        failing.starts_with("page.md:1: it fails:\nfalse"),
        "{failing}"
    );
    assert!(
        unknown.contains("unrecognized subcommand 'begin'"),
        "{unknown}"
    );
    assert!(unset.contains("no_such_variable"), "{unset}");
    assert!(silent.ends_with("ends with Some(1)"), "{silent}");
}

#[test]
fn an_answer_that_differs_is_found() {
    let other = flaw("```console\n$ inneros daemon status\nInnerOS is running\n...\n```\n");
    let second = flaw("```console\n$ cd\n$ inneros daemon stop\nerror: not here\n```\n");
    let nothing = flaw("```console\ninneros\n```\n");

    assert!(other.contains("InnerOS is not running"), "{other}");
    assert!(second.contains("error: not running"), "{second}");
    assert!(
        nothing.contains("does not begin with a command"),
        "{nothing}"
    );
}

#[test]
fn a_key_that_there_is_not_is_found() {
    let unknown = flaw("```toml\n[daemon]\ncomand = []\n```\n");
    let broken = flaw("```toml\n[daemon\n```\n");

    assert!(unknown.contains("unknown key `comand`"), "{unknown}");
    assert!(broken.starts_with("page.md:1: "), "{broken}");
}

#[test]
fn a_page_that_is_right_passes() {
    let text = "\
```sh
cd /home/me
x=1
```

<!-- home: set up -->
<!-- sh
touch here
-->

```console
$ ls /home/me/here; echo \"${x-unset}\"
/home/me/here
unset
$ inneros daemon start
InnerOS started (pid 1)
$ inneros daemon stop && false
InnerOS stopped (pid 1)
```

```sh network
false
```
";

    assert_eq!(flaw(text), "");
}

#[test]
fn a_quote_that_the_program_does_not_say_is_found() {
    let text = "It says \"not running\" or \"no such thing\".\n\n```text\nnot runing\nnot [..]\n```\n\n\
                ```console\n$ inneros\nsaid here\n```\n\n- \"said …\", `\"code\"`\n";
    let page = Page::read("page.md", text);

    let found = quotes::flaws(&page, &["is not running".to_owned()]);

    assert_eq!(
        found,
        [
            "page.md:3: it never says \"not runing\"",
            "page.md:1: it never says \"no such thing\"",
        ]
    );
}

#[test]
fn a_link_into_nothing_is_found() {
    let pages: BTreeMap<String, String> = [
        ("docs/a.md", "# One\n[b](../b.md#two) [one](#one) [x](https://docs.rs/x) ![](a.md)"),
        (
            "b.md",
            "# Two\n[](docs/a.md#tow) [](#one) [](c.md) [](../b.md) [](http://docs.rs/) [](https://x y)\n\
             [a][nowhere] [..] <https://localhost/> [](/etc/passwd)\n",
        ),
    ]
    .map(|(name, text)| (name.to_owned(), text.to_owned()))
    .into();

    let found = links::flaws(Path::new("/nowhere"), &pages);

    assert_eq!(
        found,
        [
            "b.md:2: docs/a.md#tow: there is no such heading",
            "b.md:2: #one: there is no such heading",
            "b.md:2: c.md: there is no such file",
            "b.md:2: ../b.md: it leads out of the project",
            "b.md:2: http://docs.rs/: it is not https",
            "b.md:3: undefined:nowhere: it is defined nowhere",
            "b.md:3: https://localhost/: its host has no name that others know",
            "b.md:3: /etc/passwd: it leads out of the project",
        ]
    );
}
