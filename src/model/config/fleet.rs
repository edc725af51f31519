//! The daemons of a configuration: `[daemon]`, `[daemons.NAME]`, the files `daemons.d/NAME.toml`, and
//! what has run and is configured no more. What is wrong in the configuration file is wrong with all
//! of it; what is wrong with a file of its own is wrong with that daemon alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::file::{self, Flaw, Starts, flaw};
use super::names::{check_name, files_beside, is_of_the_home, plain};
use super::{Besides, Config, DaemonFile, Draft, Managed, Origin, Places, Standing};
use crate::model::fleet::order;
use crate::model::text;

/// What a daemon is made of.
pub(super) struct Maker<'a> {
    /// Where everything is.
    pub places: &'a Places,
    /// What holds for all of them.
    pub base: &'a Draft,
    /// The text of the configuration file.
    pub text: &'a str,
}

/// A daemon, and where it stands.
pub(super) struct Made<'a> {
    managed: Managed,
    path: &'a Path,
    text: &'a str,
    /// Where it begins in the text, in bytes.
    start: usize,
    starts: Starts,
    /// Whether the file is about nothing else.
    is_own_file: bool,
}

impl<'a> Made<'a> {
    /// A daemon of the configuration file.
    pub(super) fn of_file(
        maker: &Maker<'a>,
        managed: Managed,
        starts: Starts,
        start: usize,
    ) -> Self {
        Self {
            managed,
            path: &maker.places.config_file.0,
            text: maker.text,
            start,
            starts,
            is_own_file: false,
        }
    }

    /// Where the value of a key stands, or else the daemon.
    fn start_of(&self, key: &str) -> usize {
        *self.starts.get(key).unwrap_or(&self.start)
    }

    /// The same for people: `FILE:LINE`.
    fn place_of(&self, key: &str) -> String {
        let line = flaw(self.text, self.start_of(key), "").line;
        format!("{}:{line}", self.path.display())
    }

    /// Says what is wrong at a key: of the whole configuration, unless the file is about this daemon
    /// alone.
    fn fail(&mut self, key: &str, why: &str) -> Result<(), Flaw> {
        let flaw = flaw(self.text, self.start_of(key), why);
        if !self.is_own_file {
            return Err(flaw);
        }
        self.spoil(flaw.at(self.path));
        Ok(())
    }

    /// The first thing that is wrong is told.
    fn spoil(&mut self, why: String) {
        if self.managed.standing == Standing::Configured {
            self.managed.standing = Standing::Misconfigured(why);
        }
    }
}

