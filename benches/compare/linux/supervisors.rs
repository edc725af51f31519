//! The tools that have a process of their own beside the daemon.

use std::fs;
use std::path::Path;

use super::daemons::{Daemon, SLEEP};
use super::peers::{find, new_tool, text, words};
use super::tool::{Keeper, Said, Teller, Tool, Ways, script};

pub fn runit(home: &Path, _: bool) -> Result<Tool, String> {
    find("runsv", "runit")?;
    let service = home.join("service");
    fs::create_dir_all(&service).unwrap();
    let (teller, tell) = Teller::pipe(home);
    let service_name = service.display();
    let tool = new_tool(home, |daemon| {
        run_script(&service, daemon);
        script(&service.join("finish"), &tell);
        Ways {
            start: words(&format!("sv start {service_name}")),
            status: words(&format!("sv status {service_name}")),
            stop: words(&format!("sv stop {service_name}")),
            start_once: Some(words(&format!("sv once {service_name}"))),
            first_start: None,
            says_dead: |output| text(output).starts_with("down:"),
            says: |output| {
                if output.status.success() {
                    Said::Runs
                } else {
                    Said::Failed
                }
            },
            teller: Some(teller),
        }
    });
    Ok(tool.kept_by(
        &format!("runsv {service_name}"),
        &format!("sv status {service_name}"),
        |output| output.status.success(),
    ))
}

pub fn s6(home: &Path, _: bool) -> Result<Tool, String> {
    find("s6-supervise", "s6")?;
    let service = home.join("service");
    fs::create_dir_all(&service).unwrap();
    let service_name = service.display();
    let tool = new_tool(home, |daemon| {
        run_script(&service, daemon);
        Ways {
            start: words(&format!("s6-svc -wu -u {service_name}")),
            status: words(&format!("s6-svstat {service_name}")),
            stop: words(&format!("s6-svc -wd -d {service_name}")),
            start_once: Some(words(&format!("s6-svc -wu -o {service_name}"))),
            first_start: None,
            says_dead: |output| text(output).starts_with("down"),
            says: |output| {
                if output.status.success() {
                    Said::Runs
                } else {
                    Said::Failed
                }
            },
            teller: Some(Teller::Program(
                words(&format!("s6-svwait -d {service_name}")),
                None,
            )),
        }
    });
    Ok(tool.kept_by(
        &format!("s6-supervise {service_name}"),
        &format!("s6-svstat {service_name}"),
        |output| output.status.success(),
    ))
}

/// A service folder, as runit and s6 have it, whose daemon is not started by itself.
fn run_script(service: &Path, daemon: &Daemon) {
    let exec = format!("exec {} {}", *SLEEP, daemon.seconds);
    script(&service.join("run"), &exec);
    fs::write(service.join("down"), "").unwrap();
}

pub fn supervisord(home: &Path, hasty: bool) -> Result<Tool, String> {
    find("supervisord", "supervisor, by `pip install`")?;
    fs::create_dir_all(home).unwrap();
    let (teller, tell) = Teller::pipe(home);
    let listener = home.join("listener");
    // Its protocol: <https://supervisord.org/events.html>.
    script(
        &listener,
        &format!(
            "while echo READY && read -r header; do\n  {tell}\n  \
             head -c \"${{header##*len:}}\" > /dev/null\n  printf 'RESULT 2\\nOK'\ndone"
        ),
    );
    let configuration = home.join("supervisord.conf");
    let call = format!("supervisorctl -c {}", configuration.display());
    let grace = if hasty { "startsecs=0" } else { "" };
    let tool = new_tool(home, |daemon| {
        let lines = format!(
            "[supervisord]\nnodaemon=true\nlogfile={home}/log\npidfile={home}/pid\nchildlogdir={home}\n\
             [unix_http_server]\nfile={home}/socket\n\
             [supervisorctl]\nserverurl=unix://{home}/socket\n\
             [rpcinterface:supervisor]\n\
             supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n\
             [program:daemon]\ncommand={} {}\nautostart=false\nautorestart=false\n{grace}\n\
             [eventlistener:listener]\ncommand={}\nevents=PROCESS_STATE_EXITED\n",
            *SLEEP,
            daemon.seconds,
            listener.display(),
            home = home.display(),
        );
        fs::write(&configuration, lines).unwrap();
        Ways {
            start: words(&format!("{call} start daemon")),
            status: words(&format!("{call} status daemon")),
            stop: words(&format!("{call} stop daemon")),
            start_once: None,
            first_start: None,
            says_dead: |output| !output.status.success(),
            says: |output| match text(output) {
                said if said.contains("already started") => Said::RunsAlready,
                said if said.contains("started") => Said::Started,
                _ => Said::Failed,
            },
            teller: Some(teller),
        }
    });
    Ok(tool.kept_by(
        &format!("supervisord -c {}", configuration.display()),
        &format!("{call} status"),
        |output| text(output).contains("RUNNING") && text(output).contains("STOPPED"),
    ))
}

pub fn pm2(home: &Path, _: bool) -> Result<Tool, String> {
    let program = find("pm2", "pm2, by `npm install`")?;
    // Where it says "exit", a daemon has ended: `pm2.launchBus` of its manual.
    let listen = "require(process.argv[1]).launchBus((error, bus) => { \
                  bus.on('process:event', (told) => console.log(told.event)); \
                  console.log('listening') })";
    let module = fs::canonicalize(program).unwrap();
    let module = module.ancestors().nth(2).unwrap().display().to_string();
    let mut tool = new_tool(home, |daemon| Ways {
        start: words("pm2 start daemon"),
        status: words("pm2 jlist"),
        stop: words("pm2 stop daemon"),
        start_once: None,
        first_start: Some((
            words(&format!(
                "pm2 start {} --name daemon --interpreter none --no-autorestart -- {}",
                *SLEEP, daemon.seconds
            )),
            words("pm2 delete daemon"),
        )),
        says_dead: |output| !text(output).contains(r#""status":"online""#),
        says: |output| match text(output) {
            _ if output.status.success() => Said::Started,
            said if said.contains("already launched") => Said::RunsAlready,
            _ => Said::Failed,
        },
        teller: Some(Teller::Program(
            vec!["node".into(), "-e".into(), listen.into(), module],
            Some(("listening", "exit")),
        )),
    });
    tool.run(&words("pm2 ping"));
    let pid = fs::read_to_string(home.join("pm2/pm2.pid")).unwrap();
    tool.keeper = Some(Keeper::Pid(pid.parse().unwrap()));
    if let Some((first_start, _)) = &tool.ways.first_start {
        tool.run(first_start);
        tool.stop();
    }
    Ok(tool)
}
