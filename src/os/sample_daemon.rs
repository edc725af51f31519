//! The sample daemon of `inneros-tray --demo`: it writes logs like an InnerOS daemon, answers
//! `/health`, and stops on SIGTERM.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use chrono::Local;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::private_file::CappedFile;

/// Where its logs are, under its working folder.
const LOGS: &str = ".automation/logs";

/// The health answer of an InnerOS daemon that is well.
const HEALTHY: &str = r#"{"daemon":{"checks":{"daemon":true,"event_handler":true,"file_watcher":true,"scheduler":true},"is_healthy":true,"status_code":200},"handlers":{}}"#;

/// How often it writes a line.
const BEAT: Duration = Duration::from_secs(30);

/// A port that is free now.
pub fn free_port() -> io::Result<u16> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()
        .map(|address| address.port())
}

/// Runs until it is told to stop.
pub fn run(port: u16) -> io::Result<()> {
    let (sender, told) = channel();
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    thread::spawn(move || {
        for _ in signals.forever() {
            // The receiver lives as long as the process.
            let _ = sender.send(());
        }
    });
    let mut log = Log::open()?;
    log.line("INFO", "Starting AutomationDaemon...")?;
    let listener = match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(listener) => listener,
        Err(error) => {
            log.line("ERROR", &format!("Failed to start health server: {error}"))?;
            return Err(error);
        }
    };
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that goes away half-way is its own affair.
            let _ = answer(stream);
        }
    });
    log.line("INFO", "Daemon started successfully")?;
    let mut beats = 0;
    while let Err(RecvTimeoutError::Timeout) = told.recv_timeout(BEAT) {
        beats += 1;
        log.line("INFO", &format!("Heartbeat {beats}: 4 checks passed"))?;
    }
    log.line("INFO", "Stopping AutomationDaemon...")?;
    log.line("INFO", "Daemon stopped successfully")
}

fn answer(mut stream: TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    let mut lines = BufReader::new(&stream).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    // The rest of the request is read, so that closing does not reset the connection.
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let (status, body) = if request.starts_with("GET /health ") {
        ("200 OK", HEALTHY)
    } else {
        ("404 Not Found", "{}")
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

struct Log {
    file: CappedFile,
}

impl Log {
    fn open() -> io::Result<Self> {
        fs::create_dir_all(LOGS)?;
        let name = Local::now().format("daemon_%Y-%m-%d.log").to_string();
        let file =
            CappedFile::open(&Path::new(LOGS).join(name), 1024 * 1024).map_err(io::Error::other)?;
        Ok(Self { file })
    }

    fn line(&mut self, level: &str, message: &str) -> io::Result<()> {
        let time = Local::now().format("%Y-%m-%d %H:%M:%S");
        writeln!(self.file, "{time} [{level}] __main__: {message}")
    }
}