impl<'a> Maker<'a> {
    /// The daemons of `[daemons.NAME]`.
    pub(super) fn in_file(&self, document: &DeTable<'_>) -> Result<Vec<Made<'a>>, Flaw> {
        let wrong = |start, why: &str| flaw(self.text, start, why);
        let Some((key, tables)) = document.get_key_value("daemons") else {
            return Ok(Vec::new());
        };
        let Some(tables) = tables.get_ref().as_table() else {
            let why = "expected tables, such as [daemons.vault]";
            return Err(wrong(key.span().start, why));
        };
        let made = tables.iter().map(|(name, table)| {
            let start = name.span().start;
            let name = name.get_ref().as_ref();
            check_daemon(name).map_err(|why| wrong(start, &why))?;
            let Some(table) = table.get_ref().as_table() else {
                return Err(wrong(
                    start,
                    &format!("expected a table, such as [daemons.{name}]"),
                ));
            };
            let (managed, starts) = self.daemon(name, table, self.text)?;
            Ok(Made::of_file(self, managed, starts, start))
        });
        made.collect()
    }

    /// The daemon of a table, or of a file of its own.
    fn daemon(
        &self,
        name: &str,
        table: &DeTable<'_>,
        text: &str,
    ) -> Result<(Managed, Starts), Flaw> {
        let mut draft = self.blank(name);
        let home = &self.places.user_home;
        let starts = file::read_daemon(table, text, &mut draft, home, Origin::File)?;
        Ok((finished(draft.managed), starts))
    }

    /// A daemon of which nothing is said but its name.
    fn blank(&self, name: &str) -> Draft {
        let mut draft = self.base.clone();
        let managed = &mut draft.managed;
        name.clone_into(&mut managed.id);
        let folder = self.places.home.0.join(name);
        let is_default = |key| managed.origins.get(key) == Some(&Origin::Default);
        if is_default("daemon.pid_file") {
            managed.daemon.pid_file = folder.join("daemon.pid");
        }
        if is_default("daemon.logs_dir") {
            managed.daemon.logs_dirs = vec![folder.join("logs")];
        }
        if is_default("daemon.name") {
            name.clone_into(&mut managed.daemon.name);
        }
        draft
    }

    /// The daemon of a file of its own, be it that nothing in there can be used.
    fn of_own_file(&self, file: &'a DaemonFile) -> Made<'a> {
        let read = check_daemon(&file.name)
            .map_err(|why| format!("{}: {why}", file.path.display()))
            .and_then(|()| file.text.as_ref().map_err(Clone::clone))
            .and_then(|text| {
                let parsed = file::parse(text);
                let read = parsed.and_then(|table| self.daemon(&file.name, table.get_ref(), text));
                read.map_err(|flaw| flaw.at(&file.path))
            });
        let (mut managed, starts) = read.unwrap_or_else(|why| {
            let mut managed = finished(self.blank(&file.name).managed);
            managed.standing = Standing::Misconfigured(why);
            (managed, Starts::new())
        });
        managed.configured_in.clone_from(&file.path);
        Made {
            managed,
            path: &file.path,
            text: file.text.as_deref().unwrap_or_default(),
            start: 0,
            starts,
            is_own_file: true,
        }
    }

    /// All of them, in the order of the file, then of the names of the other files.
    pub(super) fn fleet(
        &self,
        mut made: Vec<Made<'a>>,
        besides: &'a Besides,
        config: &Config,
    ) -> Result<Vec<Managed>, Flaw> {
        made.sort_by_key(|made| made.start);
        no_two_of_a_name(&mut made)?;
        for file in &besides.files {
            let new = self.of_own_file(file);
            match made.iter_mut().find(|there| there.managed.id == file.name) {
                Some(there) => {
                    let why = format!("{} is configured in {}, too", file.name, there.place_of(""));
                    there.spoil(format!("{}: {why}", file.path.display()));
                }
                None => made.push(new),
            }
        }
        no_two_with_one_file(&mut made, config)?;
        know_each_other(&mut made)?;
        let mut daemons: Vec<Managed> = made.into_iter().map(|made| made.managed).collect();
        for name in &besides.run {
            let mut managed = self.blank(name).managed;
            let is_known = |known: &Managed| {
                known.id == *name || known.daemon.pid_file == managed.daemon.pid_file
            };
            if check_daemon(name).is_ok() && !daemons.iter().any(is_known) {
                managed.standing = Standing::Removed;
                managed.daemon.command.clear();
                daemons.push(managed);
            }
        }
        Ok(daemons)
    }
}

/// A daemon once all is read.
pub(super) fn finished(mut managed: Managed) -> Managed {
    // It is shown everywhere, and does not drive a terminal anywhere.
    managed.daemon.name = text::printable(&managed.daemon.name);
    let origin = |key| managed.origins.get(key);
    if origin("daemon.working_dir") != Some(&Origin::Default)
        && origin("daemon.logs_dir") == Some(&Origin::Default)
    {
        let folder = managed.daemon.working_dir.join(".automation/logs");
        managed.daemon.logs_dirs = vec![folder];
    }
    managed.health = managed.health.filter(|health| !health.url.is_empty());
    managed.dashboard_url = managed.dashboard_url.filter(|url| !url.is_empty());
    managed
}

/// What is wrong with the name of a daemon, whose folder stands in the home folder.
pub fn check_daemon(name: &str) -> Result<(), String> {
    check_name(name)?;
    if is_of_the_home(name) {
        return Err(format!(
            "{name:?} is the name of something else in the home folder, expected another name"
        ));
    }
    Ok(())
}

fn no_two_of_a_name(made: &mut [Made<'_>]) -> Result<(), Flaw> {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for made in made {
        let place = made.place_of("");
        if let Some(other) = known.insert(made.managed.id.clone(), place) {
            let id = made.managed.id.clone();
            made.fail("", &format!("{id} is configured in {other}, too"))?;
        }
    }
    Ok(())
}

fn no_two_with_one_file(made: &mut [Made<'_>], config: &Config) -> Result<(), Flaw> {
    let mut known: BTreeMap<String, (String, String)> = BTreeMap::new();
    for made in made {
        let pid_file = made.managed.daemon.pid_file.clone();
        // That of `[daemon]` is looked at where all its layers are known.
        if made.managed.daemon.pid_file != config.home.join("daemon.pid")
            && let Err(why) = config.check_names(&pid_file, &[])
        {
            made.fail("daemon.pid_file", &why)?;
        }
        let files = files_beside(&pid_file).map(|(path, _)| path);
        let files: Vec<PathBuf> = files.into_iter().chain([pid_file]).collect();
        let taken = files.iter().rev().find_map(|path| {
            let other = known.get(&plain(path))?;
            Some((path, other.clone()))
        });
        if let Some((path, (id, place))) = taken {
            let path = path.display();
            made.fail(
                "daemon.pid_file",
                &format!(
                    "'{path}' is also a file of {id} ({place}): two daemons need two PID files"
                ),
            )?;
            continue;
        }
        let whose = (made.managed.id.clone(), made.place_of("daemon.pid_file"));
        known.extend(files.iter().map(|path| (plain(path), whose.clone())));
    }
    Ok(())
}

/// Holds that whoever is named in `after` is there, and that nobody waits for themselves.
fn know_each_other(made: &mut [Made<'_>]) -> Result<(), Flaw> {
    let ids: Vec<String> = made.iter().map(|made| made.managed.id.clone()).collect();
    for made in made.iter_mut() {
        let unknown = made.managed.after.iter().find(|name| !ids.contains(name));
        if let Some(name) = unknown.cloned() {
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            let near = text::nearest(&name, &ids);
            let near = near.map_or(String::new(), |near| format!(", did you mean `{near}`?"));
            let why = format!(
                "{} needs `{name}`, which is not configured{near}",
                made.managed.id
            );
            made.fail("daemon.after", &why)?;
        }
    }
    while let Some(circle) = order::circle(&after_of(made.iter().map(|made| &made.managed))) {
        let names: Vec<&str> = circle.iter().map(|one| ids[*one].as_str()).collect();
        let places: Vec<String> = circle[1..]
            .iter()
            .map(|one| made[*one].place_of("daemon.after"))
            .collect();
        let why = format!(
            "they wait for each other: {} ({})",
            names.join(" -> "),
            places.join(", ")
        );
        // Where a file of its own makes the circle, that one is wrong.
        let own = circle.iter().rev().find(|one| made[**one].is_own_file);
        let wrong = &mut made[*own.unwrap_or(&circle[0])];
        wrong.fail("daemon.after", &why)?;
        wrong.managed.after.clear();
    }
    Ok(())
}

/// Of each, the numbers of those that it needs.
pub fn after_of<'a>(daemons: impl Iterator<Item = &'a Managed> + Clone) -> Vec<Vec<usize>> {
    let numbers: BTreeMap<&str, usize> = (daemons.clone().map(|one| one.id.as_str()))
        .zip(0..)
        .collect();
    let needed = |one: &Managed| {
        let names = one.after.iter();
        names
            .filter_map(|name| numbers.get(name.as_str()).copied())
            .collect()
    };
    daemons.map(needed).collect()
}
