//! A health URL whose answers the test chooses.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// A server that gives the same answer until it is told another.
pub struct HealthServer {
    address: SocketAddr,
    answer: Arc<Mutex<Answer>>,
    asked: Arc<AtomicUsize>,
}

/// What stands behind the protocol in the status line, and the body.
#[derive(Clone, Copy)]
pub struct Answer(&'static str, &'static str);

pub const WELL: Answer = Answer("200 OK", "{}");

/// What an InnerOS daemon says whose scheduler has stopped.
pub const SICK: Answer = Answer(
    "503 Service Unavailable",
    r#"{"daemon":{"checks":{"daemon":false,"scheduler":false}}}"#,
);

impl HealthServer {
    pub fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            answer: Arc::new(Mutex::new(answer)),
            asked: Arc::default(),
        };
        let (answer, asked) = (Arc::clone(&server.answer), Arc::clone(&server.asked));
        // It ends with the tests.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let answer = *answer.lock().unwrap();
                // One that goes away meanwhile is no failure.
                let _ = serve(stream.unwrap(), answer);
                asked.fetch_add(1, Ordering::Relaxed);
            }
        });
        server
    }

    /// What the configuration says of it, after the lines of `[daemon]`.
    pub fn section(&self) -> String {
        format!("[health]\nurl = \"http://{}/health\"", self.address)
    }

    /// Answers so from now on.
    pub fn set(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

fn serve(mut stream: TcpStream, Answer(status, body): Answer) -> std::io::Result<()> {
    let mut request = [0; 512];
    let _ = stream.read(&mut request)?;
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}
